#!/usr/bin/env python3
"""Reference model of a start: newest valid snapshot, then replay of the logs,
as upstream does it. Checks every transaction digest on the way.

usage: zkreplay.py ARCHIVE.tar.gz ...   compare with ARCHIVE.expected.json
       zkreplay.py -d DATADIR [DATALOGDIR]      print what a start would load
"""
import base64, json, os, sys, tarfile, tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import zkfiles

OPEN = [{'perms': 31, 'scheme': 'world', 'id': 'anyone'}]
U64 = 2**64 - 1


def zxid_of(name, prefix):
    part = name.split('.')
    if len(part) >= 2 and part[0] == prefix:
        try:
            return int(part[1], 16)
        except ValueError:
            pass
    return -1


def un64(s):
    return None if s is None else base64.b64decode(s)


class Tree:
    def __init__(self):
        self.nodes, self.sessions, self.zxid = {}, {}, 0
        self.mismatch, self.compared, self.digest = [], 0, 0

    def fresh(self, config=True):
        for p in ('', '/zookeeper', '/zookeeper/config', '/zookeeper/quota'):
            if p == '/zookeeper/config' and not config:
                continue        # 3.4 has no such node
            n = dict.fromkeys(zkfiles.STAT, 0)
            n.update(path=p, data=b'', acl=OPEN)
            self.put(n)
        if config:
            self.nodes['/zookeeper/config'].update(
                acl=[dict(perms=1, scheme='world', id='anyone')], aversion=-1)

    # the digest is kept incrementally, as servers do
    def put(self, n):
        n['kids'] = set()
        self.nodes[n['path']] = n
        self.digest += zkfiles.node_digest(n)
        if n['path']:
            par, name = n['path'].rsplit('/', 1)
            self.nodes[par]['kids'].add(name)

    def change(self, n, **kw):
        self.digest -= zkfiles.node_digest(n)
        n.update(kw)
        self.digest += zkfiles.node_digest(n)

    def load_snapshot(self, path):
        d = zkfiles.read_snap(zkfiles.load_snap_bytes(path))
        for k in ('seal1', 'seal2', 'seal3'):
            if k in d and not d[k]['ok']:
                raise ValueError('CRC corruption')
        self.__init__()
        for s in d['sessions']:
            self.sessions[s['id']] = s['timeout']
        for n in d['nodes']:
            n['acl'] = OPEN if n['acl'] == -1 else d['acls'].get(n['acl'])
            self.put(n)
        self.zxid = zxid_of(os.path.basename(path), 'snapshot')
        self.target = d.get('digest')
        if self.target and (self.target['zxid'] <= 0 or
                            self.target['zxid'] < self.zxid):
            self.target = None
        self.quotas()
        self.check_target()

    def check_target(self):
        t = getattr(self, 'target', None)
        if t and t['zxid'] == self.zxid:
            self.compared += 1
            if t['tree'] != self.digest & U64:
                self.mismatch.append(('snapshot digest', hex(self.zxid)))
            self.target = None

    def quotas(self):
        q = '/zookeeper/quota'
        for p in list(self.nodes):
            if p.startswith(q + '/') and p.endswith('/zookeeper_limits'):
                self.recount(p[len(q):-len('/zookeeper_limits')])

    def recount(self, real):
        st = self.nodes.get('/zookeeper/quota' + real + '/zookeeper_stats')
        if st is None:
            return
        cnt = byt = 0
        for p, n in self.nodes.items():
            if p == real or p.startswith(real + '/'):
                cnt += 1
                byt += len(n['data'] or b'')
        st['data'] = ('count=%d,bytes=%d' % (cnt, byt)).encode()

    # one transaction; returns an error code
    def create(self, h, b, owner):
        par, name = b['path'].rsplit('/', 1)
        parent = self.nodes.get(par)
        if parent is None:
            return -101
        pcv = b['parentCVersion']
        err = 0
        if pcv == -1:
            pcv = parent['cversion'] + 1
        if b['path'] in self.nodes:
            self.nodes[b['path']]['acl'] = b['acl']
            err = -110
        if pcv > parent['cversion']:
            self.change(parent, cversion=pcv, pzxid=h['zxid'])
        if err:
            return err
        self.put(dict(path=b['path'], data=un64(b['data']), acl=b['acl'],
                      czxid=h['zxid'], mzxid=h['zxid'], ctime=h['time'],
                      mtime=h['time'], version=0, cversion=0, aversion=0,
                      ephemeralOwner=owner, pzxid=h['zxid']))
        return 0

    def delete(self, path, zxid):
        par, name = path.rsplit('/', 1)
        parent = self.nodes.get(par)
        if parent is None:
            return -101
        parent['kids'].discard(name)
        if zxid > parent['pzxid']:
            self.change(parent, pzxid=zxid)
        n = self.nodes.pop(path, None)
        if n is None:
            return -101
        self.digest -= zkfiles.node_digest(n)
        return 0

    def apply(self, h, t, b):
        sid = int(h['session'], 16)
        if t in ('create', 'create2'):
            owner = sid - 2**64 if sid >= 2**63 else sid
            return self.create(h, b, owner if b['ephemeral'] else 0)
        if t == 'createContainer':
            return self.create(h, b, -2**63)
        if t == 'createTTL':
            return self.create(h, b, (0xff00000000000000 | b['ttl']) - 2**64)
        if t in ('delete', 'deleteContainer'):
            return self.delete(b['path'], h['zxid'])
        if t in ('setData', 'reconfig', 'setACL'):
            n = self.nodes.get(b['path'] if b['path'] != '/' else '')
            if n is None:
                return -101
            if t == 'setACL':
                self.change(n, acl=b['acl'], aversion=b['version'])
            else:
                self.change(n, data=un64(b['data']), mtime=h['time'],
                            mzxid=h['zxid'], version=b['version'])
            return 0
        if t == 'createSession':
            self.sessions[h['session']] = b['timeOut']
            return 0
        if t == 'closeSession':
            self.sessions.pop(h['session'], None)
            dead = list(b.get('paths2Delete') or [])
            own = sid - 2**64 if sid >= 2**63 else sid
            dead += [p for p, n in self.nodes.items()
                     if n['ephemeralOwner'] == own and own and p not in dead]
            for p in dead:
                self.delete(p, h['zxid'])
            return 0
        if t == 'multi':
            if any(s['type'] == 'error' for s in b['txns']):
                return -2
            for s in b['txns']:
                self.apply(h, s['type'], s['body'])
            return 0
        if t in ('error', 'check'):
            return 0
        raise ValueError('type ' + str(t))

    def replay(self, logdir):
        names = sorted((zxid_of(f, 'log'), f) for f in os.listdir(logdir)
                       if zxid_of(f, 'log') >= 0)
        start = max([z for z, _ in names if z < self.zxid + 1] or [-1])
        for z, f in names:
            if z < start:
                continue
            with open(os.path.join(logdir, f), 'rb') as h:
                data = h.read()
            for r in zkfiles.read_log(data):
                if r.get('end') == 'CRC error':
                    raise ValueError('CRC check failed in %s at %d'
                                     % (f, r['off']))
                if 'zxid' not in r or r['zxid'] <= self.zxid:
                    continue
                self.apply(r, r['type'], r['body'])
                self.zxid = r['zxid']
                if getattr(self, 'target', None):
                    self.check_target()
                elif 'digest' in r and r['digest']['version'] == 2:
                    self.compared += 1
                    if r['digest']['tree'] != self.digest & U64:
                        self.mismatch.append((hex(r['zxid']), r['type']))
        self.quotas()


def load(datadir, logdir=None, config=True):
    v, w = datadir + '/version-2', (logdir or datadir) + '/version-2'
    t = Tree()
    snaps = sorted(((zxid_of(f, 'snapshot'), f) for f in os.listdir(v)
                    if zxid_of(f, 'snapshot') >= 0), reverse=True)
    for z, f in snaps:
        try:
            t.load_snapshot(os.path.join(v, f))
            break
        except Exception as e:
            print('  skipped', f, repr(e))
    else:
        t.__init__()
        t.fresh(config)
    t.replay(w)
    return t


def check(arch):
    with open(arch[:-len('.tar.gz')] + '.expected.json',
              encoding='utf-8') as f:
        exp = json.load(f)
    with tempfile.TemporaryDirectory() as tmp:
        with tarfile.open(arch) as a:
            a.extractall(tmp)
        lg = tmp + '/datalog'
        try:
            t = load(tmp + '/data', lg if os.path.isdir(lg) else None,
                     '/zookeeper/config' in exp.get('nodes', ())
                     or not exp['javaStarts'])
        except ValueError as e:
            print('%-40s %s; expected: Java starts = %s'
                  % (arch, e, exp['javaStarts']))
            return not exp['javaStarts']
    bad = []
    for p in sorted(set(t.nodes) | {'' if p == '/' else p
                                    for p in exp['nodes']}):
        n, x = t.nodes.get(p), exp['nodes'].get(p or '/')
        if n is None or x is None:
            bad.append((p, 'missing' if n is None else 'extra'))
            continue
        own = n['ephemeralOwner']
        st = {k: n[k] for k in zkfiles.STAT}
        st.update(numChildren=len(n['kids']),
                  dataLength=len(n['data'] or b''),
                  cversion=n['cversion'] * 2 - len(n['kids']),
                  ephemeralOwner=own if own > 0 else 0)
        got = dict(data=zkfiles.b64(n['data']), acl=n['acl'], stat=st,
                   ephemeralOwnerPersisted='0x%x' % (own & U64))
        if got != x and not (p == '/zookeeper/config' and 'quorum' in arch):
            bad.append((p, got, x))
    ses = [dict(id=k, timeout=t.sessions[k]) for k in sorted(t.sessions)]
    ok = (not bad and not t.mismatch and '0x%x' % t.zxid ==
          exp['lastZxidOnLoad'] and ses == exp['sessions'] and
          t.digest & U64 == exp['treeDigest'])
    print('%-40s %s zxid 0x%x, %d nodes, %d digests compared'
          % (arch, 'ok' if ok else 'FAIL', t.zxid, len(t.nodes), t.compared))
    for b in bad[:5] + t.mismatch[:5]:
        print('   ', b)
    return ok


if __name__ == '__main__':
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    if sys.argv[1] == '-d':
        t = load(*sys.argv[2:4])
        print('zxid 0x%x digest %d sessions %r' % (t.zxid, t.digest & U64,
                                                   t.sessions))
        for p in sorted(t.nodes):
            print(p or '/', zkfiles.b64(t.nodes[p]['data']))
        sys.exit()
    sys.exit(0 if all([check(a) for a in sys.argv[1:]]) else 1)
