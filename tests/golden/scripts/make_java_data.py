#!/usr/bin/env python3
"""Makes the data directories ../java-3.4, ../java-3.5, ../java-3.8 and
../java-3.9 with a real Java ZooKeeper.

Needs: a JRE, the ZooKeeper jars or classes, kazoo (2.8 or newer).
Environment:
  ZK_CLASSPATH  jars (default: the Debian packages zookeeper, slf4j-simple)
  ZK_VERSION    version of those jars (default 3.8.0): selects what the server
                can do and is written into the .expected.json
  ZK_JAVA       java program (default: java)
  ZK_PORT       first of three free ports (default 23810)
  ZK_WORK       empty scratch directory (default: a new temporary directory)
  ZK_OUT        where the .tar.gz and .expected.json go (default: ../java-3.8)
usage: make_java_data.py [case ...]      (default: all cases; "torn",
       "tornpad" and "flipped" damage copies of "standalone")
"""
import base64, hashlib, io, json, os, re, shutil, signal, socket, subprocess
import sys, tarfile, tempfile, time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import zkfiles
from kazoo.client import KazooClient
from kazoo.exceptions import KazooException
from kazoo.protocol.serialization import (Create, int_struct, long_struct)
from kazoo.security import make_acl, make_digest_acl, OPEN_ACL_UNSAFE

JAR = '/usr/share/java/'
CP = os.environ.get('ZK_CLASSPATH',
                    JAR + 'zookeeper.jar:' + JAR + 'slf4j-simple.jar')
JAVA = os.environ.get('ZK_JAVA', 'java')
PORT = int(os.environ.get('ZK_PORT', '23810'))
HERE = os.path.dirname(os.path.abspath(__file__))
OUT = os.environ.get('ZK_OUT', os.path.join(HERE, '..', 'java-3.8'))
WORK = os.environ.get('ZK_WORK') or tempfile.mkdtemp(prefix='zkdata')
VER = os.environ.get('ZK_VERSION', '3.8.0')
V = tuple(int(x) for x in VER.split('.'))
SUPER = 'super:' + base64.b64encode(
    hashlib.sha1(b'super:secret').digest()).decode()
FAR_TTL = 0xffffffffff          # largest TTL: 2^40-1 ms


class Server:
    all = []

    def __init__(self, home, props=None, quorum=False, split=False):
        self.home, self.split = home, split
        os.makedirs(home + '/data', exist_ok=True)
        cfg = ['tickTime=2000', 'dataDir=%s/data' % home,
               'admin.enableServer=false', '4lw.commands.whitelist=*',
               'maxSessionTimeout=7200000']
        if split:
            os.makedirs(home + '/datalog', exist_ok=True)
            cfg.append('dataLogDir=%s/datalog' % home)
        if quorum:
            with open(home + '/data/myid', 'w') as f:
                f.write('1\n')
            cfg += ['initLimit=5', 'syncLimit=2', 'standaloneEnabled=false',
                    'reconfigEnabled=true',
                    'server.1=127.0.0.1:%d:%d:participant;127.0.0.1:%d'
                    % (PORT + 1, PORT + 2, PORT)]
        else:
            cfg += ['clientPort=%d' % PORT, 'clientPortAddress=127.0.0.1']
        with open(home + '/zoo.cfg', 'w') as f:
            f.write('\n'.join(cfg) + '\n')
        p = {'zookeeper.extendedTypesEnabled': 'true',
             'znode.container.checkIntervalMs': '500',
             'zookeeper.DigestAuthenticationProvider.superDigest': SUPER,
             'zookeeper.preAllocSize': '64', 'zookeeper.snapCount': '20',
             'file.encoding': 'UTF-8'}
        p.update(props or {})
        p = {k: v for k, v in p.items() if v is not None}
        self.logf = home + '/server.log'
        self.log = open(self.logf, 'ab')
        self.proc = subprocess.Popen(
            [JAVA, '-Xmx256m'] + ['-D%s=%s' % kv for kv in sorted(p.items())] +
            ['-cp', CP, 'org.apache.zookeeper.server.quorum.QuorumPeerMain',
             home + '/zoo.cfg'], stdout=self.log, stderr=self.log)
        Server.all.append(self)

    def word(self, w):
        s = socket.create_connection(('127.0.0.1', PORT), 5)
        s.sendall(w.encode())
        out = b''
        while True:
            b = s.recv(65536)
            if not b:
                break
            out += b
        s.close()
        return out.decode('utf-8', 'replace')

    def wait(self, secs=40):
        end = time.time() + secs
        while time.time() < end:
            if self.proc.poll() is not None:
                return False
            try:
                if 'Mode:' in self.word('srvr'):
                    return True
            except OSError:
                pass
            time.sleep(0.2)
        raise SystemExit('server did not come up, see ' + self.logf)

    def crash(self):
        self.proc.send_signal(signal.SIGKILL)
        self.proc.wait()
        self.log.close()

    def text(self):
        with open(self.logf, errors='replace') as f:
            return f.read()


def client(timeout=3600.0):
    c = KazooClient('127.0.0.1:%d' % PORT, timeout=timeout)
    c.start(30)
    return c


class CreateC(Create):          # container: op 19, flags 4
    type = 19


class CreateT(Create):          # TTL: op 21, one more long; flags 5 or 6
    type = 21
    ttl = 0

    def serialize(self):
        return Create.serialize(self) + long_struct.pack(self.ttl)


def raw(c, req):
    a = c.handler.async_result()
    c._call(req, a)
    return a.get(30)


def container(c, path, data=b''):
    return raw(c, CreateC(path, data, OPEN_ACL_UNSAFE, 4))


def ttl_node(c, path, ttl, data=b'', seq=False):
    r = CreateT(path, data, OPEN_ACL_UNSAFE, 6 if seq else 5)
    CreateT.ttl = ttl
    return raw(c, r)


def populate(srv):
    """returns the client whose session must stay alive"""
    a = client()
    a.add_auth('digest', 'alice:wonder')
    # plain nodes, null and empty data, binary data, unicode names
    a.create('/app', b'root of the application')
    a.create('/app/empty', b'')
    raw(a, Create('/app/null', None, OPEN_ACL_UNSAFE, 0))
    a.create('/app/binary', bytes(range(256)) * 4)
    a.create('/app/big', bytes((i * 7) & 255 for i in range(20000)))
    a.create('/app/bigger', bytes((i * 31 >> 4) & 255 for i in range(70000)))
    a.create('/app/\u00fcml\u00e4ut', 'gr\u00fc\u00df'.encode('utf-8'))
    a.create('/app/\u65e5\u672c\u8a9e', '\u30c7\u30fc\u30bf'.encode('utf-8'))
    a.create('/app/\u65e5\u672c\u8a9e/\u043a\u043b\u044e\u0447', b'\x00')
    a.create('/app/spaces and, =punctuation;"\\', b'x')
    if V >= (3, 5):
        a.create('/app/c2', b'made with create2', include_data=True)
    # sequential nodes, one deleted so that cversion != number of children
    a.create('/seq', b'')
    names = [a.create('/seq/n-', b'%d' % i, sequence=True) for i in range(6)]
    a.delete(names[2])
    a.create('/seq/e-', b'', ephemeral=True, sequence=True)
    # ephemerals of the session that stays alive, and of one that closes
    a.create('/live', b'ephemeral parent')
    a.create('/live/e1', b'mine', ephemeral=True)
    a.create('/live/e2', b'', ephemeral=True,
             acl=[make_acl('world', 'anyone', read=True)])
    b = client(30.0)
    b.create('/live/b1', b'b', ephemeral=True)
    b.create('/live/b2', b'b', ephemeral=True)
    b.stop()
    b.close()
    c = client(30.0)            # a session without nodes
    c.get('/app')
    c.stop()
    c.close()
    # containers and TTL nodes; some expire: deleteContainer records
    a.create('/cont', b'')
    a.create('/ttl', b'')
    if V >= (3, 5, 4):
        container(a, '/cont/unused', b'never had a child')
        container(a, '/cont/used', b'has a child')
        a.create('/cont/used/child', b'')
        container(a, '/cont/gone', b'')
        a.create('/cont/gone/child', b'')
        a.delete('/cont/gone/child')
        ttl_node(a, '/ttl/keep', FAR_TTL, b'kept')
        ttl_node(a, '/ttl/seq-', FAR_TTL - 1, b's', seq=True)
        ttl_node(a, '/ttl/gone', 50, b'')
    # ACLs
    dig = make_digest_acl('alice', 'wonder', all=True)
    a.create('/acl', b'')
    a.create('/acl/digest', b'd', acl=[dig])
    a.create('/acl/ip', b'i', acl=[make_acl('ip', '127.0.0.1', all=True),
                                   make_acl('ip', '10.0.0.0/8' if V >= (3, 5)
                                            else '10.0.0.1', read=True)])
    a.create('/acl/mixed', b'm', acl=[
        dig, make_acl('world', 'anyone', read=True, create=True)])
    a.create('/acl/auth', b'a', acl=[make_acl('auth', '', all=True)])
    a.create('/acl/changed', b'c')
    a.set_acls('/acl/changed', [make_acl('world', 'anyone', read=True,
                                         admin=True)])
    a.set_acls('/acl/changed', [dig])
    # quota on /app: limits and stats nodes as zkCli makes them
    a.create('/zookeeper/quota/app', b'')
    a.create('/zookeeper/quota/app/zookeeper_limits',
             b'count=1000,bytes=-1=;byteHardLimit=1000000;countHardLimit=-1')
    a.create('/zookeeper/quota/app/zookeeper_stats', b'count=0,bytes=0')
    a.create('/app/after-quota', b'12345')
    # versions and deletes
    a.create('/ver', b'0')
    for i in range(1, 8):
        a.set('/ver', b'%d' % i)
    raw_set_null(a, '/ver2')
    for i in range(4):
        a.create('/del%d' % i, b'')
    for i in range(0, 4, 2):
        a.delete('/del%d' % i)
    # multi: good, failing, failing in the first op, failing in the last op
    t = a.transaction()
    t.create('/multi', b'm')
    t.create('/multi/a', b'1')
    t.create('/multi/s-', b'2', sequence=True)
    t.create('/multi/e', b'3', ephemeral=True)
    t.check('/ver', 7)
    t.set_data('/multi/a', b'changed in the same multi')
    t.create('/multi/gone', b'')
    t.delete('/multi/gone')
    check_ok(t.commit())
    t = a.transaction()
    t.create('/multi/never', b'')
    t.set_data('/multi/a', b'never')
    t.check('/ver', 99)
    t.delete('/multi/a')
    check_fail(t.commit())
    t = a.transaction()
    t.delete('/nosuch')
    t.create('/multi/never2', b'')
    check_fail(t.commit())
    t = a.transaction()
    t.create('/multi/never3/x', b'')
    check_fail(t.commit())
    # single requests that fail: error records
    for f in (lambda: a.create('/app', b''), lambda: a.delete('/nosuch'),
              lambda: a.delete('/ver', version=3), lambda: a.delete('/app'),
              lambda: a.set('/ver', b'', version=1)):
        try:
            f()
            raise SystemExit('expected an error')
        except KazooException:
            pass
    # wait until the container and the TTL node are gone
    end = time.time() + 30
    while (a.exists('/cont/gone') or a.exists('/ttl/gone')):
        if time.time() > end:
            raise SystemExit('container manager did not delete')
        time.sleep(0.3)
    for i in range(12):         # a last stretch of records after a snapshot
        a.create('/tail%02d' % i, b'tail %d' % i)
    return a


def raw_set_null(a, path):
    a.create(path, b'x')

    class SetNull(object):
        type = 5

        @staticmethod
        def serialize():
            p = path.encode()
            return (int_struct.pack(len(p)) + p + int_struct.pack(-1) +
                    int_struct.pack(-1))

        @staticmethod
        def deserialize(b, o):
            return None
    raw(a, SetNull)


def check_ok(r):
    if any(isinstance(x, Exception) for x in r):
        raise SystemExit('multi failed: %r' % (r,))


def check_fail(r):
    if not any(isinstance(x, Exception) for x in r):
        raise SystemExit('multi did not fail')


def wire_tree(c, srv):
    nodes = {}

    def walk(p):
        data, st = c.get(p)
        acl = c.get_acls(p)[0]
        nodes[p] = dict(
            data=zkfiles.b64(data),
            acl=[dict(perms=x.perms, scheme=x.id.scheme, id=x.id.id)
                 for x in acl],
            stat={k: getattr(st, k) for k in (
                'czxid', 'mzxid', 'ctime', 'mtime', 'version', 'cversion',
                'aversion', 'ephemeralOwner', 'dataLength', 'numChildren',
                'pzxid')})
        for k in sorted(c.get_children(p)):
            walk(('' if p == '/' else p) + '/' + k)
    walk('/')
    return nodes


def expected(home, what, note, props=None, quorum=False, split=False):
    """restart Java on a copy and read everything over the wire"""
    cp = home + '.read'
    shutil.rmtree(cp, ignore_errors=True)
    shutil.copytree(home, cp, ignore=shutil.ignore_patterns('server.log'))
    pr = {'zookeeper.snapCount': '100000',
          'znode.container.checkIntervalMs': '60000'}
    pr.update(props or {})
    srv = Server(cp, pr, quorum=quorum, split=split)
    up = srv.wait()
    out = dict(case=what, description=note, writtenBy='Java ZooKeeper ' + VER,
               javaStarts=up, files=listing(home))
    text = srv.text()
    if not up:
        out['exitCode'] = srv.proc.returncode
        out['javaError'] = sorted(set(re.findall(
            r'^(?:Caused by: )?java\.[\w.]*(?:Exception|Error)[^\n]*', text,
            re.M)))
        return out
    zx = re.search(r'Zxid: (0x[0-9a-f]+)', srv.word('srvr')).group(1)
    m = re.search(r'highest zxid is 0x([0-9a-f]+), digest is (-?\d+)', text)
    if m:
        zx = '0x' + m.group(1)
    out['lastZxidOnLoad'] = zx
    c = client(20.0)
    c.add_auth('digest', 'super:secret')
    nodes = wire_tree(c, srv)
    snaps = [f for f in os.listdir(cp + '/data/version-2')
             if f.startswith('snapshot.') and int(f.split('.')[1], 16) ==
             int(zx, 16)]
    if snaps:                   # 3.5 and newer take a snapshot when starting
        out['snapshotOnRestart'] = snaps[0]
        snap = zkfiles.read_snap(zkfiles.load_snap_bytes(
            cp + '/data/version-2/' + snaps[0]))
        own = {(n['path'] or '/'): n for n in snap['nodes']}
        assert set(own) == set(nodes), set(own) ^ set(nodes)
        sess = {s['id']: s['timeout'] for s in snap['sessions']}
        out['treeDigest'] = zkfiles.tree_digest(snap['nodes'])
        if m:                   # 3.6 and newer log the digest they computed
            assert out['treeDigest'] == int(m.group(2)) & (2**64 - 1)
    else:                       # 3.4: derive it from the wire and the logs
        own = {p: dict(n['stat'], path=p,
                       data=None if n['data'] is None else
                       base64.b64decode(n['data']),
                       cversion=(n['stat']['cversion'] +
                                 n['stat']['numChildren']) // 2)
               for p, n in nodes.items()}
        out['treeDigest'] = zkfiles.tree_digest(own.values())
        sess = {}
        for f in logs(home):
            for r in records(f):
                if r['type'] == 'createSession':
                    sess[r['session']] = r['body']['timeOut']
                elif r['type'] == 'closeSession':
                    sess.pop(r['session'], None)
    out['digestVersion'] = 2
    out['sessions'] = [dict(id=k, timeout=sess[k]) for k in sorted(sess)]
    for p, n in nodes.items():
        n['ephemeralOwnerPersisted'] = '0x%x' % (
            own[p]['ephemeralOwner'] & (2**64 - 1))
    out['nodes'] = nodes
    c.stop()
    c.close()
    srv.crash()
    return out


def listing(home):
    r = []
    for d, _, fs in os.walk(home):
        for f in fs:
            p = os.path.relpath(os.path.join(d, f), home)
            if p.split(os.sep)[0] in ('data', 'datalog'):
                r.append(dict(path=p.replace(os.sep, '/'),
                              size=os.path.getsize(os.path.join(d, f))))
    return sorted(r, key=lambda x: x['path'])


def pack(home, name):
    def clean(t):
        t.uid = t.gid = 0
        t.uname = t.gname = ''
        return t
    with tarfile.open('%s/%s.tar.gz' % (OUT, name), 'w:gz', compresslevel=9) as t:
        for d in ('data', 'datalog'):
            if os.path.isdir(home + '/' + d):
                t.add(home + '/' + d, d, filter=clean)


def save(name, home, exp):
    pack(home, name)
    with open('%s/%s.expected.json' % (OUT, name), 'w', encoding='utf-8') as f:
        json.dump(exp, f, indent=1, ensure_ascii=False, sort_keys=True)
        f.write('\n')
    print(name, exp['javaStarts'], exp.get('lastZxidOnLoad'),
          exp.get('treeDigest'), len(exp.get('nodes', {})), 'nodes')


def logs(home, d='data'):
    v = home + '/%s/version-2/' % d
    return [v + f for f in sorted(
        (f for f in os.listdir(v) if f.startswith('log.')),
        key=lambda f: int(f.split('.')[1], 16))]


def records(path):
    with open(path, 'rb') as f:
        return [r for r in zkfiles.read_log(f.read()) if 'zxid' in r]


def make_standalone(name, props=None):
    home = WORK + '/' + name
    shutil.rmtree(home, ignore_errors=True)
    srv = Server(home, props)
    srv.wait()
    a = populate(srv)
    time.sleep(1)
    srv.crash()
    a.stop()
    a.close()
    return home


def case_standalone():
    home = make_standalone('standalone')
    save('standalone', home, expected(
        home, 'standalone', 'plain snapshots; every kind of node and of '
        'transaction; killed (SIGKILL) with one session open'))


def damaged_copy(name):
    src, dst = WORK + '/standalone', WORK + '/' + name
    if not os.path.isdir(src):
        raise SystemExit('make case "standalone" first (same ZK_WORK)')
    shutil.rmtree(dst, ignore_errors=True)
    shutil.copytree(src, dst, ignore=shutil.ignore_patterns('server.log'))
    return dst


def case_torn():
    """cut the last log in the middle of its last record"""
    home = damaged_copy('torn-tail')
    last = logs(home)[-1]
    recs = records(last)
    assert len(recs) >= 3, 'last log too short'
    cut = recs[-1]['off'] + 12 + recs[-1]['len'] // 2
    with open(last, 'r+b') as f:
        f.truncate(cut)
    e = expected(home, 'torn-tail', 'copy of "standalone"; the last log was '
                 'cut in the middle of the payload of its last record (no '
                 'padding left). Java drops that record silently and leaves '
                 'the torn file as it is.')
    e['damage'] = dict(file=os.path.basename(last), cutAt=cut,
                       lostZxid='0x%x' % recs[-1]['zxid'],
                       lastGoodRecordEndsAt=recs[-1]['off'])
    save('torn-tail', home, e)


def case_tornpad():
    """what a crash in a preallocated file leaves: zeros after half a record"""
    home = damaged_copy('torn-padded')
    last = logs(home)[-1]
    r = records(last)[-1]
    cut = r['off'] + 12 + r['len'] // 2
    with open(last, 'r+b') as f:
        f.seek(cut)
        f.write(bytes(r['off'] + 13 + r['len'] - cut))
    e = expected(home, 'torn-padded', 'copy of "standalone"; the second half '
                 'of the last record of the last log, its end byte included, '
                 'is zero as in a preallocated file. Java logs "Last '
                 'transaction was partial." and drops that record.')
    e['damage'] = dict(file=os.path.basename(last), zeroFrom=cut,
                       lostZxid='0x%x' % r['zxid'],
                       lastGoodRecordEndsAt=r['off'])
    save('torn-padded', home, e)


def case_flipped():
    """flip one bit in the payload of a middle record of the last log"""
    home = damaged_copy('flipped-byte')
    last = logs(home)[-1]
    recs = records(last)
    mid = recs[len(recs) // 2]
    at = mid['off'] + 12 + mid['len'] - 20
    with open(last, 'r+b') as f:
        f.seek(at)
        b = f.read(1)
        f.seek(at)
        f.write(bytes([b[0] ^ 0x01]))
    e = expected(home, 'flipped-byte', 'copy of "standalone"; one bit of one '
                 'byte flipped in the payload of a middle record of the last '
                 'log. Java refuses to start. "ifCutAtDamage" is what Java '
                 'serves when the log is first cut before the bad record.')
    e['damage'] = dict(file=os.path.basename(last), offset=at, xor=1,
                       recordOffset=mid['off'], zxid='0x%x' % mid['zxid'],
                       lastGoodZxid='0x%x' % (mid['zxid'] - 1))
    cut = damaged_copy('flipped-cut')
    with open(logs(cut)[-1], 'r+b') as f:
        f.truncate(mid['off'])
    x = expected(cut, '', '')
    e['ifCutAtDamage'] = {k: x[k] for k in (
        'lastZxidOnLoad', 'treeDigest', 'sessions', 'nodes')}
    save('flipped-byte', home, e)


def case_gzip():
    p = {'zookeeper.snapshot.compression.method': 'gz'}
    home = make_standalone('standalone-gz', p)
    save('standalone-gz', home, expected(
        home, 'standalone-gz', 'as "standalone" with gzip snapshots', p))


def case_snappy():
    p = {'zookeeper.snapshot.compression.method': 'snappy'}
    home = make_standalone('standalone-snappy', p)
    save('standalone-snappy', home, expected(
        home, 'standalone-snappy', 'as "standalone" with snappy snapshots',
        p))


def case_prealloc():
    home = WORK + '/default-prealloc'
    shutil.rmtree(home, ignore_errors=True)
    p = {'zookeeper.preAllocSize': None, 'zookeeper.snapCount': '100000',
         'zookeeper.extendedTypesEnabled': None}
    srv = Server(home, p)
    srv.wait()
    a = client()
    a.create('/a', b'hello')
    a.set('/a', b'bye')
    a.create('/a/b', b'', ephemeral=True)
    try:
        a.delete('/a')
    except KazooException:
        pass
    srv.crash()
    a.stop()
    a.close()
    save('default-prealloc', home, expected(
        home, 'default-prealloc', 'five records in a log preallocated to the '
        'default 64 MiB + 16 bytes', p))


def case_small():
    """the files dumped in the format description"""
    home = WORK + '/small'
    shutil.rmtree(home, ignore_errors=True)
    p = {'zookeeper.preAllocSize': '4', 'zookeeper.snapCount': '100000',
         'zookeeper.extendedTypesEnabled': None}
    srv = Server(home, p)
    srv.wait()
    a = client()
    a.create('/a', b'hello')
    a.set('/a', b'bye')
    a.create('/a/b', b'', ephemeral=True)
    try:
        a.delete('/a')
    except KazooException:
        pass
    srv.crash()
    a.stop()
    a.close()
    srv = Server(home, p)       # a second start takes a snapshot
    srv.wait()
    srv.crash()
    save('small', home, expected(
        home, 'small', 'five records, restarted once so that there is a '
        'snapshot with a session', p))


def case_quorum():
    home = WORK + '/quorum1'
    shutil.rmtree(home, ignore_errors=True)
    for rnd in range(2):        # two epochs
        srv = Server(home, quorum=True, split=True)
        srv.wait()
        a = client()
        a.add_auth('digest', 'super:secret')
        a.create('/r%d' % rnd, b'epoch round %d' % rnd)
        a.create('/r%d/e' % rnd, b'', ephemeral=True)
        if rnd == 1:
            a.reconfig(joining=None, leaving=None,
                       new_members='server.1=127.0.0.1:%d:%d:participant;'
                       '127.0.0.1:%d' % (PORT + 1, PORT + 2, PORT))
            a.create('/after-reconfig', b'x')
        srv.crash()
        a.stop()
        a.close()
    e = expected(home, 'quorum1', 'ensemble of one server, separate '
                 'dataLogDir, two epochs, one reconfig record; data/myid and '
                 'the epoch files are part of the archive. On restart Java '
                 'rewrites /zookeeper/config from its configuration, so the '
                 'data, mzxid, mtime and version of that node depend on it.',
                 quorum=True, split=True)
    for f in ('currentEpoch', 'acceptedEpoch'):
        with open(home + '/data/version-2/' + f, 'rb') as h:
            e[f] = h.read().decode()
    save('quorum1', home, e)


CASES = dict(standalone=case_standalone, torn=case_torn, tornpad=case_tornpad,
             flipped=case_flipped, gzip=case_gzip, snappy=case_snappy,
             prealloc=case_prealloc, small=case_small, quorum=case_quorum)

if __name__ == '__main__':
    try:
        for n in sys.argv[1:] or CASES:
            CASES[n]()
    finally:
        for s in Server.all:
            if s.proc.poll() is None:
                s.crash()
