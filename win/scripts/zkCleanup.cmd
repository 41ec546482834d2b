@echo off
rem zkCleanup.cmd -n COUNT -- removes old snapshots and logs of the server whose configuration ZOOCFG names.
setlocal
call "%~dp0zkEnv.cmd"
"%~dp0zktool.exe" cleanup --config "%ZOOCFG%" %*
exit /b %ERRORLEVEL%
