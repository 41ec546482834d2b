@echo off
rem zkCli.cmd -- the command line; all words are passed on.
"%~dp0zkcli.exe" %*
exit /b %ERRORLEVEL%
