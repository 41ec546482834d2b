"""An installation for one check: programs, scripts and configurations in a folder of its own.

The folder's name has blanks, an ampersand and letters beyond ASCII, so whatever forgets a quote fails everywhere.
Two kinds: the .sh scripts with the programs of this system, and the .cmd scripts with Windows programs under wine.
Both are used in the same way and have to print the same lines; only the spelling of paths differs (`shown`).

Invariants
 1. Only processes that a pid file of this folder names, or that were started here, are ended.
 2. Every wait is bounded.
"""
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CALL_SECONDS = 90
# What would lead the scripts somewhere else.
FOREIGN = ("ZOOBINDIR", "ZOOCFGDIR", "ZOOCFG", "ZOO_LOG_DIR", "ZOO_LOG_FILE", "ZOOPIDFILE", "SERVER_JVMFLAGS", "JVMFLAGS",
           "CLIENT_JVMFLAGS", "ZOO_DATADIR_AUTOCREATE_DISABLE")


def free_port():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


def word(port, text):
    """The answer to a four-letter word, '' when nobody answers."""
    try:
        with socket.create_connection(("127.0.0.1", port), 5) as sock:
            sock.settimeout(5)
            sock.sendall(text.encode())
            return b"".join(iter(lambda: sock.recv(65536), b"")).decode()
    except OSError:
        return ""


def wait_for(what, condition, seconds=30):
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"after {seconds} s still not: {what}")
        time.sleep(0.05)


class Result:
    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err

    def __repr__(self):
        return f"exit code {self.code}\n  stdout {self.out!r}\n  stderr {self.err!r}"


class Home:
    """The .sh scripts on this system."""

    programs = ("zkserver", "zkcli", "zktool")
    scripts, suffix = ROOT / "unix/scripts", ".sh"

    def __init__(self, programs_dir):
        self.base = Path(tempfile.mkdtemp(prefix="paddock-scripts-"))
        self.root = self.base / "at home (x) & Zoë"
        self.bin, self.conf = self.root / "bin", self.root / "conf"
        self.bin.mkdir(parents=True)
        self.conf.mkdir()
        for name in self.programs:
            shutil.copy2(Path(programs_dir) / name, self.bin)
        for script in self.scripts.glob("*" + self.suffix):
            shutil.copy2(script, self.bin)
        self.ports, self.started, self.data_dirs = {}, [], []

    # ---- spelling

    def shown(self, path):
        """PATH as the programs print it."""
        return str(path)

    def written(self, path):
        """PATH as it stands in a configuration."""
        return str(path)

    def command(self, script, *words):
        return [str(self.bin / (script + self.suffix)), *words]

    # ---- configurations

    def configure(self, name="zoo.cfg", lines=(), data="data", port=None):
        """Write a standalone configuration; returns its client port.  A line `KEY=` without value leaves KEY out."""
        port = free_port() if port is None else port
        keys = {"tickTime": "2000", "dataDir": self.written(self.root / data), "clientPort": str(port),
                "clientPortAddress": "127.0.0.1", "preAllocSize": "64"}
        for line in lines:
            key, _, value = line.partition("=")
            keys[key] = value
        text = "".join(f"{key}={value}\n" for key, value in keys.items() if value != "")
        (self.conf / name).write_text(text, encoding="latin-1")
        self.data_dirs.append(self.root / data)
        return port

    def config(self, name="zoo.cfg"):
        """The path of a configuration as the scripts of upstream print it."""
        return f"{self.shown(self.bin)}/../conf/{name}"

    def pid_file(self, data="data"):
        return self.root / data / "zookeeper_server.pid"

    def pid(self, data="data"):
        return int(self.pid_file(data).read_text())

    def log_text(self):
        return "".join(path.read_text(errors="replace") for path in sorted((self.root / "logs").glob("*.out")))

    # ---- calls

    def environment(self, more):
        env = {key: value for key, value in os.environ.items() if key not in FOREIGN}
        env.update({key: value for key, value in more.items() if value is not None})
        for key in [key for key, value in more.items() if value is None]:
            env.pop(key, None)
        return env

    def clean(self, text):
        return text

    def folder(self):
        """Where calls are made from."""
        return self.base

    def call(self, script, *words, **env):
        """Run a script to its end."""
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            done = self.run(self.command(script, *words), out, err, self.environment(env))
            texts = []
            for file in (out, err):
                file.seek(0)
                texts.append(self.clean(file.read().decode(errors="replace")))
        return Result(done, *texts)

    def run(self, command, out, err, env):
        """Run COMMAND with pipes, so that one which a server keeps open is noticed; its exit code."""
        done = subprocess.run(command, cwd=self.folder(), env=env, stdin=subprocess.DEVNULL, capture_output=True,
                              timeout=CALL_SECONDS)
        out.write(done.stdout)
        err.write(done.stderr)
        return done.returncode

    def server(self, *words, **more):
        return self.call("zkServer", *words, **more)

    def background(self, script, *words, **env):
        """Start a script that stays; stop() ends it."""
        process = subprocess.Popen(self.command(script, *words), cwd=self.folder(), env=self.environment(env),
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                   start_new_session=True)
        self.started.append(process)
        return process

    def alive(self, pid):
        try:
            os.kill(pid, 0)
        except OSError:
            return False
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        return state not in "ZX"

    def close(self):
        """End what still runs, remove the folder."""
        for data in set(self.data_dirs):
            pid_file = data / "zookeeper_server.pid"
            text = pid_file.read_text() if pid_file.is_file() else ""
            if text.isdigit() and self.is_ours(int(text)):
                os.kill(int(text), signal.SIGKILL)
        for process in self.started:
            if process.poll() is None:
                process.kill()
            process.communicate(timeout=10)
        shutil.rmtree(self.base, ignore_errors=True)

    def is_ours(self, pid):
        try:
            return os.readlink(f"/proc/{pid}/exe").startswith(str(self.base))
        except OSError:
            return False


class WineHome(Home):
    """The .cmd scripts and the Windows programs, under wine."""

    programs = ("zkserver.exe", "zkcli.exe", "zktool.exe")
    scripts, suffix = ROOT / "win/scripts", ".cmd"
    wine = shutil.which("wine64") or shutil.which("wine")

    def shown(self, path):
        return "Z:" + str(path).replace("/", "\\")

    def written(self, path):
        return "Z:" + str(path)

    def command(self, script, *words):
        return [self.wine, "cmd", "/c", script + self.suffix, *words]  # /c takes no quotes around its first word

    def folder(self):
        return self.bin

    def run(self, command, out, err, env):
        # Files and no pipes: below the Windows handles, every process of wine inherits the system's own outputs.
        return subprocess.run(command, cwd=self.folder(), env=env, stdin=subprocess.DEVNULL, stdout=out, stderr=err,
                              timeout=CALL_SECONDS).returncode

    def config(self, name="zoo.cfg"):
        return f"{self.shown(self.bin)}\\..\\conf\\{name}"

    def clean(self, text):
        return text.replace("\r\n", "\n")

    def servers(self):
        """The system's ids of the servers of this folder; those of the pid files are wine's."""
        found = []
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                line = (entry / "cmdline").read_bytes()
            except OSError:
                continue
            if self.base.name.encode() in line and b"zkserver.exe" in line and b"--pidfile" in line:
                found.append(int(entry.name))
        return found

    def alive(self, pid):
        current = self.pid_file().exists() and self.pid() != pid
        return len(self.servers()) > (1 if current else 0)

    def close(self):
        for pid in self.servers():
            os.kill(pid, signal.SIGKILL)
        super().close()

    def is_ours(self, pid):
        return False
