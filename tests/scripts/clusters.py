"""Checks of `zkServer.sh pseudo-cluster`: several servers on one machine with one command.

The verb is one program on every system; win/cross has what is Windows' own, such as its services.
"""
import os
import re
import signal
import socket
import time

from checks import STARTED, STOPPED, check, expect, expect_result
from home import wait_for, word

ROLE = re.compile(r"server (\d+)  client port (\d+)  (?:(?:(\w+)|not serving: [^(]*) \(process (\d+)\)|not running)")
# From client port to the ports of the leader, the election and the admin server.
DISTANCES = (0, 707, 1707, 3414)


def is_free(port):
    with socket.socket() as sock:
        try:
            sock.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def free_block(count):
    """A client port with which all ports of COUNT servers are free."""
    start = 20000 + os.getpid() * 37 % 4000
    for port in range(start, start + 8000, count):
        if all(is_free(port + distance + i) for distance in DISTANCES for i in range(count)):
            return port
    raise AssertionError("no free ports")


class Cluster:
    """An ensemble below the folder of HOME, not made yet."""

    def __init__(self, home, count=3, name="ensemble"):
        self.home, self.count, self.port = home, count, free_block(count)
        self.dir = home.root / name
        home.data_dirs += [self.dir / str(i) / "data" for i in range(1, count + 1)]

    def make(self, *words):
        return self.call(str(self.count), self.dir, "--port", str(self.port), *words)

    def call(self, what, *words):
        return self.home.server("pseudo-cluster", what, *map(str, words))

    def config(self, sid):
        return self.dir / str(sid) / "zoo.cfg"

    def change(self, sid, old, new):
        text = self.config(sid).read_text()
        assert old in text, (old, text)
        self.config(sid).write_text(text.replace(old, new))

    def roles(self, result):
        """{id: role or None} as `status` prints it."""
        lines = [ROLE.fullmatch(line) for line in result.out.splitlines() if line.startswith("server")]
        found = {int(m.group(1)): m.group(3) for m in lines if m}
        expect(len(found) == self.count, "not a line for each server:", result)
        return found

    def pids(self, result):
        return {int(m.group(1)): int(m.group(4) or 0) for m in map(ROLE.fullmatch, result.out.splitlines()) if m}

    def leader(self):
        """The id of the server that leads; waits until each has its role."""
        now = {}

        def settled():
            now.clear()
            now.update(self.roles(self.call("status", self.dir)))
            return sorted(map(str, now.values())) == ["follower"] * (self.count - 1) + ["leader"]
        wait_for("an ensemble that has settled", settled, 60)
        return next(sid for sid, role in now.items() if role == "leader")

    def connect(self):
        return ",".join(f"localhost:{self.port + i}" for i in range(self.count))


@check(everywhere=False)
def pseudo_cluster_gives_an_ensemble_with_one_command(home):
    cluster = Cluster(home)
    result = cluster.make()
    lines = result.out.splitlines()
    expect(result.code == 0 and result.err == "", result)
    expect(lines[0] == f"3 servers laid out below {cluster.dir}", result)
    expect(lines[1:4] == [f"server {i}: {STARTED.strip()}" for i in (1, 2, 3)], result)
    shown = "\n".join(re.sub(r"\d+\)$", "PID)", line) for line in lines[4:7])
    leader = next((i for i in (1, 2, 3) if f"{i}  client port {cluster.port + i - 1}  leader" in shown), None)
    expect(shown == "\n".join(f"server {i}  client port {cluster.port + i - 1}  "
                              f"{'leader' if i == leader else 'follower'} (process PID)" for i in (1, 2, 3)), result)
    expect(lines[7:] == [f"connect with: zkCli.sh -server {cluster.connect()}"], result)
    expect((cluster.dir / "2/data/myid").read_text() == "2\n", "wrong myid")
    for i in (1, 2, 3):
        role = "leader" if i == leader else "follower"
        result = home.server("status", str(cluster.config(i)))
        expect(result.code == 0 and result.out.endswith(f"Mode: {role}\n"), result)
    expect(home.call("zkCli", "-server", f"localhost:{cluster.port}", "create", "/here", "x").code == 0, "no write")
    for i in range(3):
        result = home.call("zkCli", "-server", f"localhost:{cluster.port + i}", "sync", "/here")
        result = home.call("zkCli", "-server", f"localhost:{cluster.port + i}", "get", "/here")
        expect(result.code == 0 and "x" in result.out.splitlines(), result)
    result = home.call("zkCli", "-server", cluster.connect(), "ls", "/")
    expect(result.code == 0 and "[here, zookeeper]" in result.out, result)


@check(everywhere=False)
def the_leader_of_a_pseudo_cluster_may_be_killed_and_start_again(home):
    cluster = Cluster(home)
    expect(cluster.make().code == 0, "no start")
    leader = cluster.leader()
    pid = cluster.pids(cluster.call("status", cluster.dir))[leader]
    os.kill(pid, signal.SIGKILL)
    result = None

    def another_leads():
        nonlocal result
        result = cluster.call("status", cluster.dir)
        roles = cluster.roles(result)
        return roles[leader] is None and sorted(map(str, roles.values())) == ["None", "follower", "leader"]
    wait_for("another leader", another_leads, 60)
    expect(result.code == 1 and cluster.roles(result)[leader] is None, result)
    result = cluster.call("start", cluster.dir)
    expect(result.code == 0, result)
    told = [line for line in result.out.splitlines() if ": " in line]
    expect(told[:3] == [f"server {i}: " + ("Starting zookeeper ... STARTED" if i == leader else "already running")
                        for i in (1, 2, 3)], result)
    expect(cluster.roles(result)[leader] == "follower", "it should follow:", result)


@check(everywhere=False)
def two_of_three_in_a_pseudo_cluster_that_end_leave_no_service(home):
    cluster = Cluster(home)
    expect(cluster.make().code == 0, "no start")
    left = cluster.leader()
    for i in (1, 2, 3):
        if i != left:
            expect(home.server("stop", str(cluster.config(i))).code == 0, "no stop")
    wait_for("the leader stopping its service", lambda: "not currently serving" in
             word(cluster.port + left - 1, "srvr"), 20)
    result = cluster.call("status", cluster.dir)
    expect(result.code == 1 and "not serving: no quorum, or still starting" in result.out, result)
    log = (cluster.dir / str(left) / "logs/zookeeper.out").read_text()
    expect("no quorum can be reached" in log and "Cannot open channel to" in log, "the log does not say why")


@check(everywhere=False)
def restart_stop_start_and_destroy_are_about_the_whole_pseudo_cluster(home):
    cluster = Cluster(home)
    expect(cluster.make().code == 0, "no start")
    before = cluster.pids(cluster.call("status", cluster.dir))
    result = cluster.call("restart", "2", cluster.dir)
    expect(result.code == 0 and result.out.startswith(STOPPED + STARTED), result)
    after = cluster.pids(result)
    expect(after[2] != before[2] and after[1] == before[1] and after[3] == before[3], before, after)
    result = cluster.call("restart", "4", cluster.dir)
    expect_result(result, 1, "", f"there is no server '4' below {cluster.dir}\n")
    expect_result(cluster.call("stop", cluster.dir), 0, "".join(f"server {i}: {STOPPED}" for i in (1, 2, 3)))
    expect_result(cluster.call("status", cluster.dir), 1, "".join(
        f"server {i}  client port {cluster.port + i - 1}  not running\n" for i in (1, 2, 3)))
    result = cluster.call("start", cluster.dir)
    expect(result.code == 0 and "leader" in cluster.roles(result).values(), result)
    pids = cluster.pids(result)
    expect_result(cluster.call("destroy", cluster.dir), 1, "",
                  f"nobody can be asked here: say --yes to stop 3 servers and delete all they have below {cluster.dir}\n")
    result = cluster.call("destroy", cluster.dir, "--yes")
    expect_result(result, 0, "".join(f"server {i}: {STOPPED}" for i in (1, 2, 3)) + "3 servers removed\n")
    expect(not cluster.dir.exists() and not any(map(home.alive, pids.values())), "something is left")


@check(everywhere=False)
def a_pseudo_cluster_of_one_is_a_server_alone(home):
    cluster = Cluster(home, 1)
    result = cluster.make()
    expect(result.code == 0 and "standalone" in result.out, result)


@check(everywhere=False)
def a_pseudo_cluster_is_laid_out_without_a_start_where_data_shall_be(home):
    cluster = Cluster(home)
    data = home.root / "all data"
    result = cluster.make("--no-start", "--data", str(data))
    expect_result(result, 0, f"3 servers laid out below {cluster.dir}\n")
    expect((data / "3/myid").read_text() == "3\n" and not (cluster.dir / "3/data").exists(), "data is elsewhere")
    expect_result(cluster.call("check", cluster.dir), 0, "3 configurations, no mistakes found\n")
    result = cluster.make("--no-start")
    expect_result(result, 1, "", f"'{cluster.dir}/1' is there already")
    cluster.change(2, "laid out by `pseudo-cluster`", "edited")
    expect_result(cluster.call("destroy", cluster.dir, "--yes"), 1, "", "was not laid out by pseudo-cluster")
    expect((data / "3/myid").exists(), "something was removed")


def mistakes(cluster, *sentences):
    result = cluster.call("check", cluster.dir)
    for sentence in sentences:
        expect(sentence in result.out, f"{sentence!r} is not among the mistakes:", result)
    expect(result.code == 1 and len(result.out.splitlines()) == len(sentences), result)
    result = cluster.call("start", cluster.dir)
    expect(result.code == 1 and result.out == "", "it starts all the same:", result)
    expect(all(sentence in result.err for sentence in sentences), result)


@check(everywhere=False)
def mistakes_that_no_server_alone_can_see_are_found_before_a_start(home):
    cluster = Cluster(home)
    cluster.make("--no-start")
    myid = cluster.dir / "2/data/myid"
    port, leads = cluster.port, cluster.port + 707
    myid.write_text("3\n")
    mistakes(cluster, "both are server 3 by their myid files")
    myid.write_text("7\n")
    mistakes(cluster, "its myid is 7, but there is no line server.7")
    myid.unlink()
    mistakes(cluster, "myid")
    myid.write_text("2\n")
    cluster.change(2, f"clientPort={port + 1}", f"clientPort={port}")
    mistakes(cluster, f"port {port} is used twice")
    cluster.change(2, f"clientPort={port}", f"clientPort={port + 1}")
    cluster.change(3, f"server.1=localhost:{leads}", f"server.1=localhost:{leads + 9}")
    mistakes(cluster, f"the line 'server.1=localhost:{leads}:", f"the line 'server.1=localhost:{leads + 9}:")
    cluster.change(3, f"server.1=localhost:{leads + 9}", f"server.1=localhost:{leads}")
    cluster.change(1, "syncLimit=5", "syncLimit=7")
    mistakes(cluster, "tickTime, initLimit or syncLimit differ")
    cluster.change(1, "syncLimit=7", "syncLimit=5")
    files = [str(cluster.config(i)) for i in (1, 2, 3)]
    expect_result(home.server("pseudo-cluster", "check", *files), 0, "3 configurations, no mistakes found\n")


@check(everywhere=False)
def pseudo_cluster_says_what_it_wants(home):
    for words, why in (((), ""), (("three",), "'three' is neither a number of servers nor a verb"),
                       (("restart",), "'restart' wants the number of a server"),
                       (("3", "a", "b"), "'b' has no meaning here"), (("3", "--fast"), "'--fast' has no meaning"),
                       (("3", "--port", "x"), "'--port' needs a port's number")):
        result = home.server("pseudo-cluster", *words)
        expect(result.code == 2 and result.out == "" and "usage: pseudo-cluster N [DIR]" in result.err and
               why in result.err, result)
    expect_result(home.server("pseudo-cluster", "100"), 1, "", "100 servers cannot be laid out: 1 to 99 can")
    expect_result(home.server("pseudo-cluster", "3", "--port", "65000"), 1, "", "it may be 1 to")
    nowhere = home.root / "nowhere"
    expect_result(home.server("pseudo-cluster", "status", str(nowhere)), 1, "", f"cannot read the directory '{nowhere}'")
    (nowhere / "empty").mkdir(parents=True)
    expect_result(home.server("pseudo-cluster", "status", str(nowhere)), 1, "",
                  "holds no server: none of its directories has a zoo.cfg")


@check(everywhere=False)
def servers_laid_out_by_hand_as_in_tutorials_are_one_as_well(home):
    """Three unpacked releases side by side, each with its conf/zoo.cfg, started one after the other."""
    cluster = Cluster(home, 3, "by hand")
    cluster.make("--no-start")
    for i in (1, 2, 3):
        place = cluster.dir / f"zookeeper-3.4.5-{i}"
        os.rename(cluster.dir / str(i), place)
        (place / "conf").mkdir()
        text = re.sub("dataDir=.*", f"dataDir={place}/data", (place / "zoo.cfg").read_text())
        (place / "conf/zoo.cfg").write_text(text, encoding="latin-1")
        (place / "zoo.cfg").unlink()
        home.data_dirs.append(place / "data")
    configs = [cluster.dir / f"zookeeper-3.4.5-{i}/conf/zoo.cfg" for i in (1, 2, 3)]
    expect_result(home.server("start", str(configs[0])), 0, STARTED)
    result = home.server("status", str(configs[0]))
    expect(result.code == 1 and "not currently serving requests" in word(cluster.port, "srvr"), result)
    expect_result(home.server("start", str(configs[1])), 0, STARTED)
    wait_for("server 2 leading", lambda: "Mode: leader" in word(cluster.port + 1, "srvr"))
    expect_result(home.server("start", str(configs[2])), 0, STARTED)
    wait_for("server 3 following", lambda: "Mode: follower" in word(cluster.port + 2, "srvr"))
    time.sleep(0.5)
    expect("Mode: leader" in word(cluster.port + 1, "srvr"), "server 3 took the lead")
    result = cluster.call("status", cluster.dir)
    expect(result.code == 0 and [line.split()[1] for line in result.out.splitlines()] ==
           [f"zookeeper-3.4.5-{i}" for i in (1, 2, 3)], result)
