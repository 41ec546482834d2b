; paddock.nsi -- the installer for Windows.  build.sh calls makensis with VERSION, STAGE and OUTPUT defined.
;
; Unattended, from an administrator's prompt:
;
;   paddock-VERSION-win64-setup.exe /S [/PORT=2181] [/DATA=C:\ProgramData\Paddock\data] [/SERVICE=Paddock]
;                                   [/START=1] [/ACCOUNT=name] [/PATH=0] [/FIREWALL=0] [/D=C:\Program Files\Paddock]
;   uninstall.exe /S [/PURGE=1]
;
; /SERVICE= (empty) installs no service.  /D, if given, comes last and is not quoted: so NSIS wants it.
; Exit code 0: done; 1: cancelled; 2: nothing was changed, and %TEMP%\paddock-setup.log says why; 3: the programs
; are installed, but the service is not, or does not start, and the same file says why.
;
; Invariants
;   1. conf\zoo.cfg and the data are never overwritten, and removed only when asked (PURGE).
;   2. An upgrade stops the services that run this folder's zkserver.exe, and starts again those that ran.
;   3. A program in use is found out before anything is replaced.
;   4. The system's PATH is left alone when it is longer than this program can hold.

Unicode true
Target amd64-unicode
SetCompressor /SOLID lzma
ManifestDPIAware true
ManifestSupportedOS all
RequestExecutionLevel admin

!include MUI2.nsh
!include LogicLib.nsh
!include FileFunc.nsh
!include WordFunc.nsh
!include nsDialogs.nsh
!include WinMessages.nsh

!define PRODUCT "Paddock"
!define KEY "Software\Paddock"
!define UNINSTALL_KEY "Software\Microsoft\Windows\CurrentVersion\Uninstall\Paddock"
!define ENVIRONMENT_KEY "SYSTEM\CurrentControlSet\Control\Session Manager\Environment"
!define RULE "Paddock coordination service"

Name "${PRODUCT}"
OutFile "${OUTPUT}"
InstallDir "$PROGRAMFILES64\${PRODUCT}"
InstallDirRegKey HKLM "${KEY}" "InstallDir"
BrandingText "${PRODUCT} ${VERSION}"
ShowInstDetails show
ShowUninstDetails show

VIProductVersion "${VERSION}.0"
VIAddVersionKey "ProductName" "${PRODUCT}"
VIAddVersionKey "ProductVersion" "${VERSION}"
VIAddVersionKey "FileVersion" "${VERSION}"
VIAddVersionKey "FileDescription" "${PRODUCT} setup"
VIAddVersionKey "CompanyName" "The Paddock project"
VIAddVersionKey "LegalCopyright" "Apache License 2.0"

Var Port
Var Data
Var Service
Var Account
Var StartNow
Var ToPath
Var Firewall
Var Upgrade    ; 1: conf\zoo.cfg was there before, so port and data directory are its business
Var Named      ; 1: /SERVICE was given
Var Found      ; 1: a service of this folder runs conf\zoo.cfg, and $Service is its name
Var Running    ; names of the services to start again, each with '|' behind
Var Failure    ; what did not work, for the exit code and the log
Var EndTitle   ; of the last page
Var EndText
Var FieldPort
Var FieldData
Var FieldService
Var BoxService
Var BoxStart
Var BoxPath
Var BoxFirewall

; ---- pages ----

!define MUI_ICON "${NSISDIR}\Contrib\Graphics\Icons\modern-install-blue.ico"
!define MUI_UNICON "${NSISDIR}\Contrib\Graphics\Icons\modern-uninstall-blue.ico"
!define MUI_ABORTWARNING
!define MUI_WELCOMEPAGE_TITLE "Paddock ${VERSION}"
!define MUI_WELCOMEPAGE_TEXT "Paddock is a coordination service that Apache ZooKeeper's clients, configuration files, \
data directories and scripts work with. It needs no Java.$\r$\n$\r$\nThis installs the server, as a Windows service if you \
like, the command line zkCli, and the tools. A Paddock that is there already is upgraded in place: its configuration and \
data stay as they are.$\r$\n$\r$\n$_CLICK"
!insertmacro MUI_PAGE_WELCOME
!insertmacro MUI_PAGE_LICENSE "${STAGE}\LICENSE.txt"
!insertmacro MUI_PAGE_DIRECTORY
Page custom ShowOptions LeaveOptions
!insertmacro MUI_PAGE_INSTFILES
!define MUI_FINISHPAGE_NOAUTOCLOSE
!define MUI_FINISHPAGE_TITLE "$EndTitle"
!define MUI_FINISHPAGE_TEXT "$EndText"
!define MUI_FINISHPAGE_TEXT_LARGE
!define MUI_FINISHPAGE_RUN "$INSTDIR\bin\zkcli.exe"
!define MUI_FINISHPAGE_RUN_PARAMETERS "-server localhost:$Port"
!define MUI_FINISHPAGE_RUN_NOTCHECKED
!define MUI_FINISHPAGE_RUN_TEXT "Open the command line zkCli"
!define MUI_FINISHPAGE_SHOWREADME "$INSTDIR\conf\zoo.cfg"
!define MUI_FINISHPAGE_SHOWREADME_NOTCHECKED
!define MUI_FINISHPAGE_SHOWREADME_TEXT "Show the configuration"
!define MUI_FINISHPAGE_SHOWREADME_FUNCTION ShowConfig
!insertmacro MUI_PAGE_FINISH
!insertmacro MUI_UNPAGE_CONFIRM
UninstPage custom un.ShowOptions un.LeaveOptions
!insertmacro MUI_UNPAGE_INSTFILES
!insertmacro MUI_LANGUAGE "English"

Function ShowConfig
  Exec 'notepad.exe "$INSTDIR\conf\zoo.cfg"'
FunctionEnd

; ---- what both halves need ----

; Say MESSAGE to who installs by hand, and leave it in the log for the others; all of it counts as failure.
!macro Complain UN
Function ${UN}Complain
  Exch $0
  Push $1
  StrCpy $Failure "$Failure$0$\r$\n"
  DetailPrint "$0"
  FileOpen $1 "$TEMP\paddock-setup.log" a
  ${If} $1 != ""
    FileSeek $1 0 END
    FileWriteUTF16LE $1 "$0$\r$\n"
    FileClose $1
  ${EndIf}
  Pop $1
  Pop $0
FunctionEnd
!macroend
!insertmacro Complain ""
!insertmacro Complain "un."

; Run COMMAND: its exit code to $0, its output to $1 and, on one line, to the details.  What programs write is
; taken for the system's code page; it goes back to bytes, and those are UTF-8 if they can be.
!macro Run COMMAND
  nsExec::ExecToStack '${COMMAND}'
  Pop $0
  Pop $1
  System::Call 'kernel32::MultiByteToWideChar(i 65001, i 8, m r1, i -1, w .R9, i ${NSIS_MAX_STRLEN}) i .R8'
  ${If} $R8 > 0
    StrCpy $1 $R9
  ${EndIf}
  ${If} $1 != ""
    ${WordReplace} $1 "$\r$\n" "   " "+" $R9
    DetailPrint "$R9"
  ${EndIf}
!macroend

; Whether the service in key $R1 runs $INSTDIR's zkserver.exe, as "1" or "0" into $R3.
!macro IsOurs UN
Function ${UN}IsOurs
  StrCpy $R3 0
  ReadRegStr $R2 HKLM "SYSTEM\CurrentControlSet\Services\$R1" "ImagePath"
  StrCpy $R4 '"$INSTDIR\bin\zkserver.exe"'
  StrLen $R5 $R4
  StrCpy $R2 $R2 $R5
  ${If} $R2 == $R4
    StrCpy $R3 1
  ${EndIf}
FunctionEnd
!macroend
!insertmacro IsOurs ""
!insertmacro IsOurs "un."

; Whether a program of $INSTDIR cannot be written to, because it runs: its name into $0, else "".
!macro FindInUse UN
Function ${UN}FindInUse
  StrCpy $0 ""
  ${If} ${FileExists} "$INSTDIR\bin\zkserver.exe"
    ClearErrors
    FileOpen $1 "$INSTDIR\bin\zkserver.exe" a
    ${If} ${Errors}
      StrCpy $0 "zkserver.exe"
    ${Else}
      FileClose $1
    ${EndIf}
  ${EndIf}
  ${If} $0 == ""
  ${AndIf} ${FileExists} "$INSTDIR\bin\zkcli.exe"
    ClearErrors
    FileOpen $1 "$INSTDIR\bin\zkcli.exe" a
    ${If} ${Errors}
      StrCpy $0 "zkcli.exe"
    ${Else}
      FileClose $1
    ${EndIf}
  ${EndIf}
FunctionEnd
!macroend
!insertmacro FindInUse ""
!insertmacro FindInUse "un."

; The system's PATH into $R6 and 1 into $R7; 0 into $R7 when it is too long for us.
!macro ReadPath UN
Function ${UN}ReadPath
  StrCpy $R7 0
  StrCpy $R6 ""
  System::Call 'advapi32::RegOpenKeyExW(p 0x80000002, w "${ENVIRONMENT_KEY}", i 0, i 0x20119, *p .r0) i .r1'
  ${If} $1 <> 0
    Return
  ${EndIf}
  System::Call 'advapi32::RegQueryValueExW(p r0, w "Path", p 0, *i .r2, p 0, *i .r3) i .r1'
  System::Call 'advapi32::RegCloseKey(p r0)'
  StrLen $R5 "$INSTDIR"
  IntOp $R5 $R5 + 16
  IntOp $R5 ${NSIS_MAX_STRLEN} - $R5
  IntOp $3 $3 / 2
  ${If} $1 = 2          ; there is none
    StrCpy $R7 1
  ${ElseIf} $1 = 0
  ${AndIf} $3 < $R5
    ReadRegStr $R6 HKLM "${ENVIRONMENT_KEY}" "Path"
    StrCpy $R7 1
  ${EndIf}
FunctionEnd
!macroend
!insertmacro ReadPath ""
!insertmacro ReadPath "un."

!macro TellEnvironment
  SendMessage ${HWND_BROADCAST} ${WM_SETTINGCHANGE} 0 "STR:Environment" /TIMEOUT=2000
!macroend

; The value of the key $0 in $INSTDIR\conf\zoo.cfg, without its escapes (\\, \u00eb), into $1.
!macro ReadConfig UN
Function ${UN}ReadConfig
  StrCpy $1 ""
  StrLen $2 "$0="
  ClearErrors
  FileOpen $3 "$INSTDIR\conf\zoo.cfg" r
  ${If} ${Errors}
    Return
  ${EndIf}
  ${Do}
    ClearErrors
    FileRead $3 $4
    ${If} ${Errors}
      ${ExitDo}
    ${EndIf}
    StrCpy $5 $4 $2
    ${If} $5 == "$0="
      StrCpy $4 $4 "" $2
      ${Do}
        StrCpy $5 $4 1 -1
        ${If} $5 != "$\r"
        ${AndIf} $5 != "$\n"
        ${AndIf} $5 != " "
          ${ExitDo}
        ${EndIf}
        StrCpy $4 $4 -1
      ${Loop}
      StrCpy $1 ""
      ${DoUntil} $4 == ""
        StrCpy $5 $4 1
        StrCpy $4 $4 "" 1
        ${If} $5 == "\"
          StrCpy $5 $4 1
          StrCpy $4 $4 "" 1
          ${If} $5 == "u"
            StrCpy $5 $4 4
            StrCpy $4 $4 "" 4
            IntOp $5 "0x$5" + 0
            System::Call '*(&i2 r5, &i2 0) p .r6'
            System::Call '*$6(&w2 .r5)'
            System::Free $6
          ${EndIf}
        ${EndIf}
        StrCpy $1 "$1$5"
      ${Loop}
    ${EndIf}
  ${Loop}
  FileClose $3
FunctionEnd
!macroend
!insertmacro ReadConfig ""
!insertmacro ReadConfig "un."

; ---- properties ----

; As /NAME=value, /NAME="a value" or "/NAME=a value".  A value ends where the next property begins, which
; must not stand within a quote then: all quotes move before any value is taken.
!macro Unquote NAME
  ${WordReplace} $R0 '"/${NAME}=' '/${NAME}="' "+" $R0
!macroend

!macro Property NAME VARIABLE
  ClearErrors
  ${GetOptions} $R0 "/${NAME}=" $R1
  ${IfNot} ${Errors}
    StrCpy ${VARIABLE} $R1
  ${EndIf}
!macroend

; The port, as far as it is one: an error message into $0, else "".
Function CheckPort
  StrCpy $0 ""
  IntOp $1 $Port + 0
  ${If} $1 != $Port
  ${OrIf} $1 < 1
  ${OrIf} $1 > 65535
    StrCpy $0 "'$Port' is not a port: a number from 1 to 65535 is wanted, and 2181 is usual."
  ${EndIf}
FunctionEnd

Function FindUpgrade
  StrCpy $Upgrade 0
  ${If} ${FileExists} "$INSTDIR\conf\zoo.cfg"
    StrCpy $Upgrade 1
    StrCpy $0 "clientPort"
    Call ReadConfig
    ${If} $1 != ""
      StrCpy $Port $1
    ${EndIf}
    StrCpy $0 "dataDir"
    Call ReadConfig
    ${If} $1 != ""
      StrCpy $Data $1
    ${EndIf}
    Call FindService
  ${EndIf}
FunctionEnd

; The service that runs this folder's conf\zoo.cfg is the one that is meant, unless a name was given.
Function FindService
  StrCpy $Found 0
  StrCpy $R0 0
  ${Do}
    EnumRegKey $R1 HKLM "SYSTEM\CurrentControlSet\Services" $R0
    ${If} $R1 == ""
    ${OrIf} $Named = 1
      ${ExitDo}
    ${EndIf}
    IntOp $R0 $R0 + 1
    Call IsOurs
    ${If} $R3 = 1
      ReadRegStr $R2 HKLM "SYSTEM\CurrentControlSet\Services\$R1\Parameters" "ConfigFile"
      ${If} $R2 == "$INSTDIR\conf\zoo.cfg"
        StrCpy $Found 1
        StrCpy $Service $R1
        ${ExitDo}
      ${EndIf}
    ${EndIf}
  ${Loop}
FunctionEnd

Function .onInit
  SetRegView 64
  SetShellVarContext all
  ; The folder of an earlier one: InstallDirRegKey looks at the other half of the registry.
  ReadRegStr $R1 HKLM "${KEY}" "InstallDir"
  ${If} $R1 != ""
  ${AndIf} $INSTDIR == "$PROGRAMFILES64\${PRODUCT}"
    StrCpy $INSTDIR $R1
  ${EndIf}
  StrCpy $Port "2181"
  StrCpy $EndTitle "Paddock ${VERSION} is installed"
  StrCpy $Data "$APPDATA\${PRODUCT}\data"
  StrCpy $Service "|"
  StrCpy $Named 1
  StrCpy $Account ""
  StrCpy $StartNow 1
  StrCpy $ToPath 0
  StrCpy $Firewall 0
  Delete "$TEMP\paddock-setup.log"
  ${GetParameters} $R0
  !insertmacro Unquote "PORT"
  !insertmacro Unquote "DATA"
  !insertmacro Unquote "SERVICE"
  !insertmacro Unquote "ACCOUNT"
  !insertmacro Unquote "START"
  !insertmacro Unquote "PATH"
  !insertmacro Unquote "FIREWALL"
  !insertmacro Property "PORT" $Port
  !insertmacro Property "DATA" $Data
  !insertmacro Property "SERVICE" $Service
  !insertmacro Property "ACCOUNT" $Account
  !insertmacro Property "START" $StartNow
  !insertmacro Property "PATH" $ToPath
  !insertmacro Property "FIREWALL" $Firewall
  ${If} $Service == "|"
    StrCpy $Named 0
    StrCpy $Service "Paddock"
  ${EndIf}
  Call CheckPort
  ${If} $0 != ""
    Push $0
    Call Complain
    SetErrorLevel 2
    Quit
  ${EndIf}
FunctionEnd

; ---- the page of options ----

Function ShowOptions
  Call FindUpgrade
  !insertmacro MUI_HEADER_TEXT "Options" "How the server runs."
  nsDialogs::Create 1018
  Pop $0
  ${NSD_CreateLabel} 0 2u 30% 10u "Port for &clients:"
  Pop $0
  ${NSD_CreateNumber} 32% 0 40u 12u "$Port"
  Pop $FieldPort
  ${NSD_CreateLabel} 0 20u 30% 10u "&Data directory:"
  Pop $0
  ${NSD_CreateText} 32% 18u 68% 12u "$Data"
  Pop $FieldData
  ${If} $Upgrade = 1
    EnableWindow $FieldPort 0
    EnableWindow $FieldData 0
    ${NSD_CreateLabel} 32% 32u 68% 10u "conf\zoo.cfg is there already and says both."
    Pop $0
  ${EndIf}
  ${NSD_CreateCheckbox} 0 48u 30% 10u "Windows &service:"
  Pop $BoxService
  ${NSD_CreateText} 32% 47u 68% 12u "$Service"
  Pop $FieldService
  ${NSD_CreateCheckbox} 32% 63u 68% 10u "Start it &now, not only with Windows"
  Pop $BoxStart
  ${NSD_CreateCheckbox} 0 84u 100% 10u "Add the programs to the &PATH of all users"
  Pop $BoxPath
  ${NSD_CreateCheckbox} 0 99u 100% 10u "Let other machines connect (a rule for Windows' &firewall)"
  Pop $BoxFirewall
  ${If} $Service != ""
    ${NSD_Check} $BoxService
  ${EndIf}
  ${If} $Upgrade = 1
  ${AndIf} $Found = 1
    ; It is stopped and started again, and stays as it was set.
    EnableWindow $BoxService 0
    EnableWindow $FieldService 0
    EnableWindow $BoxStart 0
  ${EndIf}
  ${NSD_SetState} $BoxStart $StartNow
  ${NSD_SetState} $BoxPath $ToPath
  ${NSD_SetState} $BoxFirewall $Firewall
  nsDialogs::Show
FunctionEnd

Function LeaveOptions
  ${NSD_GetText} $FieldPort $Port
  ${NSD_GetText} $FieldData $Data
  ${NSD_GetText} $FieldService $Service
  ${NSD_GetState} $BoxStart $StartNow
  ${NSD_GetState} $BoxPath $ToPath
  ${NSD_GetState} $BoxFirewall $Firewall
  ${NSD_GetState} $BoxService $0
  ${If} $0 <> ${BST_CHECKED}
    StrCpy $Service ""
  ${ElseIf} $Service == ""
    MessageBox MB_ICONEXCLAMATION "Give the service a name, such as Paddock."
    Abort
  ${EndIf}
  Call CheckPort
  ${If} $0 != ""
    MessageBox MB_ICONEXCLAMATION "$0"
    Abort
  ${EndIf}
FunctionEnd

; ---- install ----

; Stop every service of this folder; those that ran are in $Running afterwards.
Function StopServices
  StrCpy $Running ""
  StrCpy $R0 0
  ${Do}
    EnumRegKey $R1 HKLM "SYSTEM\CurrentControlSet\Services" $R0
    ${If} $R1 == ""
      ${ExitDo}
    ${EndIf}
    IntOp $R0 $R0 + 1
    Call IsOurs
    ${If} $R3 = 1
      !insertmacro Run '"$INSTDIR\bin\zkserver.exe" stop -n "$R1"'
      ${WordFind} $1 "STOPPED" "*" $2
      ${If} $2 > 0
        StrCpy $Running "$Running$R1|"
      ${EndIf}
    ${EndIf}
  ${Loop}
FunctionEnd

Function StartServices
  StrCpy $R0 0
  ${Do}
    StrCpy $0 $Running 1 $R0
    ${If} $0 == ""
      ${ExitDo}
    ${ElseIf} $0 != "|"
      IntOp $R0 $R0 + 1
      ${Continue}
    ${EndIf}
    StrCpy $R1 $Running $R0
    IntOp $R0 $R0 + 1
    StrCpy $Running $Running "" $R0
    StrCpy $R0 0
    DetailPrint "Starting the service $R1 again"
    !insertmacro Run '"$INSTDIR\bin\zkserver.exe" start -n "$R1"'
    ${If} $0 <> 0
      Push "The service $R1 does not start: $1"
      Call Complain
    ${EndIf}
  ${Loop}
FunctionEnd

; A configuration with what was asked for.  Backslashes escape in it, and what is beyond ASCII is written as
; \u00eb: the bytes of such a file are Latin-1, to Java's server and so to ours.
Function WriteConfig
  StrCpy $R0 ""
  StrCpy $4 $Data
  ${DoUntil} $4 == ""
    StrCpy $5 $4 1
    StrCpy $4 $4 "" 1
    System::Call '*(&w2 r5) p .r6'
    System::Call '*$6(&i2 .r7)'
    System::Free $6
    IntOp $7 $7 & 0xffff
    ${If} $5 == "\"
      StrCpy $5 "\\"
    ${ElseIf} $7 > 126
      IntFmt $5 "\u%04x" $7
    ${EndIf}
    StrCpy $R0 "$R0$5"
  ${Loop}
  CreateDirectory "$INSTDIR\conf"
  FileOpen $0 "$INSTDIR\conf\zoo.cfg" w
  ${If} $0 == ""
    Push "$INSTDIR\conf\zoo.cfg cannot be written."
    Call Complain
    Return
  ${EndIf}
  StrCpy $R1 "# Written by the installer.  zoo_sample.cfg beside this file explains the keys, ensemble.cfg and zoo1.cfg$\r$\n# to zoo3.cfg show several servers.  Restart the service after a change.$\r$\ntickTime=2000$\r$\ninitLimit=10$\r$\nsyncLimit=5$\r$\ndataDir=$R0$\r$\nclientPort=$Port$\r$\n"
  FileWrite $0 $R1
  FileClose $0
FunctionEnd

Section "install"
  SetRegView 64
  SetShellVarContext all
  Call FindUpgrade
  Call StopServices
  Call FindInUse
  ${If} $0 != ""
    Push "$INSTDIR\bin\$0 is running. End it (zkServer.cmd stop, or the window it runs in), then install again. Nothing was changed."
    Call Complain
    Call StartServices
    SetErrorLevel 2
    Abort "$Failure"
  ${EndIf}

  SetOutPath "$INSTDIR"
  ClearErrors
  File "${STAGE}\README.txt"
  File "${STAGE}\LICENSE.txt"
  SetOutPath "$INSTDIR\bin"
  File "${STAGE}\bin\*.*"
  SetOutPath "$INSTDIR\conf"
  File "${STAGE}\conf\*.*"
  SetOutPath "$INSTDIR"
  ${If} ${Errors}
    Push "Files cannot be written to $INSTDIR."
    Call Complain
    SetErrorLevel 2
    Abort "$Failure"
  ${EndIf}
  WriteUninstaller "$INSTDIR\uninstall.exe"

  ${If} $Upgrade = 0
    ${IfNot} ${FileExists} "$Data\*.*"
      CreateDirectory "$Data"
      ; The data may be secret: administrators and the system only; the service gets its own right below.
      !insertmacro Run 'icacls "$Data" /inheritance:r /grant *S-1-5-32-544:(OI)(CI)F *S-1-5-18:(OI)(CI)F'
    ${EndIf}
    Call WriteConfig
  ${EndIf}

  WriteRegStr HKLM "${KEY}" "InstallDir" "$INSTDIR"
  WriteRegStr HKLM "${KEY}" "Version" "${VERSION}"
  WriteRegStr HKLM "${UNINSTALL_KEY}" "DisplayName" "${PRODUCT}"
  WriteRegStr HKLM "${UNINSTALL_KEY}" "DisplayVersion" "${VERSION}"
  WriteRegStr HKLM "${UNINSTALL_KEY}" "Publisher" "The Paddock project"
  WriteRegStr HKLM "${UNINSTALL_KEY}" "DisplayIcon" "$INSTDIR\uninstall.exe"
  WriteRegStr HKLM "${UNINSTALL_KEY}" "InstallLocation" "$INSTDIR"
  WriteRegStr HKLM "${UNINSTALL_KEY}" "UninstallString" '"$INSTDIR\uninstall.exe"'
  WriteRegStr HKLM "${UNINSTALL_KEY}" "QuietUninstallString" '"$INSTDIR\uninstall.exe" /S'
  WriteRegDWORD HKLM "${UNINSTALL_KEY}" "NoModify" 1
  WriteRegDWORD HKLM "${UNINSTALL_KEY}" "NoRepair" 1
  ${GetSize} "$INSTDIR\bin" "/S=0K" $0 $1 $2
  WriteRegDWORD HKLM "${UNINSTALL_KEY}" "EstimatedSize" $0

  CreateDirectory "$SMPROGRAMS\${PRODUCT}"
  CreateShortcut "$SMPROGRAMS\${PRODUCT}\zkCli.lnk" "$INSTDIR\bin\zkcli.exe" "-server localhost:$Port"
  CreateShortcut "$SMPROGRAMS\${PRODUCT}\Configuration.lnk" "notepad.exe" '"$INSTDIR\conf\zoo.cfg"'
  CreateShortcut "$SMPROGRAMS\${PRODUCT}\Uninstall Paddock.lnk" "$INSTDIR\uninstall.exe"

  ${If} $ToPath = 1
    Call AddToPath
  ${EndIf}
  ${If} $Firewall = 1
    !insertmacro Run 'netsh advfirewall firewall delete rule name="${RULE}"'
    !insertmacro Run 'netsh advfirewall firewall add rule name="${RULE}" dir=in action=allow protocol=TCP program="$INSTDIR\bin\zkserver.exe" enable=yes'
    ${If} $0 <> 0
      Push "The firewall rule was not added: $1"
      Call Complain
    ${EndIf}
  ${EndIf}
  Call StartServices
  ${If} $Service != ""
    Call InstallService
  ${EndIf}
  StrCpy $EndText "The programs are in $INSTDIR\bin, the configuration is $INSTDIR\conf\zoo.cfg."
  ${If} $Failure != ""
    SetErrorLevel 3
    StrCpy $EndTitle "The programs are installed, but not all is done"
    StrCpy $EndText "$Failure$\r$\n$TEMP\paddock-setup.log has the same text."
  ${EndIf}
SectionEnd

; A service that is there already, whatever its state was, is left as it is.
Function InstallService
  StrCpy $R1 $Service
  Call IsOurs
  ${If} $R3 = 1
    DetailPrint "The service $Service is there already"
    Return
  ${EndIf}
  StrCpy $R0 ""
  ${If} $Account != ""
    StrCpy $R0 '-user "$Account"'
  ${EndIf}
  DetailPrint "Installing the service $Service"
  !insertmacro Run '"$INSTDIR\bin\zkserver.exe" install -n "$Service" $R0 "$INSTDIR\conf\zoo.cfg"'
  ${If} $0 <> 0
    Push "The service $Service was not installed: $1"
    Call Complain
  ${ElseIf} $StartNow = 1
    !insertmacro Run '"$INSTDIR\bin\zkserver.exe" start -n "$Service"'
    ${If} $0 <> 0
      Push "The service $Service does not start: $1"
      Call Complain
    ${EndIf}
  ${EndIf}
FunctionEnd

Function AddToPath
  Call ReadPath
  ${If} $R7 = 0
    Push "The PATH of this system is too long to be changed here; add $INSTDIR\bin by hand."
    Call Complain
    Return
  ${EndIf}
  ${WordFind} ";$R6;" ";$INSTDIR\bin;" "*" $0
  ${If} $0 > 0
    Return ; it is there
  ${EndIf}
  ${If} $R6 != ""
    StrCpy $R6 "$R6;"
  ${EndIf}
  WriteRegExpandStr HKLM "${ENVIRONMENT_KEY}" "Path" "$R6$INSTDIR\bin"
  WriteRegDWORD HKLM "${KEY}" "InPath" 1
  !insertmacro TellEnvironment
FunctionEnd

; ---- uninstall ----

Var Purge
Var BoxPurge

Function un.onInit
  SetRegView 64
  SetShellVarContext all
  StrCpy $Purge 0
  ${GetParameters} $R0
  ClearErrors
  ${GetOptions} $R0 "/PURGE=" $R1
  ${IfNot} ${Errors}
    StrCpy $Purge $R1
  ${EndIf}
FunctionEnd

Function un.ShowOptions
  !insertmacro MUI_HEADER_TEXT "Data" "What happens to it."
  nsDialogs::Create 1018
  Pop $0
  ${NSD_CreateLabel} 0 0 100% 24u "The services, programs and logs of $INSTDIR are removed. The configuration and the data stay unless you want otherwise."
  Pop $0
  ${NSD_CreateCheckbox} 0 32u 100% 10u "Remove the &configuration and all data as well; this cannot be undone"
  Pop $BoxPurge
  nsDialogs::Show
FunctionEnd

Function un.LeaveOptions
  ${NSD_GetState} $BoxPurge $Purge
FunctionEnd

; The data of the directory $1: what servers write there, and the directory if that was all.
Function un.RemoveData
  ${If} $1 == ""
    Return
  ${EndIf}
  DetailPrint "Removing the data in $1"
  RMDir /r "$1\version-2"
  Delete "$1\myid"
  Delete "$1\initialize"
  Delete "$1\zookeeper_server.pid"
  RMDir "$1"
FunctionEnd

Section "Uninstall"
  SetRegView 64
  SetShellVarContext all
  ; From the end, so that the numbers of those before stay.
  StrCpy $R0 0
  ${Do}
    EnumRegKey $R1 HKLM "SYSTEM\CurrentControlSet\Services" $R0
    ${If} $R1 == ""
      ${ExitDo}
    ${EndIf}
    IntOp $R0 $R0 + 1
  ${Loop}
  ${Do}
    ${If} $R0 = 0
      ${ExitDo}
    ${EndIf}
    IntOp $R0 $R0 - 1
    EnumRegKey $R1 HKLM "SYSTEM\CurrentControlSet\Services" $R0
    Call un.IsOurs
    ${If} $R3 = 1
      !insertmacro Run '"$INSTDIR\bin\zkserver.exe" uninstall -n "$R1"'
      ${If} $0 <> 0
        Push "The service $R1 was not removed: $1"
        Call un.Complain
      ${EndIf}
    ${EndIf}
  ${Loop}
  Call un.FindInUse
  ${If} $0 != ""
    Push "$INSTDIR\bin\$0 is running. End it, then uninstall again."
    Call un.Complain
  ${EndIf}
  ${If} $Failure != ""
    SetErrorLevel 2
    Abort "$Failure"
  ${EndIf}

  ReadRegDWORD $0 HKLM "${KEY}" "InPath"
  ${If} $0 = 1
    Call un.RemoveFromPath
  ${EndIf}
  !insertmacro Run 'netsh advfirewall firewall delete rule name="${RULE}"'
  RMDir /r "$SMPROGRAMS\${PRODUCT}"
  ${If} $Purge = 1
    StrCpy $0 "dataDir"
    Call un.ReadConfig
    StrCpy $R8 $1
    StrCpy $0 "dataLogDir"
    Call un.ReadConfig
    Call un.RemoveData
    StrCpy $1 $R8
    Call un.RemoveData
    RMDir "$APPDATA\${PRODUCT}"
    Delete "$INSTDIR\conf\zoo.cfg"
  ${EndIf}
  RMDir /r "$INSTDIR\bin"
  RMDir /r "$INSTDIR\logs"
  Delete "$INSTDIR\conf\zoo_sample.cfg"
  Delete "$INSTDIR\conf\ensemble.cfg"
  Delete "$INSTDIR\conf\observer.cfg"
  Delete "$INSTDIR\conf\zoo1.cfg"
  Delete "$INSTDIR\conf\zoo2.cfg"
  Delete "$INSTDIR\conf\zoo3.cfg"
  RMDir "$INSTDIR\conf"
  Delete "$INSTDIR\README.txt"
  Delete "$INSTDIR\LICENSE.txt"
  Delete "$INSTDIR\uninstall.exe"
  RMDir "$INSTDIR"
  DeleteRegKey HKLM "${UNINSTALL_KEY}"
  DeleteRegKey HKLM "${KEY}"
SectionEnd

Function un.RemoveFromPath
  Call un.ReadPath
  ${If} $R7 = 0
    DetailPrint "The PATH of this system is too long to be changed here; remove $INSTDIR\bin by hand."
    Return
  ${EndIf}
  ${WordReplace} ";$R6;" ";$INSTDIR\bin;" ";" "+" $0
  ${If} $0 == ";$R6;"
    Return
  ${EndIf}
  StrLen $1 $0
  IntOp $1 $1 - 2
  ${If} $1 > 0
    StrCpy $0 $0 $1 1
  ${Else}
    StrCpy $0 ""
  ${EndIf}
  WriteRegExpandStr HKLM "${ENVIRONMENT_KEY}" "Path" "$0"
  !insertmacro TellEnvironment
FunctionEnd
