@echo off
rem zkSnapshotComparer.cmd -- shows where two snapshots differ in size.
"%~dp0zktool.exe" compare %*
exit /b %ERRORLEVEL%
