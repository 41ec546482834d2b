#!/usr/bin/python3
"""run.py -- the scripts and verbs as people use them: every line, every exit code, and what is running afterwards.

    tests/scripts/run.py --bin build/bin [--windows build-win64/bin] [--only WORD]

Each check has an installation of its own (home.py), once for the .sh scripts and, with --windows, once for the .cmd
scripts under wine; those that need a terminal, a second user or the shell run on this system only.  A check's name
is a sentence; the last line counts them.
"""
import argparse
import os
import pty
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import clusters  # noqa: F401  its checks come after these
from checks import CHECKS, FAILED, NOT_RUNNING, STARTED, STOPPED, check, expect, expect_result, found
from home import ROOT, Home, WineHome, free_port, wait_for, word


# ---- start, status, stop

@check()
def start_returns_when_clients_may_come_and_stop_when_the_port_is_free(home):
    port = home.configure()
    header = f"Using config: {home.config()}\n"
    result = home.server("start")
    expect_result(result, 0, STARTED)
    expect(result.err == header, result)
    expect("Mode: standalone" in word(port, "srvr"), "it does not serve right after start")
    expect(home.alive(home.pid()) and not home.pid_file().read_text().endswith("\n"), "wrong pid file")
    result = home.server("status")
    expect_result(result, 0, found(port) + "Mode: standalone\n")
    expect(result.err == header, result)
    pid = home.pid()
    result = home.server("stop")
    expect_result(result, 0, STOPPED)
    expect(result.err == header, result)
    expect(not home.alive(pid) and not home.pid_file().exists(), "something is left of it")
    with socket.socket() as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(("127.0.0.1", port))
    expect("Shutting down" in home.log_text(), "no farewell in the log")


@check()
def a_second_start_says_which_process_runs(home):
    home.configure()
    home.server("start")
    pid = home.pid()
    expect_result(home.server("start"), 1, f"Starting zookeeper ... already running as process {pid}.\n")
    expect(home.pid() == pid and home.alive(pid), "the first one suffered")


@check()
def stopping_what_does_not_run_is_no_failure(home):
    home.configure()
    path = home.written(home.root / "data") + "/zookeeper_server.pid"
    expect_result(home.server("stop"), 0, f"Stopping zookeeper ... no zookeeper to stop (could not find file {path})\n")


@check()
def restart_prints_both_verbs_and_runs_another_process(home):
    port = home.configure()
    home.server("start")
    pid = home.pid()
    result = home.server("restart")
    expect_result(result, 0, STOPPED + STARTED)
    expect(result.err == 3 * f"Using config: {home.config()}\n", result)
    expect(home.pid() != pid and not home.alive(pid), "the old process is still there")
    expect("Mode: standalone" in word(port, "srvr"), "the new one does not serve")


@check()
def restart_of_nothing_starts(home):
    home.configure()
    path = home.written(home.root / "data") + "/zookeeper_server.pid"
    expect_result(home.server("restart"), 0,
                  f"Stopping zookeeper ... no zookeeper to stop (could not find file {path})\n" + STARTED)


@check()
def force_reload_runs_another_process_or_none(home):
    home.configure()
    path = home.written(home.root / "data") + "/zookeeper_server.pid"
    expect_result(home.server("force-reload"), 0,
                  f"Stopping zookeeper ... no zookeeper to stop (could not find file {path})\n")
    home.server("start")
    pid = home.pid()
    expect_result(home.server("force-reload"), 0, STOPPED + STARTED)
    expect(home.pid() != pid and not home.alive(pid), "the old process is still there")


@check()
def two_instances_of_one_installation_do_not_touch_each_other(home):
    first = home.configure("zoo1.cfg", data="one")
    second = home.configure("zoo2.cfg", data="two")
    expect_result(home.server("start", "zoo1.cfg"), 0, STARTED)
    expect_result(home.server("start", "zoo2.cfg"), 0, STARTED)
    expect_result(home.server("status", "zoo1.cfg"), 0, found(first) + "Mode: standalone\n")
    expect_result(home.server("stop", "zoo1.cfg"), 0, STOPPED)
    result = home.server("status", "zoo1.cfg")
    expect_result(result, 1, found(first) + NOT_RUNNING, f"nothing answers on 127.0.0.1:{first}")
    expect_result(home.server("status", "zoo2.cfg"), 0, found(second) + "Mode: standalone\n")


# ---- pid files

@check()
def a_pid_file_of_a_dead_process_is_stale(home):
    home.configure()
    home.pid_file().parent.mkdir()
    home.pid_file().write_text("4194301")
    expect_result(home.server("start"), 0, STARTED)
    expect(home.pid() != 4194301, "the old number is still there")
    home.server("stop")
    home.pid_file().write_text("4194301")
    expect_result(home.server("stop"), 0, STOPPED, "process 4194301")
    expect(not home.pid_file().exists(), "the stale file is still there")


@check(everywhere=False)
def a_killed_server_starts_again_although_its_pid_file_is_left(home):
    port = home.configure()
    home.server("start")
    os.kill(home.pid(), signal.SIGKILL)
    expect_result(home.server("start"), 0, STARTED)
    expect("Mode: standalone" in word(port, "srvr"), "it does not serve")


@check(everywhere=False)
def a_pid_file_that_names_a_stranger_stops_nobody(home):
    home.configure()
    home.pid_file().parent.mkdir()
    home.pid_file().write_text(str(os.getpid()))
    expect_result(home.server("stop"), 0, STOPPED, "is not this server")
    home.pid_file().write_text(str(os.getpid()))
    expect_result(home.server("start"), 0, STARTED)


@check()
def a_pid_file_that_names_another_instance_does_not_stop_that(home):
    home.configure("zoo1.cfg", data="one")
    second = home.configure("zoo2.cfg", data="two")
    home.server("start", "zoo2.cfg")
    (home.root / "one").mkdir()
    home.pid_file("one").write_text(str(home.pid("two")))
    expect_result(home.server("stop", "zoo1.cfg"), 0, STOPPED, "is not this server")
    expect("Mode: standalone" in word(second, "srvr"), "the other instance was stopped")


@check()
def a_pid_file_that_cannot_be_written_is_said_before_anything_runs(home):
    port = home.configure()
    (home.root / "file").write_text("")
    result = home.server("start", ZOOPIDFILE=home.written(home.root / "file/zk.pid"))
    expect_result(result, 1, "Starting zookeeper ... FAILED TO WRITE PID\n", "file")
    expect(word(port, "srvr") == "", "a server runs")


@check()
def the_pid_file_goes_where_the_environment_says(home):
    home.configure()
    where = home.root / "run dir" / "zk.pid"
    env = {"ZOOPIDFILE": home.written(where)}
    expect_result(home.server("start", **env), 0, STARTED)
    expect(where.read_text().isdigit() and not home.pid_file().exists(), "it is somewhere else")
    expect_result(home.server("stop", **env), 0, STOPPED)
    expect(not where.exists(), "the file is left")


# ---- starts that fail

@check()
def a_port_in_use_is_named(home):
    port = home.configure("zoo1.cfg", data="one")
    home.configure("zoo2.cfg", data="two", port=port)
    home.server("start", "zoo1.cfg")
    result = home.server("start", "zoo2.cfg")
    expect_result(result, 1, FAILED, str(port))
    expect("exiting abnormally" in result.err and "(more in " in result.err, result)
    expect(not home.pid_file("two").exists(), "a pid file is left")
    expect_result(home.server("status", "zoo1.cfg"), 0, found(port) + "Mode: standalone\n")


@check()
def a_data_directory_in_use_is_named(home):
    home.configure("zoo1.cfg")
    home.configure("zoo2.cfg")
    home.server("start", "zoo1.cfg")
    pid = home.pid()
    expect_result(home.server("start", "zoo2.cfg"), 1, f"Starting zookeeper ... already running as process {pid}.\n")
    result = home.server("start", "zoo2.cfg", ZOOPIDFILE=home.written(home.root / "other.pid"))
    expect_result(result, 1, FAILED, "in use by process")


@check()
def wrong_configurations_are_told_with_their_line(home):
    result = home.server("start", "none.cfg")
    expect_result(result, 1, FAILED, "none.cfg file is missing")
    for line, reason in (("tickTime=abc", "tickTime"), ("dataDir=", "dataDir is not set"), ("initLimit=-5", "initLimit")):
        home.configure("bad.cfg", [line])
        result = home.server("start", "bad.cfg")
        expect_result(result, 1, FAILED, reason)
        expect("bad.cfg" in result.err, line, result)
    expect(not (home.root / "logs").exists(), "something was started")


@check()
def the_check_before_a_start_reports_and_starts_nothing(home):
    port = home.configure()
    result = home.call("zkServer", "--check", home.shown(home.conf / "zoo.cfg"))
    expect_result(result, 0, f"{home.shown(home.conf / 'zoo.cfg')}: ok (client port {port})\n")
    home.configure("bad.cfg", ["tickTime=abc"])
    result = home.call("zkServer", "--check", home.shown(home.conf / "bad.cfg"))
    expect_result(result, 2, "", "tickTime")
    expect(not (home.root / "data").exists(), "something was made")


@check()
def every_sample_configuration_would_start_a_server(home):
    samples = sorted((ROOT / "conf").glob("*.cfg"))
    expect(len(samples) >= 6, "samples are missing", samples)
    for sample in samples:
        number = re.search(r"--myid=(\d+)", sample.read_text())
        data = home.root / "data of" / sample.stem
        data.mkdir(parents=True)
        if number:
            (data / "myid").write_text(number.group(1) + "\n")
        text = re.sub(r"(?m)^dataDir=.*", "dataDir=" + home.written(data), sample.read_text())
        (home.conf / sample.name).write_text(text, encoding="latin-1")
        result = home.call("zkServer", "--check", home.shown(home.conf / sample.name))
        expect(result.code == 0 and ": ok (" in result.out, sample.name, result)
        expect(bool(number) == (": ok (server " in result.out), "not the server that the sample says", result)


@check()
def probes_tell_with_one_line_whether_a_server_lives_and_serves(home):
    port = home.configure()
    config = home.shown(home.conf / "zoo.cfg")
    for verb in ("live", "ready"):
        result = home.call("zkServer", verb, config)
        expect(result.code == 1 and result.out.startswith(f"not {verb}: nothing answers on 127.0.0.1:{port}"), result)
        result = home.call("zkServer", verb, home.shown(home.conf / "none.cfg"))
        expect(result.code == 1 and "none.cfg file is missing" in result.out, result)
    home.server("start")
    for verb in ("live", "ready"):
        expect_result(home.call("zkServer", verb, config), 0, f"{verb}: standalone on 127.0.0.1:{port}\n")
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(1)
        home.configure("other.cfg", port=silent.getsockname()[1])
        threading.Thread(target=lambda: silent.accept()[0].sendall(
            b"This ZooKeeper instance is not currently serving requests\n"), daemon=True).start()
        result = home.call("zkServer", "live", home.shown(home.conf / "other.cfg"))
        expect(result.code == 0 and "no quorum, but answering" in result.out, result)
        threading.Thread(target=lambda: silent.accept()[0].sendall(
            b"This ZooKeeper instance is not currently serving requests\n"), daemon=True).start()
        result = home.call("zkServer", "ready", home.shown(home.conf / "other.cfg"))
        expect(result.code == 1 and result.out == "not ready: not serving yet: no quorum\n", result)


@check()
def a_log_directory_that_cannot_be_made_is_named(home):
    home.configure()
    (home.root / "logs").write_text("a file")
    expect_result(home.server("start"), 1, FAILED, "set ZOO_LOG_DIR")


@check()
def directories_are_not_made_where_that_is_forbidden(home):
    home.configure()
    shown = home.written(home.root / "data")
    missing = f"ZooKeeper data directory is missing at {shown} fix the path or run initialize\n"
    env = {"ZOO_DATADIR_AUTOCREATE_DISABLE": "1"}
    expect_result(home.server("start", **env), 1, missing)
    expect_result(home.server("stop", **env), 1, missing)
    expect(not (home.root / "data").exists(), "it was made")
    (home.root / "data/version-2").mkdir(parents=True)
    home.configure(lines=[f"dataLogDir={home.written(home.root / 'logs of txns')}"])
    expect_result(home.server("start", **env), 1, "ZooKeeper txnlog directory is missing at "
                  f"{home.written(home.root / 'logs of txns')} fix the path or run initialize\n")


# ---- which configuration

@check()
def the_configuration_is_found_as_upstream_finds_it(home):
    port = home.configure()
    other = home.root / "other conf"
    other.mkdir()
    text = (home.conf / "zoo.cfg").read_text(encoding="latin-1")
    (other / "zoo.cfg").write_text(text.replace(str(port), "1111"), encoding="latin-1")
    (other / "b.cfg").write_text(text.replace(str(port), "2222"), encoding="latin-1")
    shown = home.shown(other)

    def port_of(*words, **env):
        return home.server(*words, **env).out.split(".")[0].rpartition(" ")[2]

    expect(port_of("status") == str(port), "conf beside bin")
    expect(port_of("--config", shown, "status") == "1111", "--config")
    expect(port_of("--config", shown, "status", "b.cfg") == "2222", "--config and a name")
    expect(port_of("status", home.shown(other / "b.cfg")) == "2222", "a path")
    expect(port_of("status", ZOOCFGDIR=shown) == "1111", "ZOOCFGDIR")
    expect(port_of("status", ZOOCFGDIR=shown, ZOOCFG="b.cfg") == "2222", "ZOOCFG")
    expect(port_of("--config", shown, "status", ZOOCFGDIR="/nowhere") == "1111", "--config wins")


@check()
def the_environment_says_where_the_log_goes_and_sets_properties(home):
    home.configure()
    logs = home.root / "my logs"
    env = {"ZOO_LOG_DIR": home.written(logs), "ZOO_LOG_FILE": "zk one.log", "SERVER_JVMFLAGS": "-Xmx9m -Dzookeeper.cnxTimeout=4321"}
    expect_result(home.server("start", **env), 0, STARTED)
    text = (logs / "zk one.log").read_text(errors="replace")
    expect("-Xmx9m" in text, "options of a JVM are not mentioned")
    expect_result(home.server("stop", **env), 0, STOPPED)
    env["SERVER_JVMFLAGS"] = "-Dzookeeper.cnxTimeout=none"
    result = home.server("start", **env)
    expect_result(result, 1, FAILED, "cnxTimeout")
    expect_result(home.server("start", "-Dzookeeper.cnxTimeout=none"), 1, FAILED, "cnxTimeout")


@check()
def the_command_of_print_cmd_is_the_one_that_start_runs(home):
    home.configure()
    result = home.server("print-cmd", USER="me", ZOO_LOG_DIR=home.written(home.root / "l"))
    expect(result.code == 0, result)
    words = [home.bin / home.programs[0], "--pidfile", home.written(home.root / "data") + "/zookeeper_server.pid", home.config()]
    program = home.shown(words[0])
    line = " ".join(f'"{word}"' for word in [program, *words[1:]])
    head, _, tail = result.out.partition(" >> ")
    expect(head == line, f"expected {line}", result)
    host = socket.gethostname()
    expect(tail.lower() == f'"{home.written(home.root / "l")}/zookeeper-me-server-{host}.out" 2>&1 < /dev/null\n'.lower(), result)


# ---- status

@check()
def status_looks_for_the_port_where_upstream_looks(home):
    closed = "127.0.0.1"
    server = f"server.3={closed}:1:2;{closed}:4444"
    data = home.root / "data"
    data.mkdir()
    home.configure(lines=["clientPort=", "clientPortAddress=", server])
    no_id = "myid could not be determined, will not able to locate clientPort in the server configs.\n"
    no_port = ("Client port not found. Looking for secureClientPort in the static config.\n"
               "Unable to find either secure or unsecure client port in any configs. Terminating.\n")
    expect_result(home.server("status"), 1, no_id + no_port)
    (data / "myid").write_text("3\n")
    expect_result(home.server("status"), 1, found(4444, closed) + NOT_RUNNING)
    home.configure(lines=["clientPort=", "clientPortAddress=", "server.3=127.0.0.1:1:2;[::1]:4445"])
    expect_result(home.server("status"), 1, found(4445, "::1") + NOT_RUNNING)
    home.configure(lines=["clientPort=", "clientPortAddress=", f"dynamicConfigFile={home.written(home.conf / 'zoo.dynamic')}"])
    (home.conf / "zoo.dynamic").write_text("server.3=127.0.0.1:1:2;4446\n")
    dynamic = "Client port not found in static config file. Looking in dynamic config file.\n"
    expect_result(home.server("status"), 1, dynamic + found(4446, "localhost") + NOT_RUNNING)
    (home.conf / "zoo.dynamic").write_text("server.3=127.0.0.1:1:2\n")
    expect_result(home.server("status"), 1, dynamic + "Client port not found in the server configs\n" + no_port)
    home.configure(lines=["clientPort=", "clientPortAddress=", "secureClientPort=4447"])
    result = home.server("status")
    secure = "Client port not found. Looking for secureClientPort in the static config.\n"
    expect(result.out.endswith(secure + found(4447, "localhost", "true") + NOT_RUNNING) and result.code == 1, result)


class Answerer:
    """Answers every connection with one text, from a moment on."""

    def __init__(self, text):
        self.text = text.encode()
        self.sock = socket.socket()
        self.sock.bind(("127.0.0.1", 0))
        self.port = self.sock.getsockname()[1]

    def listen(self):
        self.sock.listen()
        self.sock.settimeout(0.2)
        self.ended = False
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self):
        while not self.ended:
            try:
                peer, _ = self.sock.accept()
            except OSError:
                continue
            with peer:
                peer.settimeout(5)
                if self.text and peer.recv(4) == b"srvr":
                    peer.sendall(self.text)

    def close(self):
        self.ended = True
        self.thread.join()
        self.sock.close()


@check()
def status_tells_a_server_without_quorum_from_none(home):
    for text, reason in (("This ZooKeeper instance is not currently serving requests\n", "no quorum"),
                         ("HTTP/1.1 400 Bad Request\r\n\r\n", "HTTP/1.1 400 Bad Request"), ("", "no answer")):
        answerer = Answerer(text)
        answerer.listen()
        try:
            home.configure(port=answerer.port)
            expect_result(home.server("status"), 1, found(answerer.port) + NOT_RUNNING, reason)
        finally:
            answerer.close()


@check()
def a_member_without_its_quorum_starts_waits_and_stops_in_peace(home):
    ports = [free_port() for _ in range(4)]
    port = home.configure(lines=["initLimit=5", "syncLimit=2",
                                 f"server.1=127.0.0.1:{ports[0]}:{ports[1]}",
                                 f"server.2=127.0.0.1:{ports[2]}:{ports[3]}"])
    (home.root / "data").mkdir(exist_ok=True)
    (home.root / "data" / "myid").write_text("1\n")
    expect_result(home.server("start"), 0, STARTED)
    expect_result(home.server("status"), 1, found(port) + NOT_RUNNING, "no quorum")
    expect_result(home.server("stop"), 0, STOPPED)
    text = home.log_text()
    expect(f"Cannot open channel to 2 at election address /127.0.0.1:{ports[3]}" in text, "nobody says what is missing")
    expect("Exiting normally" in text and "abnormally" not in text, "it ended with an error:", text[-1000:])


@check()
def status_can_wait_for_a_server(home):
    answerer = Answerer("Zookeeper version: 3.9.5\nMode: follower\nNode count: 5\n")
    home.configure(port=answerer.port)
    timer = threading.Timer(1.5, answerer.listen)
    began = time.monotonic()
    timer.start()
    try:
        expect_result(home.server("status", "--wait", "60"), 0, found(answerer.port) + "Mode: follower\n")
        expect(time.monotonic() - began > 1, "it did not wait")
    finally:
        timer.join()
        answerer.close()
    expect(home.server("status", "--wait", "soon").code == 2, "a wrong number of seconds is taken")


# ---- words

@check()
def words_that_are_no_verb_get_the_usage(home):
    home.configure()
    usage = "[--config <conf-dir>] {start|start-foreground|stop|version|restart|status|print-cmd}\n"
    for words in (("begin",), ("status", "--fast"), ("start", "a.cfg", "b.cfg"), ("--config", "dir")):
        result = home.server(*words)
        expect(result.code == 2 and result.out == "" and usage in result.err, words, result)
    result = home.server("--help")
    expect(result.code == 0 and usage in result.out and result.err == "", result)
    expect(result.out.startswith("Usage: ") and "zkServer" in result.out.splitlines()[0], result)


@check(everywhere=False)
def without_any_word_the_shell_script_prints_the_usage(home):
    result = home.server()
    expect(result.code == 2 and "Usage: " in result.err and result.out == "", result)


@check()
def version_and_upgrade_say_what_they_always_say(home):
    version = next(line.split()[2] for line in (ROOT / "CMakeLists.txt").read_text().splitlines() if line.startswith("project("))
    expect_result(home.server("version"), 0, f"Apache ZooKeeper, version 3.9.5 (Paddock {version})\n")
    expect_result(home.server("upgrade"), 0, "upgrade is not needed: data of ZooKeeper 3.4 and later is read as it is\n")


# ---- initialize

@check()
def initialize_makes_the_directories_once(home):
    home.configure(lines=[f"dataLogDir={home.written(home.root / 'txns')}"])
    shown = home.written(home.root / "data")
    config = home.shown(home.conf / "zoo.cfg")
    result = home.call("zkServer-initialize")
    expect_result(result, 0, f"No myid provided, be sure to specify it in {shown}/myid if using non-standalone\n")
    expect((home.root / "data/version-2").is_dir() and (home.root / "txns/version-2").is_dir(), "no version-2")
    expect((home.root / "data/initialize").stat().st_size == 0, "no marker")
    again = f"ZooKeeper data directory already exists at {shown} (or use --force to force re-initialization)\n"
    expect_result(home.call("zkServer-initialize", "--configfile", config, "--myid", "7"), 1, again)
    (home.root / "data/version-2").rmdir()
    expect_result(home.call("zkServer-initialize", f"--configfile={config}"), 1,
                  again.replace("data directory", "txnlog directory").replace(shown, home.written(home.root / "txns")))
    (home.root / "txns/version-2").rmdir()
    expect_result(home.call("zkServer-initialize", "--myid=7"), 0, "Using myid of 7\n")
    expect((home.root / "data/myid").read_text() == "7\n", "wrong myid")


@check()
def initialize_by_force_deletes_but_not_under_a_running_server(home):
    home.configure()
    home.server("start")
    forced = "Force enabled, data/txnlog directories will be re-initialized\n"
    result = home.call("zkServer-initialize", "--force", "--yes")
    expect_result(result, 1, forced, "a server is using")
    home.server("stop")
    (home.root / "data/myid").write_text("5\n")
    expect(any((home.root / "data/version-2").glob("log.*")) or any((home.root / "data/version-2").iterdir()), "no data")
    shown = home.written(home.root / "data")
    expect_result(home.call("zkServer-initialize", "--force"), 0,
                  forced + f"No myid provided, be sure to specify it in {shown}/myid if using non-standalone\n")
    expect(list((home.root / "data/version-2").iterdir()) == [] and not (home.root / "data/myid").exists(), "data is left")


@check()
def initialize_says_what_it_cannot_use(home):
    missing = home.shown(home.conf / "none.cfg")
    expect_result(home.call("zkServer-initialize", "--configfile", missing), 1, f"Unable to find config file at {missing}\n")
    home.configure(lines=["dataDir="])
    config = home.shown(home.conf / "zoo.cfg")
    expect_result(home.call("zkServer-initialize", "--configfile", config), 1, f"Unable to determine dataDir from {config}\n")
    result = home.call("zkServer-initialize", "--x")
    expect(result.code == 1 and result.out.startswith("Unknown option: --x\nusage: "), result)
    result = home.call("zkServer-initialize", "--help")
    expect(result.code == 0 and result.out.startswith("usage: ") and "--myid=#" in result.out, result)
    home.configure()
    expect(home.call("zkServer-initialize", "--myid", "one").code == 1, "a word is taken for an id")
    expect(not (home.root / "data").exists(), "something was made")


# ---- the other scripts

@check()
def the_toolkits_pass_their_words_on(home):
    port = home.configure()
    home.server("start")
    result = home.call("zkCli", "-server", f"127.0.0.1:{port}", "create", "/a b", "x  y")
    expect(result.code == 0 and "Created /a b" in result.out + result.err, result)
    home.server("stop")
    data = home.root / "data/version-2"
    log = home.shown(next(data.glob("log.*")))
    snapshot = home.shown(next(data.glob("snapshot.*")))
    result = home.call("zkTxnLogToolkit", log)
    expect(result.code == 0 and "create /a b,x  y" in result.out, result)
    result = home.call("zkSnapShotToolkit", snapshot)
    expect(result.code == 0 and result.out.startswith("ZNode Details (count="), result)
    result = home.call("zkSnapshotComparer", "-l", snapshot, "-r", snapshot, "-b", "2", "-n", "1")
    expect(result.code == 0 and result.out.endswith("All layers compared.\n"), result)
    result = home.call("zkSnapshotRecursiveSummaryToolkit", snapshot, "/", "0")
    expect(result.code == 0 and "children: " in result.out, result)
    expect_result(home.call("zkCleanup", "-n", "3"), 0, "")
    result = home.call("zkCleanup", "-n", "2")
    expect(result.code == 1 and "count should be greater than or equal to 3" in result.err, result)
    result = home.call("zkCleanup")
    expect(result.code == 1 and result.out.startswith("Usage:\nPurgeTxnLog dataLogDir [snapDir] -n count\n"), result)


# ---- this system only: terminals, signals, the shell

@check(everywhere=False)
def a_start_lets_go_of_its_caller(home):
    """What ssh waits for: the pipes.  And what a terminal takes along when it closes."""
    port = home.configure()
    reader, writer = os.pipe()
    os.set_inheritable(writer, True)
    result_code = []

    def run():  # a pipe that the caller happens to have open, besides its outputs
        result_code.append(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
    pid, master = pty.fork()
    if pid == 0:
        os.close(reader)
        os.execve(home.command("zkServer")[0], home.command("zkServer", "start"), home.environment({}))
    os.close(writer)
    printed = b""
    while True:
        try:
            block = os.read(master, 4096)
        except OSError:
            break
        if not block:
            break
        printed += block
    run()
    expect(result_code == [0] and b"STARTED" in printed, printed)
    os.close(master)  # hangs the terminal up
    expect(os.read(reader, 1) == b"", "the pipe is still open somewhere")
    os.close(reader)
    server = home.pid()
    expect(os.getsid(server) == server and os.getsid(server) != os.getsid(0), "not in a session of its own")
    held = {os.readlink(f"/proc/{server}/fd/{fd}") for fd in (0, 1, 2)}
    expect("/dev/null" in held and len(held) == 2, held)
    time.sleep(0.3)
    expect("Mode: standalone" in word(port, "srvr"), "it went with the terminal")


@check(everywhere=False)
def a_server_in_the_foreground_is_the_script_s_own_process(home):
    port = home.configure()
    process = home.background("zkServer", "start-foreground")
    wait_for("serving", lambda: "Mode: standalone" in word(port, "srvr"))
    expect(os.readlink(f"/proc/{process.pid}/exe") == str(home.bin / "zkserver"), "a shell stands in between")
    expect(not home.pid_file().exists(), "it wrote a pid file")
    result = home.server("stop")
    expect("no zookeeper to stop" in result.out and f"(process {process.pid} uses " in result.err, result)
    process.send_signal(signal.SIGTERM)
    out = process.communicate(timeout=30)[0].decode()
    expect(process.returncode == 0 and f"Using config: {home.config()}\n" in out, process.returncode, out[:300])
    expect("Shutting down (SIGTERM)" in out, "no farewell")


@check(everywhere=False)
def a_spoilt_configuration_does_not_keep_a_server_running(home):
    port = home.configure()
    home.server("start")
    home.configure(lines=["tickTime=abc", "nonsense"], port=port)
    expect_result(home.server("status"), 0, found(port) + "Mode: standalone\n")
    expect_result(home.server("stop"), 0, STOPPED)


@check(everywhere=False)
def the_shell_s_own_settings_reach_the_server(home):
    home.configure()
    (home.conf / "java.env").write_text('JVMFLAGS="-Dzookeeper.cnxTimeout=wrong"\n')
    expect_result(home.server("start"), 1, FAILED, "cnxTimeout")
    (home.conf / "java.env").unlink()
    (home.conf / "zookeeper-env.sh").write_text(f'ZOO_LOG_DIR="{home.root}/from env"\n')
    expect_result(home.server("start"), 0, STARTED)
    expect(any((home.root / "from env").glob("*.out")), "the log is somewhere else")


@check(everywhere=False)
def a_link_to_a_script_finds_the_programs(home):
    port = home.configure()
    link = home.base / "zkServer"
    link.symlink_to(home.bin / "zkServer.sh")
    os.symlink("zkServer", home.base / "zkServer.sh")
    original, home.bin = home.bin, home.base
    result = home.server("status")
    home.bin = original
    expect_result(result, 1, found(port) + NOT_RUNNING)


@check(everywhere=False)
def a_large_output_file_is_put_aside(home):
    home.configure()
    logs = home.root / "logs"
    logs.mkdir()
    env = {"ZOO_LOG_FILE": "out"}
    for size, old in ((10, 0), (17 << 20, 1), (17 << 20, 2)):
        with open(logs / "out", "wb") as file:
            file.truncate(size)
        expect_result(home.server("start", **env), 0, STARTED)
        home.server("stop", **env)
        files = sorted(path.name for path in logs.iterdir())
        expect(files == ["out", "out.1", "out.2"][:old + 1], size, files)
    expect((logs / "out").stat().st_size < 1 << 20, "the new file is not new")


@check(everywhere=False)
def it_starts_with_an_empty_environment_and_closed_inputs(home):
    port = home.configure()
    pid = os.fork()
    if pid == 0:
        for fd in range(3):
            os.close(fd)
        os.execve(home.command("zkServer")[0], home.command("zkServer", "start"), {"PATH": "/usr/bin:/bin"})
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    expect(code == 0, f"exit code {code}")
    expect("Mode: standalone" in word(port, "srvr"), "it does not serve")


@check(everywhere=False)
def an_installed_tree_works(home):
    build = Path(home.programs_dir).resolve().parent
    if not (build / "cmake_install.cmake").exists():
        return
    prefix = home.base / "prefix"
    done = subprocess.run(["cmake", "--install", str(build), "--prefix", str(prefix), "--component", "programs"],
                          capture_output=True, timeout=120)
    expect(done.returncode == 0, done.stderr.decode())
    home.bin, home.conf = prefix / "bin", prefix / "etc/zookeeper"
    expect((home.conf / "zoo_sample.cfg").is_file(), "no sample configuration")
    port = home.configure()
    expect_result(home.server("start"), 0, STARTED)
    expect_result(home.server("status"), 0, found(port) + "Mode: standalone\n")
    expect_result(home.server("stop"), 0, STOPPED)


# ---- side by side with the Java server's script

JAVA_SCRIPT, JAVA_JARS = Path("/usr/share/zookeeper/bin/zkServer.sh"), "/usr/share/java/zookeeper.jar:/usr/share/java/slf4j-simple.jar"
# What the distribution's zkEnv.sh fixes to places of the system.
JAVA_ENVIRONMENT = f"""
if [ "--config" = "$1" ]; then shift; ZOOCFGDIR=$1; shift; fi
ZOOCFGDIR=${{ZOOCFGDIR:-$ZOOBINDIR/../conf}}
ZOOCFG=$ZOOCFGDIR/${{ZOOCFG:-zoo.cfg}}
ZOO_LOG_DIR=${{ZOO_LOG_DIR:-$ZOOBINDIR/../logs}}
JAVA=java
CLASSPATH={JAVA_JARS}
"""


class JavaHome(Home):
    """The script of the distribution's Java server."""
    programs = ()

    def __init__(self, _):
        super().__init__("")
        for script in self.bin.iterdir():
            script.unlink()
        # The tool behind its `status` is in the jar as well.
        (self.bin / "zkServer.sh").write_text(JAVA_SCRIPT.read_text())
        (self.bin / "zkServer.sh").chmod(0o755)
        (self.bin / "zkEnv.sh").write_text(JAVA_ENVIRONMENT)

    def is_ours(self, pid):
        try:
            return self.base.name.encode() in Path(f"/proc/{pid}/cmdline").read_bytes()
        except OSError:
            return False


def masked(home, port, result):
    """What a caller sees, without what differs from server to server."""
    lines = result.out.replace(str(home.base), "HOME").replace(str(port), "PORT")
    return result.code, re.sub(r"process \d+", "process N", lines)


@check(everywhere=False)
def the_lines_are_those_of_the_java_server_s_script(home):
    if not JAVA_SCRIPT.exists() or not shutil.which("java"):
        print("        (no Java server: not compared)")
        return
    java = JavaHome(None)
    try:
        # Java's script reads the file with grep, which does not get past other encodings.
        ports = {each: each.configure(lines=["admin.enableServer=false"], data=each.base / "data") for each in (home, java)}
        calls = [["status"], ["stop"], ["start"], ["start"], ["status"], ["status", "zoo.cfg"],
                 ["--config", "CONF", "status"], ["restart"], ["status"], ["stop"], ["stop"], ["status"]]
        for words in calls:
            results = []
            for each in (home, java):
                own = [str(each.conf) if item == "CONF" else item for item in words]
                results.append(masked(each, ports[each], each.server(*own)))
                if own[-1] in ("start", "restart"):
                    wait_for("serving", lambda: "Mode" in word(ports[each], "srvr"))
            expect(results[0] == results[1], words, f"ours {results[0]}", f"Java's {results[1]}")
        for env in ({"ZOO_DATADIR_AUTOCREATE_DISABLE": "1"}, {"ZOO_DATADIR_AUTOCREATE_DISABLE": ""}):
            for each in (home, java):
                shutil.rmtree(each.base / "data", ignore_errors=True)
            results = [masked(each, ports[each], each.server("stop", **env)) for each in (home, java)]
            expect(results[0] == results[1], env, *results)
    finally:
        java.close()


@check(everywhere=False)
def a_server_can_be_stopped_by_the_other_s_script(home):
    if not JAVA_SCRIPT.exists() or not shutil.which("java"):
        print("        (no Java server: not tried)")
        return
    java = JavaHome(None)
    try:
        data = home.base / "data"
        port = home.configure(lines=["admin.enableServer=false"], data=data)
        java.configure(lines=["admin.enableServer=false"], data=data, port=port)
        expect_result(java.server("start"), 0, STARTED)
        wait_for("Java serving", lambda: "Mode" in word(port, "srvr"))
        pid = int((data / "zookeeper_server.pid").read_text())
        expect_result(home.server("start"), 1, f"Starting zookeeper ... already running as process {pid}.\n")
        expect_result(home.server("status"), 0, found(port) + "Mode: standalone\n")
        expect_result(home.server("restart"), 0, STOPPED + STARTED)
        expect(not home.alive(pid) and "paddock" in word(port, "srvr"), "Java's server is still there")
        pid = int((data / "zookeeper_server.pid").read_text())
        expect_result(java.server("stop"), 0, STOPPED)
        wait_for("ours gone", lambda: not home.alive(pid))
    finally:
        java.close()


# ---- all of them

def run_one(kind, programs, sentence, function):
    home = kind(programs)
    home.programs_dir = programs
    try:
        function(home)
        print(f"ok      {home.suffix[1:]}: {sentence}", flush=True)
        return True
    except Exception as error:  # a failed check must not hide the others
        print(f"FAILED  {home.suffix[1:]}: {sentence}: {type(error).__name__}: {error}", flush=True)
        tail = home.log_text().splitlines()[-10:] if (home.root / "logs").is_dir() else []
        if tail:
            print("        end of the server's output:\n        " + "\n        ".join(tail), flush=True)
        return False
    finally:
        home.close()


def prepare_wine(prefix):
    """A wine prefix of its own beside the programs, as the other Windows tests have it."""
    os.environ.update(WINEPREFIX=os.environ.get("WINEPREFIX", str(prefix)), WINEDEBUG="-all", WINEARCH="win64",
                      WINEDLLOVERRIDES="mscoree,mshtml=")
    os.environ.pop("DISPLAY", None)
    if not (Path(os.environ["WINEPREFIX"]) / "system.reg").exists():
        subprocess.run([WineHome.wine, "wineboot", "--init"], capture_output=True, timeout=300)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", default=str(ROOT / "build/bin"), help="folder of the programs of this system")
    parser.add_argument("--windows", help="folder of the Windows programs")
    parser.add_argument("--only", default="", help="checks whose sentence has this word")
    options = parser.parse_args()
    kinds = [(Home, options.bin)]
    if options.windows and not WineHome.wine:
        print("no wine: the .cmd scripts are left out")
    elif options.windows and not (Path(options.windows) / "zkserver.exe").exists():
        print(f"no zkserver.exe in {options.windows}: the .cmd scripts are left out")
    elif options.windows:
        kinds.append((WineHome, options.windows))
        prepare_wine(Path(options.windows).resolve().parent / "wine")
    results = [run_one(kind, programs, sentence, function) for kind, programs in kinds
               for sentence, function, everywhere in CHECKS
               if (everywhere or kind is Home) and options.only in sentence]
    print(f"{results.count(True)} passed, {results.count(False)} failed")
    return 0 if results and all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
