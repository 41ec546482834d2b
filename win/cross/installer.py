#!/usr/bin/python3
"""installer.py BUILD_DIR -- the installer for Windows, unattended under wine, and the archive beside it.

Installs, talks to the service, upgrades, and uninstalls with and without the data, and looks at what each leaves
behind.  test.sh calls this after installer/win/build.sh has made both from BUILD_DIR; by hand, set WINEPREFIX
yourself, to a prefix that nothing else uses.  Each check is a sentence; the last line counts them.
"""
import os
import signal
import subprocess
import sys
import zipfile
from pathlib import Path

import wine
from wine import WINE, client, expect, free_port, leave, wait_for, word

SETUP_SECONDS = 120
WAIT_SECONDS = 30
PATH_KEY = "HKLM\\SYSTEM\\CurrentControlSet\\Control\\Session Manager\\Environment"


class Installer(wine.Checks):
    def __init__(self, build, root, native):
        super().__init__(build, root, native)
        self.setup = next(build.glob("paddock-*-win64-setup.exe"))
        self.archive = next(build.glob("paddock-*-win64.zip"))
        self.c = Path(os.environ["WINEPREFIX"]) / "drive_c"
        self.home = self.c / "Program Files/Paddock"
        self.data = self.c / "ProgramData/Paddock/data"
        self.menu = self.c / "ProgramData/Microsoft/Windows/Start Menu/Programs/Paddock"
        self.port = free_port()
        self.user = wine.log_on()

    def run(self, *words, cwd=None):
        """A Windows program; its exit code and what it printed."""
        code, out, err = wine.run(self.root, *words, cwd=cwd, seconds=SETUP_SECONDS)
        return code, out + err

    def server(self, *words):
        return self.run(self.home / "bin/zkserver.exe", *words)

    def complaints(self):
        found = list(self.c.glob("users/*/Temp/paddock-setup.log")) + \
            list(self.c.glob("users/*/AppData/Local/Temp/paddock-setup.log"))
        return "".join(f.read_bytes().decode("utf-16-le", "replace") for f in found)

    def install(self, *properties, code=0):
        got, out = self.run(self.setup, "/S", *properties)
        expect(got == code, f"setup ended with {got}: {out}{self.complaints()}")

    def uninstall(self, *properties):
        code, out = self.run(self.home / "uninstall.exe", "/S", *properties)
        expect(code == 0, f"uninstall ended with {code}: {out}")
        # It works on in a copy of itself.
        wait_for(lambda: not (self.home / "uninstall.exe").exists(), f"left: {self.left()}")

    def left(self):
        return sorted(str(p.relative_to(self.c)) for p in self.home.rglob("*"))

    def path(self):
        return self.run("reg", "query", PATH_KEY, "/v", "Path")[1]

    # ----

    def check_a_port_that_is_none_is_refused_and_nothing_changed(self):
        self.install("/PORT=70000", code=2)
        expect("70000" in self.complaints(), f"the log says: {self.complaints()}")
        expect(not self.home.exists(), "something was installed")

    def check_an_unattended_installation_brings_a_service_that_serves(self):
        before = self.path()
        self.install(f"/PORT={self.port}", "/PATH=1", "/FIREWALL=1")
        expect(word(self.port, "ruok") == "imok", f"it does not serve: {self.complaints()}")
        code, out = self.server("status")
        expect(code == 0 and "Mode: standalone\nService 'Paddock': running" in out, out)
        config = (self.home / "conf/zoo.cfg").read_text()
        expect(f"clientPort={self.port}\n" in config and "dataDir=C:\\\\ProgramData\\\\Paddock\\\\data\n" in config, config)
        expect((self.data / "version-2").is_dir(), "no data")
        expect((self.menu / "zkCli.lnk").exists(), "no shortcut")
        expect(";C:\\Program Files\\Paddock\\bin" in self.path(), self.path())
        expect(before != self.path(), "PATH was not changed")
        zk = client(self.port)
        zk.create("/kept", b"data")
        leave(zk)

    def check_the_command_line_of_the_installation_works(self):
        code, out = self.run("cmd", "/c", "zkCli.cmd", "-server", f"localhost:{self.port}", "get", "/kept",
                             cwd=self.home / "bin")
        expect(code == 0 and "data" in out, out)

    def check_an_upgrade_keeps_configuration_data_and_running_services(self):
        with open(self.home / "conf/zoo.cfg", "a") as f:
            f.write("maxClientCnxns=77\r\n")
        (self.home / "conf/idle.cfg").write_text(f"dataDir=C:/idle\nclientPort={free_port()}\n")
        self.server("install", "-n", "Idle", "-start", "demand", "C:\\Program Files\\Paddock\\conf\\idle.cfg")
        (self.home / "bin/zktool.exe").write_bytes(b"of an older version")
        path = self.path()
        self.install("/PORT=1234", "/DATA=C:\\elsewhere", "/PATH=1")
        expect("maxClientCnxns=77" in (self.home / "conf/zoo.cfg").read_text(), "the configuration is gone")
        expect(not (self.c / "elsewhere").exists(), "a second data directory was made")
        expect((self.home / "bin/zktool.exe").read_bytes()[:2] == b"MZ", "programs were not replaced")
        expect(self.path() == path, "PATH has it twice")
        zk = client(self.port)
        expect(zk.get("/kept")[0] == b"data", "the data is gone")
        leave(zk)
        out = self.server("list")[1]
        expect("Idle: stopped" in out and "Paddock: running" in out, out)
        self.server("uninstall", "-n", "Idle")
        (self.home / "conf/idle.cfg").unlink()

    def check_a_program_in_use_is_named_and_nothing_changed(self):
        (self.root / "data").mkdir()
        port = free_port()
        server = subprocess.Popen([WINE, str(self.home / "bin/zkserver.exe"), str(port), "C:\\by-hand"],
                                  stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                  start_new_session=True)
        try:
            wait_for(lambda: word(port, "ruok") == "imok", "the server by hand does not serve")
            self.install(code=2)
            expect("zkserver.exe is running" in self.complaints(), self.complaints())
            expect(word(self.port, "ruok") == "imok", "the service was not started again")
        finally:
            server.send_signal(signal.SIGINT)
            server.wait(WAIT_SECONDS)

    def check_uninstalling_leaves_nothing_but_configuration_and_data(self):
        self.uninstall()
        expect(word(self.port, "ruok") == "", "it still serves")
        expect(self.left() == ["Program Files/Paddock/conf", "Program Files/Paddock/conf/zoo.cfg"], f"left: {self.left()}")
        expect((self.data / "version-2").is_dir(), "the data is gone")
        expect(not self.menu.exists(), "shortcuts are left")
        expect("Paddock" not in self.path(), self.path())
        for key in ("HKLM\\Software\\Paddock", "HKLM\\SYSTEM\\CurrentControlSet\\Services\\Paddock",
                    "HKLM\\Software\\Microsoft\\Windows\\CurrentVersion\\Uninstall\\Paddock"):
            code, out = self.run("reg", "query", key)
            expect(code != 0, f"left: {out}")

    def check_installed_again_it_has_the_old_data_under_another_service_name(self):
        self.install("/SERVICE=Zoë's service")
        code, out = self.server("list")
        expect("s service: running, standalone" in out, out)
        zk = client(self.port)
        expect(zk.get("/kept")[0] == b"data", "the data is gone")
        leave(zk)

    def check_an_upgrade_finds_the_service_whatever_it_is_called(self):
        self.install()
        out = self.server("list")[1]
        expect("s service: running, standalone" in out and len(out.splitlines()) == 1, out)

    def check_uninstalling_with_the_data_leaves_nothing(self):
        self.uninstall("/PURGE=1")
        wait_for(lambda: not self.home.exists(), f"left: {self.left()}")
        expect(not (self.c / "ProgramData/Paddock").exists(), "data is left")

    def check_without_a_service_only_programs_are_installed_where_asked(self):
        # NSIS wants /D last and unquoted, so it is one argument without blanks.
        self.install("/SERVICE=", f"/PORT={self.port}", "/DATA=C:\\zk\\Zoë 時", "/D=C:\\zk\\home")
        home = self.c / "zk/home"
        expect((home / "bin/zkserver.exe").exists() and not self.home.exists(), "wrong place")
        code, out = self.run(home / "bin/zkserver.exe", "list")
        expect("No service" in out, out)
        code, out = self.run("cmd", "/c", "zkServer.cmd", "start", cwd=home / "bin")
        expect(code == 0 and word(self.port, "ruok") == "imok", out)
        expect((self.c / "zk/Zoë 時/version-2").is_dir(), "wrong data directory")
        code, out = self.run("cmd", "/c", "zkServer.cmd", "stop", cwd=home / "bin")
        expect(code == 0, out)
        self.home = home
        self.uninstall("/PURGE=1")
        wait_for(lambda: not home.exists(), f"left: {self.left()}")
        expect(not (self.c / "zk/Zoë 時").exists(), "data is left")

    def check_the_archive_runs_where_it_is_unpacked(self):
        with zipfile.ZipFile(self.archive) as archive:
            archive.extractall(self.root)
        home = self.root / self.archive.stem
        text = (home / "conf/zoo_sample.cfg").read_bytes().replace(b"/var/lib/paddock\r", b"data\r")
        (home / "conf/zoo.cfg").write_bytes(text.replace(b"clientPort=2181", b"clientPort=%d" % self.port))
        for verb in ("start", "status", "stop"):
            code, out = self.run("cmd", "/c", "zkServer.cmd", verb, cwd=home / "bin")
            expect(code == 0, out)
        expect(all(b"\r\n" in f.read_bytes() for f in home.rglob("*.txt")), "texts without line ends of Windows")

    def close(self):
        wine.log_off(self.user)


if __name__ == "__main__":
    sys.exit(wine.main(Installer))
