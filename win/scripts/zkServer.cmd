@echo off
rem zkServer.cmd [--config DIR] VERB [CONFIG] -- starts, stops and asks a server; --help lists the verbs.
rem
rem zkServer.cmd [CONFIG] runs one in this window; Ctrl+C or closing the window ends it in good order.  Without
rem arguments it reads conf\zoo.cfg beside the bin folder, or the file that ZOOCFG names; copies of this script
rem with another ZOOCFG run more servers from one installation.
setlocal
set "ZOO_SCRIPT=%~nx0"
set "ZOO_GIVEN=%ZOOCFG%"
if not defined ZOOCFGDIR set "ZOOCFGDIR=%~dp0..\conf"
if not defined ZOO_LOG_DIR set "ZOO_LOG_DIR=%~dp0..\logs"
rem CALL reads its words twice: a folder with a percent sign in its name may not be among them.
pushd "%~dp0"
call .\zkEnv.cmd
popd
if defined ZOO_GIVEN goto run
if "%~1"=="--config" set "ZOOCFG="
if "%~1"=="" if not exist "%ZOOCFG%" goto nothing
:run
"%~dp0zkserver.exe" %*
exit /b %ERRORLEVEL%
:nothing
rem No configuration at all: the built-in one.
set "ZOOCFG="
set "ZOOCFGDIR="
"%~dp0zkserver.exe"
exit /b %ERRORLEVEL%
