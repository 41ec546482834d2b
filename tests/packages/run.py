#!/usr/bin/python3
"""run.py -- the Debian packages on a clean Debian root under a systemd of its own.

    tests/packages/run.py --debs DIRECTORY [--work DIRECTORY] [--static FILE] [--only KIND]

Looks at the packages, then installs them in a system that machine.py boots and walks through the life of the
service, each check going on where the one before left it.  A check's name is a sentence; the last line counts them.
Where no such system can run, its checks are left out and the reason is printed.
"""
import argparse
import ctypes
import gzip
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import traceback
from pathlib import Path

from machine import Machine, make_base, why_not

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
PYTHON = "/usr/bin/python3"
# The watchdog of a test bites sooner than a server's own; 5 seconds are still three passes of a loop on a busy machine.
QUICK = "[Unit]\nStartLimitIntervalSec=0\n[Service]\nWatchdogSec=5\nTimeoutAbortSec=5\nRestartSec=1\n"
PACKAGE_CHECKS, MACHINE_CHECKS, CONTAINER_CHECKS = [], [], []


def check(among):
    def register(function):
        among.append((function.__name__.replace("_", " "), function))
        return function
    return register


def expect(condition, *what):
    if not condition:
        raise AssertionError("; ".join(str(item) for item in what))


def output(*argv, **options):
    done = subprocess.run([str(a) for a in argv], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options)
    return done.returncode, done.stdout


# ---- the packages as files

class Packages:
    def __init__(self, debs):
        self.files = {path.name.split("_")[0]: path for path in sorted(debs.glob("*.deb"))}
        self.folder = Path(tempfile.mkdtemp(prefix="paddock-packages-"))
        self.trees = {}
        for name, path in self.files.items():
            self.trees[name] = self.folder / name
            subprocess.run(["dpkg-deb", "-x", path, self.trees[name]], check=True)

    def close(self):
        shutil.rmtree(self.folder)

    def glob(self, pattern):
        return [path for tree in self.trees.values() for path in sorted(tree.glob(pattern))]


@check(PACKAGE_CHECKS)
def there_are_four_packages(packages):
    expect(set(packages.files) == {"paddock", "paddock-tools", "libpaddock1", "libpaddock-dev"}, packages.files)


@check(PACKAGE_CHECKS)
def lintian_finds_no_errors(packages):
    code, text = output("lintian", "--allow-root", *packages.files.values())
    print("        " + "\n        ".join(text.strip().splitlines()))
    expect(code == 0 and not re.search(r"^E:", text, re.M), text)


@check(PACKAGE_CHECKS)
def every_program_has_a_manual_page_without_warnings(packages):
    pages = {path.name.rsplit(".", 2)[0]: path for path in packages.glob("usr/share/man/man*/*.gz")}
    programs = packages.glob("usr/bin/*") + packages.glob("usr/sbin/*")
    expect(len(programs) >= 11, programs)
    for program in programs:
        expect(program.name in pages, "no page of", program.name)
    for name in ("zkserver", "zkcli", "zktool", "zoo.cfg"):
        _, text = output("man", "--warnings", "-l", pages[name], env={**os.environ, "LC_ALL": "C.UTF-8", "MANWIDTH": "80"})
        expect("<standard input>" not in text and "NAME" in text, name, text[:500])


@check(PACKAGE_CHECKS)
def the_manual_page_of_zoo_cfg_explains_every_key(packages):
    page = next(path for path in packages.glob("usr/share/man/man5/*"))
    text = gzip.open(page, "rt").read().replace("\\-", "-")
    source = (ROOT / "src/config/config.def").read_text()
    keys = re.findall(r'^ZK_CONFIG_(?!IDLE|RENAMED|KNOWN)\w+\((?:\w+, )?"([^"]+)"', source, re.M)
    expect(len(keys) > 100, "the table was not understood")
    missing = [key for key in keys if not re.search(r"(?<![\w.])" + re.escape(key) + r"(?![\w.])", text)]
    expect(not missing, missing)


@check(PACKAGE_CHECKS)
def page_and_completion_of_zkcli_know_every_command(packages):
    _, usage = output(packages.trees["paddock-tools"] / "usr/bin/zkcli", "--help")
    commands = set(re.findall(r"^\t(\w+)", usage, re.M))
    expect(len(commands) > 30 and "export" in commands, usage)
    page = gzip.open(next(iter(packages.glob("usr/share/man/man1/zkcli.1.gz"))), "rt").read().replace("\\-", "-")
    completion = next(iter(packages.glob("usr/share/bash-completion/completions/zkcli"))).read_text()
    options = re.findall(r"-\w+", usage.partition("Options before the command:")[2])
    for word in [*commands, *options]:
        expect(re.search(r"(?<!\w)" + word + r"(?!\w)", page), "not in the page", word)
        expect(re.search(r"(?<!\w)" + word + r"(?!\w)", completion), "not completed", word)


@check(PACKAGE_CHECKS)
def every_verb_of_zkserver_is_explained_and_completed(packages):
    verbs = set(re.findall(r'^    \{"([\w-]+)", \w+, (?:true|false)', (ROOT / "src/verbs/verbs.c").read_text(), re.M))
    expect({"start", "live", "--check"} <= verbs, verbs)
    page = gzip.open(next(iter(packages.glob("usr/share/man/man8/zkserver.8.gz"))), "rt").read()
    page = re.sub(r"\\f[BIR]", " ", page).replace("\\-", "-")
    completion = next(iter(packages.glob("usr/share/bash-completion/completions/zkserver"))).read_text()
    # Services of Windows, and words that are no more than another spelling.
    for verb in verbs - {"install", "uninstall", "list", "config", "upgrade", "--version", "--help", "-h"}:
        expect(re.search(r"(?<![\w-])" + verb + r"(?![\w-])", page), "not in the page", verb)
        expect(re.search(r"(?<![\w-])" + verb + r"(?![\w-])", completion), "not completed", verb)


@check(PACKAGE_CHECKS)
def a_program_builds_with_the_development_package_and_runs(packages):
    place = packages.folder / "both"
    for name in ("libpaddock1", "libpaddock-dev"):
        shutil.copytree(packages.trees[name], place, symlinks=True, dirs_exist_ok=True)
    libs = next(place.glob("usr/lib/*/pkgconfig")).parent
    source = packages.folder / "sample.c"
    source.write_text('#include <stdio.h>\n#include <zookeeper/zookeeper.h>\n'
                      'int main(void) { puts(zerror(ZNONODE)); return 0; }\n')
    env = {**os.environ, "PKG_CONFIG_PATH": str(libs / "pkgconfig"), "PKG_CONFIG_SYSROOT_DIR": ""}
    code, flags = output("pkg-config", "--cflags", "--libs", "paddock", env=env)
    expect(code == 0, flags)
    code, text = output("cc", source, *flags.split(), "-o", packages.folder / "sample", env=env)
    expect(code == 0, flags, text)
    code, text = output(packages.folder / "sample", env={**os.environ, "LD_LIBRARY_PATH": str(libs)})
    expect(code == 0 and text == "no node\n", text)


# ---- the life of the service

def status_text(machine, unit="paddock"):
    return machine.property(unit, "StatusText")


def messages(machine, unit="paddock"):
    """What UNIT and systemd about it have written, without times."""
    return machine.need(f"journalctl -u {unit} -o cat --no-pager")


def await_active(machine, unit="paddock", restarts=None):
    def is_up():
        return machine.property(unit, "ActiveState") == "active" and \
            (restarts is None or int(machine.property(unit, "NRestarts")) >= restarts)
    machine.wait_for(f"{unit} to be active", is_up)


def cli(machine, *words, port=2181):
    return machine.run(f"zkcli -server 127.0.0.1:{port} " + " ".join(words))


@check(MACHINE_CHECKS)
def an_installation_starts_the_service_which_says_what_it_is(machine, packages):
    machine.debs = [packages.files[name] for name in ("paddock", "paddock-tools", "libpaddock1")]
    for path in machine.debs:
        shutil.copy(path, machine.root / "var/cache")
    machine.install = "dpkg -i " + " ".join(f"/var/cache/{path.name}" for path in machine.debs)
    print("        " + machine.need(machine.install).strip().replace("\n", "\n        "))
    expect(machine.property("paddock", "ActiveState") == "active", machine.run("systemctl status paddock"))
    expect(status_text(machine) == "standalone", status_text(machine))
    expect(machine.need("zkserver ready /etc/paddock/default/zoo.cfg") == "ready: standalone on 127.0.0.1:2181\n")
    for unit in ("paddock.service", "paddock.target"):
        expect(machine.need(f"systemctl is-enabled {unit}").strip() == "enabled", unit)


@check(MACHINE_CHECKS)
def the_server_runs_as_a_user_of_its_own_with_its_own_directory(machine, packages):
    expect(machine.need("ps -o user= -C zkserver").split() == ["paddock"])
    expect(machine.need("stat -c '%U %a' /var/lib/paddock/default").split() == ["paddock", "750"])
    expect(machine.need("stat -c %U /etc/paddock/default /etc/paddock/default/zoo.cfg").split() == ["paddock"] * 2)
    limits = machine.need("cat /proc/1/limits /proc/$(systemctl show -P MainPID paddock)/limits")
    managers, ours = [int(hard) for hard in re.findall(r"Max open files\s+\d+\s+(\d+)", limits)]
    expect(ours == min(65536, max(managers, ours)) and ours >= min(65536, managers), "open files", managers, ours)
    expect(machine.run("sudo -u paddock true 2>&1; runuser -u paddock -- touch /var/lib/paddock/default/x").code == 0)
    machine.need("rm /var/lib/paddock/default/x")


@check(MACHINE_CHECKS)
def the_scripts_find_the_instance_of_the_service(machine, packages):
    result = machine.run("zkServer.sh status")
    expect(result.code == 0 and "Using config: /etc/paddock/default/zoo.cfg\n" in result.out and
           "Mode: standalone\n" in result.out, result)
    result = cli(machine, "create /kept from-the-start")
    expect(result.code == 0, result)
    expect("from-the-start" in cli(machine, "get /kept").out)


@check(MACHINE_CHECKS)
def the_journal_has_levels_and_keeps_the_time_itself(machine, packages):
    lines = machine.need("journalctl -u paddock -o cat --no-pager").splitlines()
    ours = [line for line in lines if "[myid:" in line]
    expect(ours and all(line.startswith("[myid:") for line in ours), lines[:5])
    warnings = machine.need("journalctl -u paddock -p warning -o cat --no-pager").splitlines()
    expect(not any(" INFO " in line for line in warnings), warnings[:5])


@check(MACHINE_CHECKS)
def completion_knows_the_verbs(machine, packages):
    complete = ("source /usr/share/bash-completion/bash_completion; _completion_loader {0}; COMP_WORDS=({0} {1}); COMP_CWORD={2}; "
                "COMP_LINE='{0} {1}'; COMP_POINT=${{#COMP_LINE}}; f=$(complete -p {0} | sed 's/.*-F //; s/ .*//'); "
                "$f {0} {3} {0}; echo ${{COMPREPLY[@]}}")
    for program, words, position, wanted in (("zkserver", "sta", 1, "start start-foreground status"),
                                             ("zkServer.sh", "liv", 1, "live"), ("zktool", "co", 1, "compare"),
                                             ("zkcli", "getA", 1, "getAcl getAllChildrenNumber"),
                                             ("zkserver", "start --co", 2, "")):
        got = machine.run(complete.format(program, words, position, words.split()[-1])).out.strip()
        expect(got == wanted, program, words, got)


@check(MACHINE_CHECKS)
def a_killed_server_is_started_again_with_its_data(machine, packages):
    machine.need("mkdir -p /etc/systemd/system/paddock.service.d /etc/systemd/system/paddock@.service.d")
    for name in ("paddock.service.d", "paddock@.service.d"):
        (machine.root / "etc/systemd/system" / name / "quick.conf").write_text(QUICK)
    machine.need("systemctl daemon-reload && systemctl restart paddock")
    before = machine.property("paddock", "MainPID")
    machine.need("systemctl kill -s KILL paddock")
    await_active(machine, restarts=1)
    expect(machine.property("paddock", "MainPID") != before, "the same process")
    expect("from-the-start" in cli(machine, "get /kept").out)


@check(MACHINE_CHECKS)
def a_slow_disk_does_not_trip_the_watchdog(machine, packages):
    restarts = machine.property("paddock", "NRestarts")
    pid = machine.pid_here("paddock")
    threads = {(task / "comm").read_text().strip(): int(task.name) for task in Path(f"/proc/{pid}/task").iterdir()}
    disk = [tid for name, tid in threads.items() if "sync" in name.lower() or "disk" in name.lower()]
    expect(len(disk) == 1, threads)
    with Held(disk[0]):
        client = machine.popen_in_network([ROOT / "tests/packages/writer.py", "2181", "/slow", "1"])
        time.sleep(9)
        expect(client.poll() is None, "the write was answered although the disk was held", client)
        expect(machine.property("paddock", "NRestarts") == restarts, "the watchdog fired")
        expect(machine.need("zkserver live /etc/paddock/default/zoo.cfg").startswith("live: standalone"))
    expect("acknowledged 1" in client.communicate(timeout=30)[0], "the write was lost")


@check(MACHINE_CHECKS)
def the_watchdog_fires_when_the_loop_hangs_though_other_threads_run(machine, packages):
    restarts = int(machine.property("paddock", "NRestarts"))
    with Held(machine.pid_here("paddock")):  # the thread of that number is the brain's
        machine.wait_for("the watchdog", lambda: "Watchdog timeout" in messages(machine))
    await_active(machine, restarts=restarts + 1)
    expect("from-the-start" in cli(machine, "get /kept").out)


@check(MACHINE_CHECKS)
def a_stopped_process_is_killed_by_the_watchdog_too(machine, packages):
    restarts = int(machine.property("paddock", "NRestarts"))
    os.kill(machine.pid_here("paddock"), signal.SIGSTOP)
    await_active(machine, restarts=restarts + 1)


@check(MACHINE_CHECKS)
def a_stop_under_load_loses_nothing_acknowledged(machine, packages):
    writer = machine.popen_in_network([HERE / "writer.py", "2181", "/load", "100000"])
    machine.wait_for("writes", lambda: "load" in cli(machine, "ls /").out)
    time.sleep(1.5)
    machine.need("systemctl stop paddock")
    text = writer.communicate(timeout=60)[0]
    acknowledged = int(re.search(r"acknowledged (\d+)", text).group(1))
    expect(acknowledged > 50, text)
    expect(machine.property("paddock", "Result") == "success", machine.run("systemctl status paddock"))
    journal = machine.need("journalctl -u paddock -n 20 -o cat --no-pager")
    expect("Shutting down (SIGTERM)" in journal and "Exiting normally" in journal, journal)
    machine.need("systemctl start paddock")
    there = int(re.search(r"numChildren = (\d+)", cli(machine, "stat /load").out).group(1))
    # One more may have been carried out without its answer for each of the writer's threads.
    expect(acknowledged <= there <= acknowledged + 8, f"{there} of {acknowledged}")


@check(MACHINE_CHECKS)
def a_start_returns_when_clients_may_come(machine, packages):
    for _ in range(3):
        result = machine.run("systemctl restart paddock && echo srvr | nc -w 2 127.0.0.1 2181")
        expect("Mode: standalone" in result.out, result)


@check(MACHINE_CHECKS)
def a_reload_checks_the_configuration_and_changes_nothing(machine, packages):
    config = machine.root / "etc/paddock/default/zoo.cfg"
    good = config.read_text()
    pid = machine.property("paddock", "MainPID")
    machine.need("systemctl reload paddock")
    machine.wait_for("the reload", lambda: "zoo.cfg is in order" in machine.run("journalctl -u paddock -o cat").out)
    config.write_text(good + "tickTime=abc\n")
    machine.need("systemctl reload paddock")
    machine.wait_for("the complaint",
                     lambda: "would not start a server" in machine.run("journalctl -u paddock -p err -o cat").out)
    await_active(machine)
    expect(machine.property("paddock", "MainPID") == pid, "another process")
    expect(status_text(machine) == "standalone", status_text(machine))
    config.write_text(good)


@check(MACHINE_CHECKS)
def a_bad_configuration_is_told_and_not_tried_again(machine, packages):
    config = machine.root / "etc/paddock/default/zoo.cfg"
    good = config.read_text()
    config.write_text(good + "tickTime=abc\n")
    expect(machine.run("systemctl restart paddock").code != 0, "it started")
    time.sleep(3)
    expect(machine.property("paddock", "ActiveState") == "failed", machine.run("systemctl status paddock"))
    expect(machine.property("paddock", "NRestarts") == "0", "it was tried again")
    expect("tickTime" in machine.run("journalctl -u paddock -n 20 -o cat").out)
    config.write_text(good)
    machine.need("systemctl reset-failed paddock; systemctl start paddock")


TUTORIAL = """[Service]
Type=forking
User=paddock
Environment=ZOO_LOG_DIR=/var/lib/paddock/tutorial
ExecStart=/usr/bin/zkServer.sh start /etc/paddock/tutorial/zoo.cfg
ExecStop=/usr/bin/zkServer.sh stop /etc/paddock/tutorial/zoo.cfg
PIDFile=/var/lib/paddock/tutorial/zookeeper_server.pid
Restart=on-failure
RestartSec=1
"""


@check(MACHINE_CHECKS)
def a_forking_unit_as_tutorials_have_it_works(machine, packages):
    machine.need("install -d -o paddock -g paddock /var/lib/paddock/tutorial /etc/paddock/tutorial")
    (machine.root / "etc/paddock/tutorial/zoo.cfg").write_text(
        "dataDir=/var/lib/paddock/tutorial\nclientPort=12189\nclientPortAddress=127.0.0.1\nadmin.enableServer=false\n")
    (machine.root / "etc/systemd/system/tutorial.service").write_text(TUTORIAL)
    machine.need("systemctl daemon-reload && systemctl start tutorial")
    pid = (machine.root / "var/lib/paddock/tutorial/zookeeper_server.pid").read_text()
    expect(machine.property("tutorial", "MainPID") == pid, pid)
    machine.need(f"kill -9 {pid}")
    await_active(machine, "tutorial", restarts=1)
    machine.need("systemctl stop tutorial")
    expect(machine.property("tutorial", "Result") == "success", machine.run("systemctl status tutorial"))
    machine.need("rm -r /etc/systemd/system/tutorial.service /etc/paddock/tutorial /var/lib/paddock/tutorial; systemctl daemon-reload")


@check(MACHINE_CHECKS)
def the_drop_in_takes_over_from_debian_s_zookeeper(machine, packages):
    machine.need("useradd --system --home-dir /var/lib/zookeeper zookeeper; install -d -o zookeeper -g zookeeper -m 750 /var/lib/zookeeper; "
                 "install -d /etc/zookeeper/conf")
    (machine.root / "etc/zookeeper/conf/zoo.cfg").write_text("tickTime=2000\ndataDir=/var/lib/zookeeper\nclientPort=12188\n")
    machine.need("cp /usr/share/doc/paddock/examples/takeover.conf /etc/systemd/system/paddock.service.d && "
                 "systemctl daemon-reload && systemctl reenable paddock && systemctl restart paddock")
    expect("paddock.service" in machine.need("systemctl show -P Id zookeeper.service"))
    expect(machine.need("stat -c %U /var/lib/zookeeper/version-2").strip() == "zookeeper")
    expect(cli(machine, "create /taken over", port=12188).code == 0)
    machine.need("systemctl restart zookeeper && systemctl disable paddock && rm /etc/systemd/system/paddock.service.d/takeover.conf && "
                 "systemctl daemon-reload && systemctl enable paddock && systemctl restart paddock && rm -r /etc/zookeeper /var/lib/zookeeper")
    await_active(machine)


@check(MACHINE_CHECKS)
def three_instances_run_side_by_side(machine, packages):
    for n in (1, 2, 3):
        machine.need(f"install -d -o paddock -g paddock /etc/paddock/{n}")
        (machine.root / f"etc/paddock/{n}/zoo.cfg").write_text(
            f"dataDir=/var/lib/paddock/{n}\nclientPort=1218{n}\nclientPortAddress=127.0.0.1\nadmin.enableServer=false\n")
    machine.need("systemctl start paddock@1 paddock@2 paddock@3")
    pids = set()
    for n in (1, 2, 3):
        expect(status_text(machine, f"paddock@{n}") == "standalone", status_text(machine, f"paddock@{n}"))
        pids.add(machine.property(f"paddock@{n}", "MainPID"))
        expect(cli(machine, f"create /only-here {n}", port=12180 + n).code == 0)
        expect(machine.need(f"stat -c %U /var/lib/paddock/{n}").strip() == "paddock")
    expect(len(pids) == 3, pids)
    for n in (1, 2, 3):
        expect(cli(machine, "get /only-here", port=12180 + n).out.strip().splitlines()[-1] == str(n))
    machine.need("systemctl kill -s KILL paddock@2")
    await_active(machine, "paddock@2", restarts=1)
    expect(machine.property("paddock@1", "NRestarts") == machine.property("paddock@3", "NRestarts") == "0")


@check(MACHINE_CHECKS)
def the_target_stands_for_all_instances(machine, packages):
    units = ["paddock", "paddock@1", "paddock@2", "paddock@3"]
    machine.need("systemctl stop paddock.target")
    machine.wait_for("the end of all", lambda: all(machine.property(unit, "ActiveState") == "inactive" for unit in units))
    machine.need("systemctl enable paddock@1 paddock@2 paddock@3; systemctl start paddock.target")
    for unit in units:
        await_active(machine, unit)


@check(MACHINE_CHECKS)
def three_instances_make_an_ensemble(machine, packages):
    machine.need("systemctl stop paddock.target")
    machine.need("rm -r /etc/paddock/[123] /var/lib/paddock/[123]")
    machine.need("zkServer.sh pseudo-cluster 3 /etc/paddock --data /var/lib/paddock --no-start --port 12181 && chown -R paddock: /etc/paddock/[123]")
    units = [f"paddock@{n}" for n in (1, 2, 3)]
    configs = [f"/etc/paddock/{n}/zoo.cfg" for n in (1, 2, 3)]

    def texts():
        return sorted(re.sub(r"server \d", "server N", status_text(machine, unit)) for unit in units)

    def is_whole():
        roles = texts()
        return roles[:2] == ["following server N"] * 2 and re.fullmatch(r"leading, epoch \d+, 2 of 2 followers in sync", roles[2])
    # The first does not wait for the others: a machine that boots alone must not hang here.
    machine.need("systemctl start paddock@1")
    machine.wait_for("the search", lambda: status_text(machine, "paddock@1") == "looking: 1 of 3 servers")
    expect(machine.run(f"zkserver live {configs[0]}").code == 0)
    result = machine.run(f"zkserver ready {configs[0]}")
    expect(result.code == 1 and "no quorum" in result.out, result)
    machine.need("systemctl start paddock@2 paddock@3")
    machine.wait_for("a leader and two followers", is_whole)
    machine.wait_for("service", lambda: all(machine.run(f"zkserver ready {config}").code == 0 for config in configs))
    print("        " + "\n        ".join(status_text(machine, unit) for unit in units))
    expect(cli(machine, "create /agreed by-all", port=12181).code == 0)
    # A leader that is killed is started again, and follows the one that the others chose meanwhile.
    leader = next(unit for unit in units if status_text(machine, unit).startswith("leading"))
    machine.need(f"systemctl kill -s KILL {leader}")
    await_active(machine, leader, restarts=1)
    machine.wait_for("a leader and two followers again", is_whole)
    for port in (12181, 12182, 12183):
        machine.wait_for("the data", lambda: "by-all" in cli(machine, "get /agreed", port=port).out)
    machine.need("systemctl stop paddock@1 paddock@2 paddock@3")
    for unit in units:
        expect(machine.property(unit, "Result") == "success", machine.run(f"systemctl status {unit}"))
    machine.need("systemctl disable paddock@1 paddock@2 paddock@3; rm -r /etc/paddock/[123] /var/lib/paddock/[123]")
    machine.need("systemctl start paddock.target")


@check(MACHINE_CHECKS)
def an_observer_and_a_member_without_quorum_say_what_they_are(machine, packages):
    machine.need("systemctl stop paddock.target")
    machine.need("zkServer.sh pseudo-cluster 3 /etc/paddock --data /var/lib/paddock --no-start --port 12181 && "
                 "install -d /etc/paddock/4 /var/lib/paddock/4 && echo 4 > /var/lib/paddock/4/myid")
    configs = [machine.root / f"etc/paddock/{n}/zoo.cfg" for n in (1, 2, 3, 4)]
    text = configs[0].read_text() + "server.4=localhost:12891:13891:observer\n"
    for n, config in enumerate(configs, 1):
        lines = re.sub(r"clientPort=\d+", f"clientPort=1218{n}", text.replace("paddock/1", f"paddock/{n}"))
        config.write_text(re.sub(r"(admin.serverPort=1559)\d", rf"\g<1>{n}", lines) + ("peerType=observer\n" if n == 4 else ""))
    drop_in = machine.root / "etc/systemd/system/paddock@.service.d/read-only.conf"
    drop_in.write_text("[Service]\nEnvironment=SERVER_JVMFLAGS=-Dreadonlymode.enabled=true\n")
    machine.need("chown -R paddock: /etc/paddock/[1234] /var/lib/paddock/[1234] && systemctl daemon-reload")
    machine.need("systemctl start paddock@1 paddock@2 paddock@3 paddock@4")

    def says(n, pattern, mode):
        machine.wait_for(f"{n} to say {pattern}", lambda: re.fullmatch(pattern, status_text(machine, f"paddock@{n}")))
        print(f"        {n}: {status_text(machine, f'paddock@{n}')}")
        result = machine.run(f"zkServer.sh status /etc/paddock/{n}/zoo.cfg")
        expect(f"Mode: {mode}\n" in result.out, result)
    says(4, r"observing server \d", "observer")
    machine.need("systemctl stop paddock@2 paddock@3")
    says(1, r"read-only: 1 of 3 servers", "read-only")
    expect(cli(machine, "-r ls /", port=12181).code == 0)
    machine.need("systemctl stop paddock@1 paddock@4")
    drop_in.unlink()
    machine.need("systemctl daemon-reload; rm -r /etc/paddock/[1234] /var/lib/paddock/[1234]; systemctl start paddock.target")


@check(MACHINE_CHECKS)
def the_sandbox_scores_below_two(machine, packages):
    for unit in ("paddock.service", "paddock@1.service"):
        result = machine.run(f"systemd-analyze security --no-pager --threshold=19 {unit}")
        print("        " + result.out.strip().splitlines()[-1])
        expect(result.code == 0, result)
    result = machine.run("systemd-analyze verify /lib/systemd/system/paddock.service /lib/systemd/system/paddock@x.service")
    expect("paddock" not in result.out, result)


@check(MACHINE_CHECKS)
def an_upgrade_keeps_data_and_changed_configuration(machine, packages):
    config = machine.root / "etc/paddock/default/zoo.cfg"
    config.write_text(config.read_text() + "maxClientCnxns=77\n")
    pid = machine.property("paddock", "MainPID")
    machine.need(machine.install)
    await_active(machine)
    expect(machine.property("paddock", "MainPID") != pid, "the old server still runs")
    expect("maxClientCnxns=77" in config.read_text(), "the configuration is lost")
    expect("from-the-start" in cli(machine, "get /kept").out)


@check(MACHINE_CHECKS)
def a_removal_keeps_data_and_configuration(machine, packages):
    machine.need("dpkg -r paddock")
    expect(machine.run("pgrep zkserver").code == 1, "it still runs")
    expect((machine.root / "etc/paddock/default/zoo.cfg").exists() and
           (machine.root / "var/lib/paddock/default/version-2").exists())
    machine.need(machine.install)
    await_active(machine)
    expect("from-the-start" in cli(machine, "get /kept").out)


@check(MACHINE_CHECKS)
def a_purge_without_an_answer_keeps_data(machine, packages):
    result = machine.need("dpkg -P paddock")
    expect("the data below /var/lib/paddock stays" in result, result)
    expect(not (machine.root / "etc/paddock").exists(), "configuration is left")
    expect((machine.root / "var/lib/paddock/default/version-2").exists(), "the data has gone")
    expect(machine.run("systemctl is-enabled paddock.service").code != 0, "still enabled")
    machine.need(machine.install)
    await_active(machine)
    expect("from-the-start" in cli(machine, "get /kept").out)


@check(MACHINE_CHECKS)
def a_purge_asks_and_a_yes_removes_data(machine, packages):
    # The question itself, at a terminal; its answer is typed.
    result = machine.run("printf 'yes\\n' | DEBIAN_FRONTEND=teletype DEBIAN_PRIORITY=low script -qec 'dpkg -P paddock' /dev/null", 60)
    if "Remove the data of all Paddock servers" not in result.out:
        raise AssertionError(f"it does not ask: {result}")
    expect(not (machine.root / "var/lib/paddock").exists(), "data is left", result)
    left = machine.need("find /etc /var/lib -path /var/lib/dpkg -prune -o -name '*paddock*' -print").split()
    left = [path for path in left if not re.match("/etc/systemd/system/paddock@?.service.d", path)]  # our own drop-ins
    expect(not left, left)


class Held:
    """One thread of a process held by the means of a debugger; the others run on."""

    ATTACH, DETACH = 16, 17

    def __init__(self, tid):
        self.tid = tid
        self.libc = ctypes.CDLL(None, use_errno=True)

    def trace(self, request):
        return self.libc.ptrace(request, self.tid, None, None)

    def __enter__(self):
        expect(self.trace(self.ATTACH) == 0, os.strerror(ctypes.get_errno()))
        os.waitpid(self.tid, 0x40000000)  # __WALL: a thread that is no child of ours
        return self

    def __exit__(self, *unused):
        self.trace(self.DETACH)  # of a process that has ended meanwhile: nothing
        try:
            os.waitpid(self.tid, 0x40000000 | os.WNOHANG)
        except ChildProcessError:
            pass


# ---- a container's image

@check(CONTAINER_CHECKS)
def the_static_server_needs_nothing_but_itself(static, place):
    code, text = output("ldd", static)
    expect("not a dynamic executable" in text or "statically linked" in text, text)
    for name in ("usr/sbin", "var/lib/paddock", "etc/paddock/default"):
        (place / name).mkdir(parents=True)
    subprocess.run(["strip", "-o", place / "usr/sbin/zkserver", static], check=True)
    (place / "etc/paddock/default/zoo.cfg").write_text("dataDir=/var/lib/paddock\n")
    os.chown(place / "var/lib/paddock", 999, 999)


@check(CONTAINER_CHECKS)
def an_image_of_one_program_serves_and_its_probes_tell(static, place):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with open(place / "etc/paddock/default/zoo.cfg", "a", encoding="ascii") as config:
        config.write(f"clientPort={port}\n")

    def inside(*words):
        return output("chroot", "--userspec=999:999", place, "/usr/sbin/zkserver", *words)
    code, text = inside("ready")
    expect(code == 1 and text.startswith(f"not ready: nothing answers on localhost:{port}"), text)
    with open(place / "log", "w", encoding="utf-8") as log:
        server = subprocess.Popen(["chroot", "--userspec=999:999", str(place), "/usr/sbin/zkserver"],
                                  stdout=log, stderr=log)
    try:
        end = time.monotonic() + 20
        while inside("ready")[0] != 0 and time.monotonic() < end:
            time.sleep(0.1)
        expect(inside("ready") == (0, f"ready: standalone on localhost:{port}\n"), (place / "log").read_text())
        expect(inside("live")[0] == 0)
    finally:
        server.terminate()
        code = server.wait(30)
    expect(code == 0, "exit code", code, (place / "log").read_text()[-500:])


# ---- all of it

def run_all(checks, *arguments):
    results = []
    for sentence, function in checks:
        began = time.monotonic()
        try:
            function(*arguments)
            results.append(True)
            print(f"ok      {sentence} ({time.monotonic() - began:.1f} s)", flush=True)
        except Exception as error:  # whatever it is, the next check may still tell something
            results.append(False)
            where = traceback.extract_tb(error.__traceback__)[-1]
            print(f"FAILED  {sentence}: {type(error).__name__}: {error} (line {where.lineno})", flush=True)
    return results


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--debs", type=Path, required=True, help="folder of the packages")
    parser.add_argument("--work", type=Path, default=ROOT / "build-test/packages", help="where the clean root is kept")
    parser.add_argument("--static", type=Path, help="a zkserver without libraries")
    parser.add_argument("--only", default="", help="package, machine or container")
    options = parser.parse_args()
    results = []
    packages = Packages(options.debs.resolve())
    reason = why_not()
    try:
        if options.only in ("", "package"):
            results += run_all(PACKAGE_CHECKS, packages)
        if options.only in ("", "machine"):
            if reason:
                print(f"the service is left out: {reason}")
            else:
                make_base(options.work.resolve() / "base")
                with Machine(options.work.resolve() / "base") as machine:
                    results += run_all(MACHINE_CHECKS, machine, packages)
        if options.static and options.only in ("", "container"):
            if os.geteuid() != 0:
                print("the container is left out: it needs root")
            else:
                place = packages.folder / "image"
                results += run_all(CONTAINER_CHECKS, options.static.resolve(), place)
    finally:
        packages.close()
    print(f"{results.count(True)} passed, {results.count(False)} failed")
    return 0 if results and all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
