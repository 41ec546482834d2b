"""machine.py -- a Debian system that boots its own systemd, in namespaces and with a root of its own.

Nothing of the machine that runs the tests is touched: the new system has its own mounts, processes, network (only
a loopback), host name and control groups, and ends when its first process ends.
"""
import os
import shlex
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

# What the packages depend on, and systemd.  The system has no network, so what is missing here is not found.
PACKAGES = ["systemd", "systemd-sysv", "dbus", "procps", "debconf", "init-system-helpers", "bash-completion", "man-db",
            "libapr1", "zlib1g", "libssl3", "libedit2", "netcat-openbsd"]
TOOLS = ["unshare", "nsenter", "pivot_root", "ip", "debootstrap"]

# In the new namespaces: a root with what a container manager gives, then systemd in the place of this shell.
INIT = r"""
set -eu
root=$1
mount --make-rprivate /
mount --bind "$root" "$root"
cd "$root"
mount -t proc proc proc
mount -t sysfs -o ro,nosuid,nodev,noexec sysfs sys
mount -t cgroup2 cgroup2 sys/fs/cgroup
mount -t tmpfs -o mode=755 tmpfs run
mount -t tmpfs -o mode=1777 tmpfs tmp
mount -t tmpfs -o mode=755 tmpfs dev
for node in null zero full random urandom tty; do touch dev/$node; mount --bind /dev/$node dev/$node; done
mkdir dev/pts dev/shm
mount -t devpts -o newinstance,ptmxmode=0666,mode=620 devpts dev/pts
ln -s pts/ptmx dev/ptmx
mount -t tmpfs tmpfs dev/shm
ln -s /proc/self/fd dev/fd
ln -s fd/0 dev/stdin
ln -s fd/1 dev/stdout
ln -s fd/2 dev/stderr
ip link set lo up
mkdir -p .old
pivot_root . .old
umount -l /.old
exec env -i container=other PATH=/usr/sbin:/usr/bin:/sbin:/bin TERM=dumb /lib/systemd/systemd
"""


class Result:
    def __init__(self, code, out):
        self.code, self.out = code, out

    def __repr__(self):
        return f"exit code {self.code}\n  {self.out.strip()[-2000:]!r}"


def why_not():
    """Why no such system can run here; None when it can."""
    if os.geteuid() != 0:
        return "it needs root"
    for tool in TOOLS:
        if not shutil.which(tool):
            return f"there is no {tool}"
    probe = subprocess.run(["unshare", "--mount", "--pid", "--fork", "--ipc", "--uts", "--net", "--cgroup", "sh", "-c",
                            "mount --make-rprivate / && mkdir -p /tmp && mount -t tmpfs tmpfs /tmp && mkdir /tmp/c && "
                            "mount -t cgroup2 cgroup2 /tmp/c"], capture_output=True, text=True)
    if probe.returncode != 0:
        return "namespaces of our own are not allowed: " + probe.stderr.strip()
    return None if cgroup_parent() else "there is no control group hierarchy (version 2) that we may write"


def cgroup_parent():
    """The mount of control groups, version 2; that of a system which has both versions is another one."""
    for line in Path("/proc/mounts").read_text().splitlines():
        _, where, kind = line.split()[:3]
        if kind == "cgroup2" and os.access(where, os.W_OK):
            return Path(where)
    return None


def make_base(base):
    """A clean Debian root at BASE, made once."""
    if (base / "made").exists():
        return
    shutil.rmtree(base, ignore_errors=True)
    base.mkdir(parents=True)
    release = dict(line.rstrip().split("=", 1) for line in open("/etc/os-release", encoding="utf-8") if "=" in line)
    suite = release.get("VERSION_CODENAME", "stable").strip('"') if release.get("ID") == "debian" else "stable"
    made = subprocess.run(["debootstrap", "--variant=minbase", "--include=" + ",".join(PACKAGES), suite, base / "root"],
                          capture_output=True, text=True)
    if made.returncode != 0:
        raise SystemExit("debootstrap failed: " + made.stdout[-1500:] + made.stderr[-500:])
    # Documentation is left out of small images by such a line; here it is looked at.
    for excluding in (base / "root/etc/dpkg/dpkg.cfg.d").glob("*"):
        excluding.unlink()
    (base / "made").touch()


class Machine:
    """A copy of BASE that runs; use it in a `with`."""

    def __init__(self, base):
        self.folder = Path(tempfile.mkdtemp(prefix="paddock-machine-"))
        self.root = self.folder / "root"
        subprocess.run(["cp", "-a", "--reflink=auto", base / "root", self.root], check=True)
        (self.root / "etc/hostname").write_text("paddock-test\n")
        (self.root / "etc/hosts").write_text("127.0.0.1 localhost\n::1 localhost\n")
        self.group = cgroup_parent() / self.folder.name
        self.console = self.folder / "console.log"
        self.process = self.init = None

    def __enter__(self):
        self.group.mkdir()
        enter = f"echo $$ > {self.group}/cgroup.procs; exec unshare --mount --pid --fork --ipc --uts --net --cgroup " \
                f"sh -c {shlex.quote(INIT)} init {self.root}"
        with open(self.console, "w", encoding="utf-8") as console:
            self.process = subprocess.Popen(["sh", "-c", enter], stdin=subprocess.DEVNULL, stdout=console,
                                            stderr=console, start_new_session=True)
        self.init = self.wait_for("its first process", self.find_init)
        self.wait_for("systemd", lambda: self.run("systemctl is-system-running").out.strip() in ("running", "degraded"))
        return self

    def __exit__(self, *unused):
        if self.process.poll() is None and self.init:
            self.run("systemctl poweroff")
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                os.kill(self.init, signal.SIGKILL)
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for _ in range(50):
            try:
                for group in sorted(self.group.rglob("*/"), reverse=True):
                    group.rmdir()
                self.group.rmdir()
                break
            except OSError:
                time.sleep(0.1)
        shutil.rmtree(self.folder, ignore_errors=True)

    def find_init(self):
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        if self.process.poll() is not None:
            raise SystemExit("the system did not start: " + self.console.read_text()[-2000:])
        for child in children.read_text().split():
            if Path(f"/proc/{child}/comm").read_text().strip() == "systemd":
                return int(child)
        return None

    def wait_for(self, what, condition, seconds=60):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            answer = condition()
            if answer:
                return answer
            time.sleep(0.1)
        tail = self.run("journalctl -n 12 --no-pager -o cat").out if self.init else self.console.read_text()
        raise AssertionError(f"waited {seconds} s for {what}; last:\n{tail}")

    def command(self, line):
        return ["nsenter", "-t", str(self.init), "-a", "/usr/bin/env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin",
                "HOME=/root", "LC_ALL=C.UTF-8", "TERM=dumb", "DEBIAN_FRONTEND=noninteractive", "SYSTEMD_COLORS=0",
                "bash", "-c", line]

    def run(self, line, seconds=120):
        done = subprocess.run(self.command(line), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, errors="replace", timeout=seconds)
        return Result(done.returncode, done.stdout)

    def need(self, line, seconds=120):
        result = self.run(line, seconds)
        if result.code != 0:
            raise AssertionError(f"`{line}`: {result}")
        return result.out

    def popen_in_network(self, argv):
        """Run ARGV of this system in the network of that one."""
        return subprocess.Popen(["nsenter", f"--net=/proc/{self.init}/ns/net", *map(str, argv)],
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def property(self, unit, name):
        return self.need(f"systemctl show -P {name} {unit}").strip()

    def pid_here(self, unit):
        """The process of UNIT as this system numbers it."""
        inner = self.property(unit, "MainPID")
        for status in Path("/proc").glob("[0-9]*/status"):
            try:
                ids = [line.split()[1:] for line in status.read_text().splitlines() if line.startswith("NSpid:")]
            except OSError:
                continue
            if ids and len(ids[0]) > 1 and ids[0][-1] == inner and self.is_inside(ids[0][0]):
                return int(ids[0][0])
        raise AssertionError(f"no process {inner} of {unit}")

    def is_inside(self, pid):
        return os.readlink(f"/proc/{pid}/ns/pid") == os.readlink(f"/proc/{self.init}/ns/pid")
