@echo off
rem zkServer-initialize.cmd [--configfile F] [--myid N] [--force] -- makes the directories of a new server.
setlocal
set "ZOO_SCRIPT=%~nx0"
call "%~dp0zkEnv.cmd"
"%~dp0zkserver.exe" initialize %*
exit /b %ERRORLEVEL%
