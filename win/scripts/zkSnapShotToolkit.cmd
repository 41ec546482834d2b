@echo off
rem zkSnapShotToolkit.cmd -- prints a snapshot.
"%~dp0zktool.exe" snapshot %*
exit /b %ERRORLEVEL%
