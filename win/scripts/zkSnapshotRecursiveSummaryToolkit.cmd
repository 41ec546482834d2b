@echo off
rem zkSnapshotRecursiveSummaryToolkit.cmd -- children and bytes below each znode.
"%~dp0zktool.exe" summary %*
exit /b %ERRORLEVEL%
