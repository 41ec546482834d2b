#!/usr/bin/python3
"""smoke.py BUILD_DIR -- the Windows programs under wine, used as an administrator and a client would.

Starts BUILD_DIR/bin/zkserver.exe on a free port with a data directory whose name has blanks and letters
beyond ASCII, talks to it with a real client (kazoo), ends it in good and in bad order, and starts it again.
test.sh calls this with a wine prefix ready; by hand, set WINEPREFIX yourself.  Each check is a sentence; the
last line counts them.
"""
import os
import shutil
import signal
import subprocess
import sys
import time

from kazoo.exceptions import NoNodeError

import wine
from wine import WINE, client, expect, free_port, leave, windows_path, word

START_SECONDS = 60
STOP_SECONDS = 30


class Server:
    """One zkserver.exe in a console process group of its own."""

    def __init__(self, exe, port, data, log):
        self.port = port
        self.log = open(log, "ab")
        self.process = subprocess.Popen([WINE, str(exe), str(port), windows_path(data)], stdin=subprocess.DEVNULL,
                                        stdout=self.log, stderr=subprocess.STDOUT, start_new_session=True)

    def wait_until_serving(self):
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            if word(self.port, "ruok") == "imok":
                return
            time.sleep(0.1)
        raise AssertionError(f"the server does not answer; exit code {self.process.poll()}")

    def end(self, how):
        """Ctrl+C for SIGINT, a power cut for SIGKILL; the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(how)
        code = self.process.wait(STOP_SECONDS)
        self.log.close()
        return code


class Smoke(wine.Checks):
    def __init__(self, build, root, native):
        super().__init__(build, root, native)
        self.exe = build / "bin/zkserver.exe"
        self.cli = build / "bin/zkcli.exe"
        self.data = root / "data of Zoë 時"
        self.log = root / "server.log"
        self.port = free_port()
        self.server = None

    def start(self):
        self.server = Server(self.exe, self.port, self.data, self.log)
        self.server.wait_until_serving()

    # Each check leaves a running server behind unless its name says otherwise.

    def check_a_client_creates_reads_and_watches(self):
        self.start()
        zk = client(self.port, 10)
        fired = []
        zk.create("/app", b"one")
        expect(zk.get("/app", watch=fired.append)[0] == b"one", "wrong data")
        zk.set("/app", b"two")
        expect(zk.create("/app/task-", b"", sequence=True) == "/app/task-0000000000", "wrong sequence")
        zk.create("/app/here", b"", ephemeral=True)
        expect(sorted(zk.get_children("/app")) == ["here", "task-0000000000"], "wrong children")
        transaction = zk.transaction()
        transaction.create("/other")
        transaction.delete("/missing")
        expect(isinstance(transaction.commit()[1], NoNodeError), "multi did not fail")
        expect(zk.exists("/other") is None, "multi was not undone")
        deadline = time.monotonic() + 10
        while not fired and time.monotonic() < deadline:
            time.sleep(0.05)
        expect(len(fired) == 1, f"the watch fired {len(fired)} times")
        leave(zk)

    def check_a_second_server_is_refused_the_port_and_the_directory(self):
        for port, data in ((self.port, self.root / "other"), (free_port(), self.data)):
            second = Server(self.exe, port, data, self.root / "second.log")
            code = second.process.wait(START_SECONDS)
            second.log.close()
            expect(code != 0, f"a second server on port {port} and '{data.name}' ended with {code}")
        expect(word(self.port, "ruok") == "imok", "the first server suffered")

    def check_a_killed_server_has_lost_nothing(self):
        zk = client(self.port, 10)
        for i in range(100):
            zk.create(f"/app/n{i}", b"x" * i)
        self.server.end(signal.SIGKILL)
        leave(zk)
        self.start()
        zk = client(self.port, 10)
        names = zk.get_children("/app")
        expect(all(f"n{i}" in names for i in range(100)), "acknowledged znodes are gone")
        expect(zk.get("/app/n99")[0] == b"x" * 99, "wrong data")
        leave(zk)

    def check_ctrl_c_ends_it_in_good_order_and_frees_port_and_directory(self):
        code = self.server.end(signal.SIGINT)
        expect(code == 0, f"exit code {code}")
        expect("Shutting down (Ctrl+C)" in self.log.read_text(errors="replace"), "no farewell in the log")
        names = {path.name for path in (self.data / "version-2").iterdir()}
        expect(any(name.startswith("log.") for name in names), f"no log among {names}")
        expect(all("%" not in name and "(" not in name for name in names), f"odd names: {names}")
        self.start()
        zk = client(self.port, 10)
        expect(zk.get("/app")[0] == b"two", "wrong data")
        leave(zk)

    def check_the_command_line_creates_and_gets(self):
        if not self.cli.exists():
            print("        (no zkcli.exe: not run)")
            return

        def run(*words):
            return subprocess.run([WINE, str(self.cli), "-server", f"127.0.0.1:{self.port}", *words],
                                  stdin=subprocess.DEVNULL, capture_output=True, timeout=60)

        created = run("create", "/typed", "hello")
        expect(created.returncode == 0, created.stderr.decode(errors="replace"))
        got = run("get", "/typed")
        expect(b"hello" in got.stdout, f"get printed {got.stdout!r}")

    def check_programs_and_libraries_tell_their_version(self):
        for file in [*self.exe.parent.glob("zk*.exe"), *self.exe.parent.glob("*.dll")]:
            image = file.read_bytes()
            for text in ("VS_VERSION_INFO", "FileVersion", "Paddock", file.name):
                expect(text.encode("utf-16-le") in image, f"{file.name} does not say {text}")

    def check_the_scripts_run_the_programs_beside_them(self):
        home = self.root / "installed (x) & Zoë"
        shutil.copytree(self.exe.parent, home / "bin", ignore=shutil.ignore_patterns("test_*"))
        (home / "conf").mkdir()
        data = self.root / "scripted"
        port = free_port()
        (home / "conf/zoo.cfg").write_text(
            f"tickTime=2000\nclientPort={port}\ndataDir={windows_path(data)}\n".replace("\\", "/"))

        def script(*words, **more):
            return subprocess.Popen([WINE, "cmd", "/c", *words], cwd=home / "bin", stdin=subprocess.DEVNULL,
                                    stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **more)

        server = script("zkServer.cmd", start_new_session=True)
        try:
            deadline = time.monotonic() + START_SECONDS
            while word(port, "ruok") != "imok":
                expect(time.monotonic() < deadline and server.poll() is None, "zkServer.cmd does not serve")
                time.sleep(0.1)
            output = script("zkCli.cmd", "-server", f"127.0.0.1:{port}", "create", "/a b", "x  y").communicate(timeout=60)
            expect(b"Created /a b" in output[0], f"zkCli.cmd printed {output[0]!r}")
        finally:
            # The interpreter and the server are one process group each for wine, one session for us.
            os.killpg(server.pid, signal.SIGINT)
            server.communicate(timeout=STOP_SECONDS)
        log = next((data / "version-2").glob("log.*"))
        output = script("zkTxnLogToolkit.cmd", windows_path(log)).communicate(timeout=60)
        expect(b"create /a b,x  y" in output[0], f"zkTxnLogToolkit.cmd printed {output[0]!r}")

    def check_a_server_in_the_background_starts_tells_its_state_and_stops(self):
        home = self.root / "background"
        shutil.copytree(self.exe.parent, home / "bin", ignore=shutil.ignore_patterns("test_*"))
        (home / "conf").mkdir()
        port = free_port()
        (home / "conf/zoo.cfg").write_text(
            f"tickTime=2000\nclientPort={port}\ndataDir={windows_path(home / 'data')}\n".replace("\\", "/"))

        def verb(name):
            # Into a file: wine hands its own stderr down, so a pipe would stay open with the server.
            with open(home / f"{name}.txt", "wb") as out:
                done = subprocess.run([WINE, "cmd", "/c", "zkServer.cmd", name], cwd=home / "bin", timeout=30,
                                      stdin=subprocess.DEVNULL, stdout=out, stderr=out)
            return done.returncode, (home / f"{name}.txt").read_text(errors="replace")

        code, text = verb("start")
        expect(code == 0 and "STARTED" in text, f"start ended with {code}: {text}")
        try:
            expect(word(port, "ruok") == "imok", "start returned before the server serves")
            code, text = verb("status")
            expect(code == 0 and "Mode: standalone" in text, f"status ended with {code}: {text}")
        finally:
            code, text = verb("stop")
        expect(code == 0 and "STOPPED" in text, f"stop ended with {code}: {text}")
        expect(word(port, "ruok") == "", "it still serves")
        code, text = verb("status")
        expect(code == 1, f"status of a stopped server ended with {code}: {text}")

    def close(self):
        if self.server is not None:
            self.server.end(signal.SIGINT)

    def explain(self):
        print("---- end of the server's log")
        print("\n".join(self.log.read_text(errors="replace").splitlines()[-15:]))


if __name__ == "__main__":
    sys.exit(wine.main(Smoke))
