@echo off
rem zkTxnLogToolkit.cmd -- prints, repairs or chops a transaction log.
"%~dp0zktool.exe" txnlog %*
exit /b %ERRORLEVEL%
