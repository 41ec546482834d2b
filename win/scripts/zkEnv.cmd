@echo off
rem zkEnv.cmd -- where the configuration and the logs of this installation are.  Called by the other
rem scripts; what is already set stays.
if not defined ZOOCFGDIR set "ZOOCFGDIR=%~dp0..\conf"
if not defined ZOO_LOG_DIR set "ZOO_LOG_DIR=%~dp0..\logs"
if not defined ZOOCFG set "ZOOCFG=%ZOOCFGDIR%\zoo.cfg"
