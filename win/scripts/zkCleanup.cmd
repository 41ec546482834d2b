@echo off
rem zkCleanup.cmd -n COUNT -- removes old snapshots and logs of the server whose configuration ZOOCFG names.
setlocal
if not defined ZOOCFGDIR set "ZOOCFGDIR=%~dp0..\conf"
if not defined ZOO_LOG_DIR set "ZOO_LOG_DIR=%~dp0..\logs"
rem CALL reads its words twice: a folder with a percent sign in its name may not be among them.
pushd "%~dp0"
call .\zkEnv.cmd
popd
"%~dp0zktool.exe" cleanup --config "%ZOOCFG%" %*
exit /b %ERRORLEVEL%
