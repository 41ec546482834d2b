#!/usr/bin/python3
"""service.py BUILD_DIR [NATIVE_BIN] -- zkserver.exe as a Windows service, under wine, as an administrator uses it.

The layout is that of the tutorial: three installations below E:\\111softwares\\zookeeper-3.4.5, each with a data
directory of its own, written with doubled backslashes; E: is mapped in the wine prefix.  Each installation runs
its own service.  Clients are native (kazoo).  With NATIVE_BIN, a folder with zkserver and zktool for Linux, the
data directories are also opened there, and by the Java server where Debian's package is installed.

test.sh calls this with a wine prefix ready; by hand, set WINEPREFIX yourself, to a prefix that nothing else uses.
Each check is a sentence; the last line counts them.
"""
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from kazoo.client import KazooClient

import wine
from wine import WINE, client, expect, leave, word

import screen  # from the folders that wine.py knows
import servers

VERB_SECONDS = 90
WINESERVER = shutil.which("wineserver") or "/usr/lib/wine/wineserver"
TUTORIAL = "111softwares\\zookeeper-3.4.5\\zookeeper-3.4.5%s"


class Installation:
    """One folder on E: with bin and conf, as unpacked from the archive, and its service."""

    def __init__(self, tests, folder, number):
        self.tests = tests
        self.folder = folder  # below E:\
        self.path = tests.drive / folder.replace("\\", "/")
        self.name = f"Paddock-{number}"
        self.port = servers.free_port()
        self.data = self.path / "oyy" / "zookeeper"
        (self.path / "conf").mkdir(parents=True)
        wine.copy_programs(tests.build, self.path / "bin")
        self.write_config()

    def windows(self, *parts):
        return "\\".join(("E:", self.folder) + parts)

    def write_config(self, *lines, data=None):
        data = data or self.windows("oyy", "zookeeper").replace("\\", "\\\\")
        text = ["# 配置文件", "tickTime=2000", "initLimit=10", "syncLimit=5", f"dataDir={data}",
                f"clientPort={self.port}", "admin.enableServer=false", *lines]
        (self.path / "conf/zoo.cfg").write_bytes("\r\n".join(text + [""]).encode())

    def run(self, *words, stdin=None):
        """A script of this installation; its exit code, output and errors."""
        return wine.run(self.tests.root, "cmd", "/c", *words, cwd=self.path / "bin", stdin=stdin, seconds=VERB_SECONDS)

    def verb(self, *words):
        result = self.run("zkServer.cmd", *words)
        if result[0] == 49:  # wine's cmd at times does not find a program that is there; nothing was run
            print(f"        zkServer.cmd {words[0]}: cmd did not find the program, once more", flush=True)
            result = self.run("zkServer.cmd", *words)
        return result

    def must(self, *words):
        code, out, err = self.verb(*words)
        expect(code == 0, f"{' '.join(words)} ended with {code}: {out}{err}")
        return out

    def wait_until_serving(self):
        wine.wait_for(lambda: word(self.port, "ruok") == "imok",
                      lambda: f"{self.name} does not serve: {self.log[-500:]}")

    @property
    def log(self):
        return "".join(f.read_text(errors="replace") for f in sorted((self.path / "logs").glob("*.log")))


class Window:
    """zkCli.cmd of an installation in a window of its own: lines are typed, and what it shows is looked at."""

    def __init__(self, one, name, hosts):
        self.path = one.path / f"{name}.txt"
        self.name = name
        with open(self.path, "wb") as out:
            self.process = subprocess.Popen([WINE, "cmd", "/c", "zkCli.cmd", "-server", hosts],
                                            cwd=one.path / "bin", stdin=subprocess.PIPE, stdout=out, stderr=out)

    def types(self, line, shows):
        """LINE at the prompt; SHOWS appears once more than before."""
        count = self.text().count(shows)
        self.process.stdin.write(line.encode() + b"\n")
        self.process.stdin.flush()
        self.shows(shows, count + 1)

    def text(self):
        return wine.text_of(self.path)

    def shows(self, text, times=1):
        wine.wait_for(lambda: self.text().count(text) >= times,
                      lambda: f"{self.name} does not show '{text}': {self.text()[-800:]}", 60)

    def close(self):
        if not self.process.stdin.closed:
            self.process.stdin.close()
        self.process.wait(60)

    @classmethod
    def connected(cls, one, name, hosts):
        """A window that shows its session.  On a busy machine wine was once seen to start a program that showed
        nothing at all; that is tried again, once, and printed."""
        for last in (False, True):
            window = cls(one, name, hosts)
            try:
                window.shows("WatchedEvent state:SyncConnected type:None path:null")
                return window
            except AssertionError:
                if last or window.text():
                    raise
                print(f"        {name}: nothing was shown, once more", flush=True)
                window.process.kill()
                window.close()


class Services(wine.Checks):
    def __init__(self, build, root, native):
        super().__init__(build, root, native)
        self.drive = root / "e"
        self.drive.mkdir()
        devices = Path(os.environ["WINEPREFIX"]) / "dosdevices"
        (devices / "e:").unlink(missing_ok=True)
        (devices / "e:").symlink_to(self.drive)
        self.user = wine.log_on()
        self.forget_leftovers()
        self.zk = [Installation(self, TUTORIAL % suffix, number)
                   for number, suffix in ((1, ""), (2, ".2"), (3, ".3"))]

    def forget_leftovers(self):
        """Services that an interrupted run has left behind."""
        for name in ("Paddock", "Paddock-1", "Paddock-2", "Paddock-3", "Paddock 4 & Söhne", "Deep"):
            for verb in ("stop", "delete"):
                subprocess.run([WINE, "sc", verb, name], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL, timeout=VERB_SECONDS)

    def registry(self, key):
        done = subprocess.run([WINE, "reg", "query", f"HKLM\\System\\CurrentControlSet\\Services\\{key}", "/s"],
                              capture_output=True, timeout=VERB_SECONDS, stdin=subprocess.DEVNULL)
        return done.stdout.decode(errors="replace").replace("\r", "") if done.returncode == 0 else ""

    # ---- before anything is installed

    def check_a_configuration_that_is_no_good_is_refused_and_nothing_installed(self):
        one = self.zk[0]
        one.write_config("syncLimit=often")
        code, out, err = one.verb("install", "-n", one.name)
        expect(code == 1 and "FAILED" in out, f"install ended with {code}: {out}{err}")
        expect("syncLimit" in err, f"the key is not named: {err}")
        one.write_config()
        expect("No service" in one.must("list"), "something was installed")

    def check_words_that_mean_nothing_are_refused(self):
        one = self.zk[0]
        for words in (("install", "-start", "sometimes"), ("install", "-recovery", "perhaps"),
                      ("install", "-colour", "red"), ("install", "-n", "a\\b"), ("install", "-password", "secret"),
                      ("list", "-n", "x"), ("install", "-n")):
            code, out, err = one.verb(*words)
            expect(code == 2, f"{words} ended with {code}: {out}{err}")
        expect("No service" in one.must("list"), "something was installed")

    def check_a_service_that_is_not_installed_is_named(self):
        for verb in ("start", "stop", "restart", "status", "config", "uninstall"):
            code, out, err = self.zk[0].verb(verb, "-n", "Nobody")
            expect(code == 1 and "No installed service named 'Nobody'." in err, f"{verb}: {code} {out}{err}")

    def check_a_password_is_not_shown_as_it_is_typed(self):
        one = self.zk[0]
        terminal = screen.Terminal([WINE, str(one.path / "bin/zkserver.exe"), "install", "-user", "LocalService",
                                    "-password", "-", one.windows("conf", "missing.cfg")],
                                   {**os.environ, "TERM": "xterm"}, True)

        def shown():
            terminal.pump(0.1)
            return "\n".join(terminal.screen.lines())
        try:
            for wanted, keys in (("(not shown as you type):", "s3cret\r"), ("FAILED", "")):
                deadline = time.monotonic() + 60
                while wanted not in shown():
                    expect(time.monotonic() < deadline and not terminal.ended,
                           f"no '{wanted}' in '{shown()}', ended: {terminal.ended}")
                end = time.monotonic() + 2  # wine forgets what is typed before it is read
                while keys and time.monotonic() < end:
                    shown()
                terminal.type(keys)
            expect("s3cret" not in shown() and "s3c" not in shown(), shown())
        finally:
            terminal.close()
        with open(self.root / "empty.txt", "wb") as empty:
            empty.write(b"\r\n")
        with open(self.root / "empty.txt", "rb") as empty:
            code, out, err = one.run("zkServer.cmd", "install", "-user", "LocalService", "-password", "-", stdin=empty)
        expect(code == 2 and "read an empty line" in err, f"{code} {out}{err}")

    # ---- install

    def check_three_services_are_installed_side_by_side(self):
        for one in self.zk:
            out = one.must("install", "-n", one.name)
            expect(out.splitlines() == [
                f"Testing {one.windows('conf', 'zoo.cfg')} ... ok (client port {one.port})",
                f"Installing the '{one.name}' service",
                f"The '{one.name}' service is successfully installed."], f"install printed {out}")
            expect(one.data.is_dir(), "no data directory")
        for one in self.zk:
            expect(one.must("list") == f"{one.name}: stopped, automatic start, {one.windows('conf', 'zoo.cfg')}\n",
                   f"list printed {one.must('list')}")

    def check_a_name_or_a_configuration_is_not_used_twice(self):
        one, two = self.zk[:2]
        code, out, err = two.verb("install", "-n", one.name)
        expect(code == 1 and err == f"The '{one.name}' service is already installed (config "
               f"{one.windows('conf', 'zoo.cfg')}). Choose another name with -n.\n", f"{code} {out}{err}")
        code, out, err = one.verb("install", "-n", "Second")
        expect(code == 1 and f"The '{one.name}' service runs" in err, f"{code} {out}{err}")

    def check_the_registry_has_command_account_parameters_and_event_source(self):
        one = self.zk[0]
        text = self.registry(one.name)
        for value in (f'"{one.windows("bin", "zkserver.exe")}" "--service" "-n" "{one.name}"',
                      f"NT SERVICE\\{one.name}", one.windows("conf", "zoo.cfg"), "Tcpip", "Afd",
                      f"client port {one.port}, data in {one.windows('oyy', 'zookeeper')}"):
            expect(value in text, f"'{value}' is not in {text}")
        source = self.registry(f"EventLog\\Application\\{one.name}")
        expect(one.windows("bin", "zkserver.exe") in source, f"event source: {source}")

    def check_settings_are_changed_and_read_back(self):
        one = self.zk[0]
        one.must("config", "-n", one.name, "-start", "delayed", "-display", "The first")
        shown = one.must("config")
        expect("Display:     The first\n" in shown and f"NT SERVICE\\{one.name}" in shown, shown)
        expect(re.search(r"Start:       (delayed )?automatic start\n", shown), shown)
        expect(re.search(r"Recovery:    (restart after 5 s, again after 30 s; forgotten after 10 min|"
                         r"not kept by this system)\n", shown), shown)
        one.must("config", "-start", "demand", "-user", "LocalService")
        shown = one.must("config")
        expect("Start:       started on demand\n" in shown and "NT AUTHORITY\\LocalService\n" in shown, shown)
        expect("Display:     The first\n" in shown, f"a setting that was not named has changed: {shown}")
        one.must("config", "-start", "auto", "-user", f"NT SERVICE\\{one.name}")

    # ---- run

    def check_three_services_start_serve_and_tell_their_state(self):
        for one in self.zk:
            expect(one.must("start", "-n", one.name) == "Starting zookeeper ... STARTED\n", "start")
        for one in self.zk:
            out = one.must("status", "-n", one.name).splitlines()
            expect(out[:2] == [f"Client port found: {one.port}. Client address: localhost. Client SSL: false.",
                               "Mode: standalone"], out)
            expect(re.fullmatch(rf"Service '{one.name}': running, process \d+, automatic start", out[2]), out)
            expect(f"{one.name}: running, standalone, automatic start" in one.must("list"), "list")
            zk = client(one.port)
            zk.create("/of", one.name.encode())
            zk.create("/配置", "值".encode())
            leave(zk)

    def check_a_second_start_is_none(self):
        out = self.zk[0].must("start")
        expect(re.fullmatch(r"Starting zookeeper ... already running as process \d+\.\n", out), out)

    def check_without_a_name_the_service_of_the_configuration_is_meant(self):
        two = self.zk[1]
        expect(f"Service '{two.name}': running" in two.must("status"), "status")
        expect("Stopping zookeeper ... STOPPED\nStarting zookeeper ... STARTED\n" == two.must("restart"), "restart")
        zk = client(two.port)
        expect(zk.get("/of")[0] == two.name.encode(), "wrong data")
        leave(zk)

    def check_the_systems_own_tools_stop_and_start_it(self):
        three = self.zk[2]
        code, out, err = three.run("net", "stop", three.name)
        expect(code == 0 and word(three.port, "ruok") == "", f"net stop: {code} {out}{err}")
        code, out, err = three.run("net", "start", three.name)
        expect(code == 0, f"net start: {code} {out}{err}")
        three.wait_until_serving()

    def check_the_log_is_the_services_own(self):
        one = self.zk[0]
        logs = list((one.path / "logs").glob(f"zookeeper-{one.name}-server-*.log"))
        expect(len(logs) == 1 and "Starting server" in logs[0].read_text(), f"logs: {logs}")

    def check_after_a_power_cut_the_services_start_with_the_system_and_have_lost_nothing(self):
        for one in self.zk:
            zk = client(one.port)
            for i in range(50):
                zk.create(f"/n{i}", b"x" * i)
            leave(zk)
        subprocess.run([WINESERVER, "-k"], timeout=60)
        subprocess.run([WINESERVER, "-w"], timeout=60)
        wine.log_off(self.user)
        expect(all(word(one.port, "ruok") == "" for one in self.zk), "a server has survived")
        self.user = wine.log_on()
        for one in self.zk:
            one.wait_until_serving()
            zk = client(one.port)
            expect(zk.get("/n49")[0] == b"x" * 49, "wrong data")
            leave(zk)
            expect(f"Service '{one.name}': running" in one.must("status"), "status")

    # ---- failures

    def check_a_taken_port_is_named_and_the_start_fails(self):
        three = self.zk[2]
        three.must("stop")
        with socket.socket() as taken:
            taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            taken.bind(("127.0.0.1", three.port))
            taken.listen()
            code, out, err = three.verb("start")
        expect(code == 1 and out == "Starting zookeeper ... FAILED TO START\n", f"{code} {out}")
        expect(str(three.port) in err and "ended with code 1" in err, err)
        three.must("start")

    def check_a_configuration_spoilt_since_is_named_before_anything_is_started(self):
        three = self.zk[2]
        three.must("stop")
        three.write_config("initLimit=")
        code, out, err = three.verb("start")
        expect(code == 1 and "FAILED TO START" in out and "initLimit" in err, f"{code} {out}{err}")
        three.write_config()
        three.must("start")

    def check_the_texts_of_events_are_in_the_program(self):
        program = (self.zk[0].path / "bin/zkserver.exe").read_bytes()
        for text in ("The server has started and clients may connect: %1", "A port cannot be had, as when another program has taken it: %1"):
            expect(text.encode("utf-16-le") in program, f"no '{text}'")

    def check_by_hand_the_service_flag_is_refused(self):
        code, out, err = self.zk[0].run("zkserver.exe", "--service", "-n", self.zk[0].name)
        expect(code == 2 and err == "--service is for the service manager; run zkServer.cmd instead\n",
               f"{code} {out}{err}")

    # ---- places

    def check_odd_paths_and_relative_directories_work(self):
        odd = Installation(self, "Zoë's (x86) & 時 100", 4)
        odd.write_config("dataLogDir=logs of data", data="data here")
        odd.must("install", "-n", "Paddock 4 & Söhne", "-Dreadonlymode.enabled=false")
        odd.must("start")
        expect((odd.path / "data here/version-2").is_dir() and (odd.path / "logs of data/version-2").is_dir(),
               "relative directories are not below the installation")
        zk = client(odd.port)
        zk.create("/a")
        leave(zk)
        expect("Arguments:   -Dreadonlymode.enabled=false\n" in odd.must("config"), odd.must("config"))
        expect("Exiting normally" in (odd.must("stop") and odd.log), "no clean end in the log")
        odd.must("uninstall")

    def check_a_folder_that_reads_as_a_variable_is_refused(self):
        odd = Installation(self, "50% of 100%", 6)
        code, out, err = odd.run("zkserver.exe", "install")
        expect(code == 1 and "between two '%'" in err and "50% of 100%" in err, f"{code} {out}{err}")
        expect("No service" in odd.run("zkserver.exe", "list")[1], "something was installed")
        code, out, err = self.zk[0].verb("install", "-n", "of%PATH%")
        expect(code == 2 and "is no name for a service" in err, f"{code} {out}{err}")

    def check_a_long_path_works(self):
        deep = Installation(self, "\\".join(["d" * 50] * 6), 5)
        config = "E:\\deep conf\\zoo.cfg"
        (self.drive / "deep conf").mkdir()
        (self.drive / "deep conf/zoo.cfg").write_text((deep.path / "conf/zoo.cfg").read_text())
        one = self.zk[0]
        one.must("install", "-n", "Deep", config)
        one.must("start", "-n", "Deep")
        expect((deep.data / "version-2").is_dir(), "no data below a path of 300 characters")
        one.must("stop", "-n", "Deep")
        one.must("uninstall", "-n", "Deep")

    # ---- the end

    def check_a_stop_is_clean_and_a_second_one_is_none(self):
        for one in self.zk:
            expect(one.must("stop") == "Stopping zookeeper ... STOPPED\n", "stop")
            expect("Shutting down (service stop)" in one.log and "Exiting normally" in one.log, "no farewell")
            expect(one.must("stop") == f"Stopping zookeeper ... The '{one.name}' service is not started.\n", "again")
            code, out, err = one.verb("status")
            expect(code == 1 and f"Service '{one.name}': stopped, automatic start" in out, f"{code} {out}{err}")

    def check_uninstalling_keeps_the_data_and_says_so(self):
        for one in self.zk:
            out = one.must("uninstall", "-n", one.name)
            expect(out.startswith(f"Removing the '{one.name}' service\n"
                                  f"The '{one.name}' service has been removed successfully.\nKept: "), out)
            expect(one.windows("oyy", "zookeeper") in out, out)
            expect(any(one.data.glob("version-2/log.*")), "the data is gone")
            for key in (one.name, f"EventLog\\Application\\{one.name}"):
                expect(self.registry(key) == "", f"left in the registry: {self.registry(key)}")
        expect("No service" in self.zk[0].must("list"), "something is left in the list")

    def check_a_running_service_is_stopped_before_it_is_removed(self):
        one = self.zk[0]
        one.must("install")
        one.must("start")
        expect("Service 'Paddock': running" in one.must("status"), "the default name")
        one.must("uninstall")
        expect(word(one.port, "ruok") == "", "it still serves")
        one.log.index("Exiting normally")

    # ---- what is left

    def check_the_data_opens_on_linux(self, of=None):
        if self.native is None:
            print("        (no native programs: not run)")
            return
        for one in self.zk:
            done = subprocess.run([self.native / "zktool", "check", str(one.data)], capture_output=True, timeout=60)
            expect(done.returncode == 0, f"zktool check: {done.stdout}{done.stderr}")
            self.open_with(str(self.native / "zkserver"), one, of)

    def check_the_data_opens_in_the_java_server(self):
        try:
            servers.check_available("java")
        except servers.Skip as reason:
            print(f"        ({reason}: not run)")
            return
        self.open_with("java", self.zk[1])

    def open_with(self, kind, one, of=None):
        with tempfile.TemporaryDirectory(dir=self.root) as home:
            shutil.copytree(one.data, f"{home}/data")
            server = servers.Server(kind, home=home)
            try:
                server.start(60)
                zk = client(server.port)
                expect(zk.get("/of")[0] == (of or one.name).encode(), "wrong data")
                expect(zk.get("/配置")[0] == "值".encode(), "wrong data")
                leave(zk)
            finally:
                server.close()

    # ---- several servers that are one ensemble

    def check_a_pseudo_cluster_is_laid_out_installed_and_destroyed(self):
        one = self.zk[0]
        base = str(servers.free_port() % 20000 + 21000)
        code, out, err = one.verb("pseudo-cluster", "3", "E:\\pc", "--port", base, "--services", "--no-start")
        expect(code == 0, f"{code} {out}{err}")
        expect(out.count("service is successfully installed.") == 3 and "(server 3 of 3, " in out, out)
        listed = one.must("list")
        expect(all(f"Paddock-{i}: stopped, automatic start, E:\\pc\\{i}\\zoo.cfg" in listed for i in (1, 2, 3)), listed)
        code, out, err = one.verb("pseudo-cluster", "destroy", "E:\\pc", "--yes")
        expect(code == 0 and "No service" in one.must("list"), f"{code} {out}{err}")
        expect("Kept" not in out and "3 servers removed\n" in out, f"what is removed is said to be kept: {out}")
        expect(not any((self.drive / "pc").glob("*/data")), "data is left")

    def tutorial(self):
        """The tutorial's configurations to the letter, with its ports where they are free; the client ports."""
        letter = [port + i for port in (2181, 2888, 3888) for i in range(3)]
        try:
            for port in letter:
                with socket.socket() as probe:
                    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                    probe.bind(("127.0.0.1", port))
        except OSError:
            letter = [servers.free_port() for _ in letter]
        lines = [f"server.{i + 1}=localhost:{letter[3 + i]}:{letter[6 + i]}" for i in range(3)]
        for i, one in enumerate(self.zk):
            one.port = letter[i]
            shutil.rmtree(one.data)
            one.data.mkdir()
            (one.data / "myid").write_text(f"{i + 1}\r\n")
            one.write_config(*lines)
        return letter[:3]

    def modes(self):
        modes = [re.search(r"^Mode: (.*)$", word(one.port, "srvr"), re.M) for one in self.zk]
        return [mode.group(1) if mode else None for mode in modes]

    def wait_for_modes(self, *wanted):
        deadline = time.monotonic() + 60
        while sorted(map(str, self.modes())) != sorted(wanted):
            expect(time.monotonic() < deadline, f"modes {self.modes()} instead of {wanted}")
            time.sleep(0.2)

    def master_and_worker_work_together(self, ports):
        """The tutorial's example, each part in a window of its own, with the list of all three servers."""
        hosts = ",".join(f"localhost:{port}" for port in ports)
        windows = {}

        def window(name, one):
            windows[name] = Window.connected(one, name, hosts)
            return windows[name]

        changed = "WatchedEvent state:SyncConnected type:NodeChildrenChanged path:"
        task = "/tasks/task-0000000000"
        try:
            master = window("master", self.zk[0])
            master.types('create -e /master "master1.example.com:2223"', "Created /master")
            backup = window("backup", self.zk[1])
            backup.types('create -e /master "master2.example.com:2223"', "Node already exists: /master")
            backup.types("stat /master true", "dataLength = 24")
            master.close()
            backup.shows("WatchedEvent state:SyncConnected type:NodeDeleted path:/master")
            backup.types('create -e /master "master2.example.com:2223"', "Created /master")
            for path in ("/workers", "/tasks", "/assign"):
                backup.types(f'create {path} ""', f"Created {path}")
            backup.types("ls /workers true", "[]")
            backup.types("ls /tasks true", "[]")
            worker = window("worker", self.zk[2])
            worker.types('create -e /workers/worker1.example.com "worker1.example.com:2224"', "Created /workers/worker1")
            backup.shows(changed + "/workers")
            worker.types('create /assign/worker1.example.com ""', "Created /assign/worker1.example.com")
            worker.types("ls /assign/worker1.example.com true", "[]")
            client_window = window("client", self.zk[0])
            client_window.types('create -s /tasks/task- "cmd"', f"Created {task}")
            client_window.types(f"ls {task} true", "[]")
            backup.shows(changed + "/tasks")
            backup.types("ls /tasks", "[task-0000000000]")
            backup.types("ls /workers", "[worker1.example.com]")
            backup.types('create /assign/worker1.example.com/task-0000000000 ""', "Created /assign/worker1.example.com/task")
            worker.shows(changed + "/assign/worker1.example.com")
            worker.types("ls /assign/worker1.example.com", "[task-0000000000]")
            worker.types(f'create {task}/status "done"', f"Created {task}/status")
            client_window.shows(changed + task)
            client_window.types(f"get {task}", "cmd")
            client_window.types(f"get {task}/status", "done")
        finally:
            for one in windows.values():
                one.close()

    def check_the_tutorials_three_servers_run_as_services(self):
        ports = self.tutorial()
        one, two, three = self.zk
        for server in self.zk:
            server.must("install", "-n", server.name)
        code, out, err = one.verb("start")
        expect(code == 0, f"the first waits for the others: {out}{err}")
        code, out, err = one.verb("status")
        expect(code == 1 and "probably not running" in out and "no quorum" in err, f"{code} {out}{err}")
        expect("Cannot open channel to 2 at election address localhost/" in one.log, "no word of the refused channel")
        two.must("start")
        three.must("start")
        self.wait_for_modes("follower", "follower", "leader")
        self.master_and_worker_work_together(ports)
        leader = self.zk[self.modes().index("leader")]
        leader.must("stop")
        self.wait_for_modes("None", "follower", "leader")
        leader.must("start")
        self.wait_for_modes("follower", "follower", "leader")
        for server in self.zk:
            server.must("stop")
            expect("Exiting normally" in server.log, "no clean end")
            server.must("uninstall")

    def check_the_tutorials_three_servers_run_in_three_windows(self):
        ports = self.tutorial()
        processes = []
        try:
            for one in self.zk:
                log = open(one.path / "console.txt", "wb")
                processes.append(subprocess.Popen(
                    [WINE, "cmd", "/c", "zkServer.cmd"], cwd=one.path / "bin", stdin=subprocess.DEVNULL,
                    stdout=log, stderr=subprocess.STDOUT, start_new_session=True))
                log.close()
                time.sleep(2)
            self.wait_for_modes("follower", "follower", "leader")
            first = (self.zk[0].path / "console.txt").read_text(errors="replace")
            expect("Cannot open channel to 2 at election address localhost/" in first, "no word of the refused channel")
            self.master_and_worker_work_together(ports)
            zk = KazooClient(hosts=",".join(f"127.0.0.1:{one.port}" for one in self.zk), timeout=30)
            zk.start(20)
            zk.create("/of", self.zk[1].name.encode())
            zk.create("/配置", "值".encode())
            leave(zk)
        finally:
            for process in processes:
                # The interpreter and the server are one session for us.
                os.killpg(process.pid, signal.SIGINT)
            for process in processes:
                process.wait(60)
        for one in self.zk:
            console = one.path / "console.txt"  # the interpreter ends before its server
            deadline = time.monotonic() + 30
            while "Exiting normally" not in console.read_text(errors="replace"):
                expect(time.monotonic() < deadline, f"no clean end: {console.read_text(errors='replace')[-500:]}")
                time.sleep(0.2)
            expect("Shutting down (Ctrl+C)" in console.read_text(errors="replace"), "ended by something else")
        self.check_the_data_opens_on_linux(self.zk[1].name)
        self.check_the_data_opens_in_the_java_server()

    def close(self):
        wine.log_off(self.user)

    def explain(self):
        for one in self.zk:
            print(f"---- end of the log of {one.name}")
            print("\n".join(one.log.splitlines()[-60:]))


if __name__ == "__main__":
    sys.exit(wine.main(Services))
