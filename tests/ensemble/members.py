"""Ensembles of several servers on 127.0.0.1, each of them the Java server or ours.

A member keeps its id, ports and directory over restarts, and may come back as another kind of
server: that is how a live ensemble is taken over one server at a time. Every process belongs to
the Popen object that started it (see ../conformance/servers.py), and every wait is bounded.
"""

import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import traceback

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'conformance'))
import servers                                                          # noqa: E402
import wire as w                                                        # noqa: E402

LEADER, FOLLOWER, OBSERVER, STANDALONE = 'leader', 'follower', 'observer', 'standalone'
SETTLE_SECONDS = 60


class Failed(Exception):
    """A promise of the ensemble was broken, or it did not come up in time."""


def free_ports(count):
    """That many different free ports, below those that the system gives to outgoing connections: a
    member that is down must not find its port taken by somebody's connection when it comes back."""
    found = []
    for port in random.sample(range(10240, 32000), 2000):
        with socket.socket() as s:
            try:
                s.bind(('127.0.0.1', port))
            except OSError:
                continue
        found.append(port)
        if len(found) == count:
            return found
    raise Failed('no free ports')


class Member(servers.Server):
    """One server of an ensemble. `started` is wall clock, for messages."""

    def __init__(self, ensemble, sid, kind, observer=False):
        super().__init__(kind, home=os.path.join(ensemble.home, str(sid)), cfg=ensemble.cfg,
                         props=ensemble.props)
        self.ensemble = ensemble
        self.sid = sid
        self.observer = observer
        self.port, self.quorum_port, self.election_port = free_ports(3)
        self.members = None                     # sids in its own list; None: all
        os.makedirs(self.home + '/data', exist_ok=True)
        with open(self.home + '/data/myid', 'w') as f:
            f.write('%d\n' % sid)

    def _write_config(self):
        path = super()._write_config()
        with open(path, 'a') as f:
            if self.observer:
                f.write('peerType=observer\n')
            if self.is_java():          # else its observers ask once in a minute behind a long outage
                f.write('fastleader.maxNotificationInterval=2000\n')
            for member in self.ensemble.listed(self.members):
                f.write('server.%d=127.0.0.1:%d:%d%s\n' % (
                    member.sid, member.quorum_port, member.election_port,
                    ':observer' if member.observer else ''))
        return path

    def launch(self, kind=None):
        """Starts the process, as KIND from now on; does not wait for anything."""
        if kind is not None:
            servers.check_available(kind)
            self.kind = kind if servers.is_java(kind) else os.path.abspath(kind)
        command, env = self._command(self._write_config())
        self.log = open(self.log_path, 'ab')
        self.proc = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=self.log,
                                     stderr=self.log, cwd=self.home, env=env)
        return self

    def pause(self):
        """Returns when every thread of it stands still, which on a busy machine takes a moment."""
        super().pause()
        tasks = '/proc/%d/task' % self.proc.pid
        end = time.monotonic() + 20
        while time.monotonic() < end:
            states = set()
            for task in os.listdir(tasks):
                try:
                    with open('%s/%s/stat' % (tasks, task)) as f:
                        states.add(f.read().rpartition(')')[2].split()[0])
                except OSError:                  # a thread that ended
                    states.add('ended')
            if states == {'T'}:
                return
            time.sleep(0.01)
        raise Failed('%s cannot be paused' % self.tell())

    def role(self):
        """leader, follower, observer, standalone; None while it does not serve or is not there."""
        if not self.alive():
            return None
        try:
            found = re.search(r'^Mode: (\S+)', servers.four_letter(self.port, 'srvr', 3.0), re.M)
        except OSError:
            return None
        return found.group(1) if found else None

    def mntr(self):
        """The numbers of mntr by name without the prefix zk_."""
        out = {}
        for line in servers.four_letter(self.port, 'mntr').splitlines():
            name, _, value = line.partition('\t')
            out[name[3:]] = value
        return out

    def is_java(self):
        return servers.is_java(self.kind)

    def log_size(self):
        return os.path.getsize(self.log_path) if os.path.exists(self.log_path) else 0

    def log_since(self, offset):
        with open(self.log_path, 'rb') as f:
            f.seek(offset)
            return f.read().decode('utf-8', 'replace')

    def tell(self):
        return 'server %d (%s)' % (self.sid, 'java' if self.is_java() else 'ours')


class Ensemble:
    """KINDS by sid: {1: 'java', 2: '/path/zkserver'}; OBSERVERS: the sids that do not vote."""

    def __init__(self, kinds, observers=(), cfg=None, props=None):
        self.home = tempfile.mkdtemp(prefix='zkens-')
        self.cfg = {'initLimit': '20', 'syncLimit': '10', 'tickTime': '500',
                    'minSessionTimeout': '1000', 'snapCount': '100000'}
        self.cfg.update(cfg or {})
        self.props = dict(props or {})
        self.members = {}
        for sid in sorted(kinds):
            self.members[sid] = Member(self, sid, kinds[sid], sid in observers)

    def add(self, sid, kind, observer=False):
        self.members[sid] = Member(self, sid, kind, observer)
        return self.members[sid]

    def listed(self, sids):
        return [m for s, m in sorted(self.members.items()) if sids is None or s in sids]

    def __getitem__(self, sid):
        return self.members[sid]

    def up(self):
        return [m for _, m in sorted(self.members.items()) if m.alive()]

    def hosts(self, sids=None):
        return ','.join(m.address for m in self.listed(sids))

    def start(self, leader=None):
        """Starts everyone; where LEADER is given, the highest id of all voters, that server and one
        more first. Java servers hang now and then at a start on a busy machine; what is Java's own fault
        is tried again."""
        for attempt in range(3):
            try:
                if leader is not None:
                    first = [leader, min(self.members)]
                    for sid in first:
                        self.members[sid].launch()
                    self.settle(first)
                for member in self.members.values():
                    if not member.alive():
                        member.launch()
                return self.settle()
            except Failed:
                if attempt == 2 or not any(servers.is_java(m.kind) for m in self.members.values()):
                    raise
            self.kill_all()
        return self

    def settle(self, sids=None, seconds=SETTLE_SECONDS):
        """Waits until every server that runs (or those named) has a role, and one leads."""
        end = time.monotonic() + seconds
        while True:
            members = [self.members[s] for s in sids] if sids else self.up()
            for member in self.members.values():
                if member.proc is not None and member.proc.poll() is not None:
                    raise Failed('%s ended by itself, exit code %d:\n%s' % (
                        member.tell(), member.proc.returncode, member.log_tail()))
            roles = {m.sid: m.role() for m in members}
            if members and None not in roles.values() and \
                    list(roles.values()).count(LEADER) == 1:
                return self
            if time.monotonic() > end:
                raise Failed('no settled ensemble after %d s: %s\n%s' % (
                    seconds, roles, '\n'.join('---- %s\n%s' % (m.tell(), m.log_tail(1500))
                                              for m in members)))
            time.sleep(0.1)

    def leader(self):
        for member in self.up():
            if member.role() == LEADER:
                return member
        raise Failed('nobody leads')

    def followers(self):
        return [m for m in self.up() if m.role() == FOLLOWER]

    def await_role(self, sid, role, seconds=SETTLE_SECONDS):
        """Waits until the server SID has this ROLE; None: until it serves nobody."""
        end = time.monotonic() + seconds
        while self.members[sid].role() != role:
            if time.monotonic() > end:
                raise Failed('%s is %s, not %s:\n%s' % (self.members[sid].tell(), self.members[sid].role(),
                                                      role, self.members[sid].log_tail(1500)))
            time.sleep(0.1)

    def kill_all(self):
        for member in self.members.values():
            member.kill()

    def close(self):
        for member in self.members.values():
            member.close()
        if not os.environ.get('KEEP_CONFORMANCE_DIRS'):
            shutil.rmtree(self.home, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.close()


# ---- how a learner was brought up to date -------------------------------------------------

DIFF, TRUNC, SNAP = 'DIFF', 'TRUNC', 'SNAP'
_SENT = re.compile(r'Sending (DIFF|TRUNC|snapshot) .*?sid: (\d+)')
_GOT = re.compile(r'Getting a (diff|snapshot)|(Truncating) log to get in sync')


class Synchronisations:
    """Which of DIFF, TRUNC and SNAP the learner SID has been given since this was made.

    Our servers write it down, as leader and as learner; between two Java servers (whose log holds
    warnings only) just a TRUNC is seen, so `seen` may stay empty there."""

    def __init__(self, ensemble, sid):
        self.ensemble, self.sid = ensemble, sid
        self.offsets = {m.sid: m.log_size() for m in ensemble.members.values()}

    def seen(self):
        found = set()
        for member in self.ensemble.members.values():
            text = member.log_since(self.offsets[member.sid])
            if member.sid == self.sid:
                found.update({'diff': DIFF, 'snapshot': SNAP, '': TRUNC}[m.group(1) or '']
                             for m in _GOT.finditer(text))
            else:
                found.update(SNAP if m.group(1) == 'snapshot' else m.group(1)
                             for m in _SENT.finditer(text) if int(m.group(2)) == self.sid)
        return found

    def expect(self, kind):
        """KIND must be among them, wherever one of ours had a part in it."""
        learner, leader = self.ensemble[self.sid], self.ensemble.leader()
        seen = self.seen()
        if kind not in seen and not (learner.is_java() and leader.is_java()):
            raise Failed('%s was to be brought up to date by %s with %s, seen: %s' % (
                learner.tell(), leader.tell(), kind, ', '.join(sorted(seen)) or 'nothing'))
        return kind if kind in seen else 'not seen between Java servers'


# ---- comparing what servers hold ---------------------------------------------------------

def read_tree(member, seconds=30):
    """What a client can see of the tree on one server, after a sync, as super user:
    {path: (data and stat, acl)}. /zookeeper/config is each server's own."""
    out = {}
    conn = w.Conn(member.port, timeout=seconds)
    try:
        conn.handshake(timeout=20000)
        conn.call(w.AUTH_XID, w.AUTH, w.auth('digest', servers.SUPER_AUTH))
        conn.call(1, w.SYNC, w.ustr('/'))
        pending = ['/']
        while pending:
            path = pending.pop()
            got = conn.call(2, w.GET_DATA, w.path_watch(path))
            acl = conn.call(3, w.GET_ACL, w.ustr(path))
            children = conn.call(4, w.GET_CHILDREN, w.path_watch(path))
            if got is None or acl is None or children is None:
                raise Failed('%s closed the connection while its tree was read' % member.tell())
            if path != '/zookeeper/config':
                out[path] = (got.body, acl.body[0] if acl.err == 0 else acl.err)
            if children.err == 0:
                pending.extend(path.rstrip('/') + '/' + name for name in children.body[0])
        conn.call(5, w.CLOSE_SESSION)
    finally:
        conn.close()
    return out


def differences(a, b):
    """Up to ten paths that differ between two trees, with what each has."""
    out = []
    for path in sorted(set(a) | set(b)):
        if a.get(path) != b.get(path):
            out.append('%s: %r / %r' % (path, a.get(path), b.get(path)))
    return out[:10]


def compare(members):
    """All servers must hold the same tree; returns it."""
    trees = [(m, read_tree(m)) for m in members]
    first, tree = trees[0]
    for member, other in trees[1:]:
        found = differences(tree, other)
        if found:
            raise Failed('%s and %s hold different trees:\n  %s' % (
                first.tell(), member.tell(), '\n  '.join(found)))
    for member in members:
        count = int(member.mntr().get('digest_mismatches_count', '0'))
        if count and not servers.is_java(member.kind):
            raise Failed('%s counts %d digest mismatches' % (member.tell(), count))
        if count:                               # an ensemble of Java servers alone does so too
            print('  note: %s counts %d digest mismatches' % (member.tell(), count), flush=True)
    return tree


# ---- running scenarios by name -----------------------------------------------------------------

def play(parser, scenarios, leave_out=()):
    """Runs the scenarios that the command line names, or all but LEAVE_OUT. SCENARIOS(args) gives them
    by name; ENSEMBLE_TRACE=1 shows where one failed."""
    parser.add_argument('--only', action='append', metavar='NAME')
    parser.add_argument('--list', action='store_true', help='the names, and nothing else')
    args = parser.parse_args()
    everything = scenarios(args)
    if args.list:
        print('\n'.join(everything))
        return 0
    unknown = [n for n in args.only or () if n not in everything]
    if unknown:
        parser.error('no scenario %s; --list shows them' % ', '.join(unknown))
    for kind in (args.java, args.server):
        if isinstance(kind, str):
            servers.check_available(kind)
    names = args.only or [n for n in everything if n not in leave_out]
    failed = []
    for name in names:
        print(name, flush=True)
        began = time.monotonic()
        try:
            everything[name]()
            print('  ok, %.0f s' % (time.monotonic() - began), flush=True)
        except (Failed, servers.StartFailed, OSError) as fault:
            failed.append(name)
            print('  FAILED: %s' % fault, flush=True)
            if os.environ.get('ENSEMBLE_TRACE'):
                traceback.print_exc()
    print('%d passed, %d failed%s' % (len(names) - len(failed), len(failed),
                                      ': ' + ', '.join(failed) if failed else ''))
    return 1 if failed else 0
