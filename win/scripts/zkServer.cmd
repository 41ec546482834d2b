@echo off
rem zkServer.cmd [ARGUMENTS] -- runs the server in this window; Ctrl+C or closing the window ends it in
rem good order.  Without arguments it reads conf\zoo.cfg beside the bin folder, or the file that ZOOCFG
rem names; copies of this script with another ZOOCFG run more servers from one installation.
setlocal
call "%~dp0zkEnv.cmd"
if not "%~1"=="" goto given
if not exist "%ZOOCFG%" goto given
"%~dp0zkserver.exe" "%ZOOCFG%"
exit /b %ERRORLEVEL%
:given
"%~dp0zkserver.exe" %*
exit /b %ERRORLEVEL%
