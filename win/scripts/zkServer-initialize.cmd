@echo off
rem zkServer-initialize.cmd [--configfile F] [--myid N] [--force] -- makes the directories of a new server.
setlocal
set "ZOO_SCRIPT=%~nx0"
if not defined ZOOCFGDIR set "ZOOCFGDIR=%~dp0..\conf"
if not defined ZOO_LOG_DIR set "ZOO_LOG_DIR=%~dp0..\logs"
rem CALL reads its words twice: a folder with a percent sign in its name may not be among them.
pushd "%~dp0"
call .\zkEnv.cmd
popd
"%~dp0zkserver.exe" initialize %*
exit /b %ERRORLEVEL%
