#!/usr/bin/env python3
"""Independent reader for ZooKeeper transaction logs and snapshots.

Written from the description of the formats alone, without any
ZooKeeper library, so that it can be used to cross-check both the real server
and the C implementation.

usage: zkfiles.py log FILE...        list the records of transaction logs
       zkfiles.py snap FILE...       list the contents of snapshots
       zkfiles.py digest FILE        AdHash tree digest of one snapshot
Compressed snapshots: .gz uses zlib; .snappy uses the small decoder below.
"""
import base64, binascii, gzip, json, struct, sys, zlib

TYPES = {1: 'create', 2: 'delete', 5: 'setData', 7: 'setACL', 13: 'check',
         14: 'multi', 15: 'create2', 16: 'reconfig', 19: 'createContainer',
         20: 'deleteContainer', 21: 'createTTL', -1: 'error',
         -10: 'createSession', -11: 'closeSession'}


class Eof(Exception):
    pass


class Rd:
    """jute BinaryInputArchive: everything big-endian"""
    def __init__(self, b, pos=0):
        self.b, self.p = b, pos

    def raw(self, n):
        if self.p + n > len(self.b):
            raise Eof()
        r = self.b[self.p:self.p + n]
        self.p += n
        return r

    def i8(self): return struct.unpack('>b', self.raw(1))[0]
    def i32(self): return struct.unpack('>i', self.raw(4))[0]
    def i64(self): return struct.unpack('>q', self.raw(8))[0]

    def buf(self):
        n = self.i32()
        if n == -1:
            return None
        if n < 0:
            raise ValueError('Unreasonable length = %d' % n)
        return self.raw(n)

    def s(self):
        b = self.buf()
        return None if b is None else b.decode('utf-8', 'replace')

    def vec(self, f):
        n = self.i32()
        return None if n == -1 else [f() for _ in range(n)]

    def acl(self):
        return {'perms': self.i32(), 'scheme': self.s(), 'id': self.s()}

    def left(self):
        return len(self.b) - self.p


def b64(b):
    return None if b is None else base64.b64encode(b).decode()


def txn_body(r, t):
    if t in (1, 15):
        return dict(path=r.s(), data=b64(r.buf()), acl=r.vec(r.acl),
                    ephemeral=bool(r.i8()), parentCVersion=r.i32())
    if t == 19:
        return dict(path=r.s(), data=b64(r.buf()), acl=r.vec(r.acl),
                    parentCVersion=r.i32())
    if t == 21:
        return dict(path=r.s(), data=b64(r.buf()), acl=r.vec(r.acl),
                    parentCVersion=r.i32(), ttl=r.i64())
    if t in (2, 20):
        return dict(path=r.s())
    if t in (5, 16):
        return dict(path=r.s(), data=b64(r.buf()), version=r.i32())
    if t == 7:
        return dict(path=r.s(), acl=r.vec(r.acl), version=r.i32())
    if t == 13:
        return dict(path=r.s(), version=r.i32())
    if t == -1:
        return dict(err=r.i32())
    if t == -10:
        return dict(timeOut=r.i32())
    if t == -11:                # <=3.5: no body; 12 bytes: only a digest
        return dict(paths2Delete=r.vec(r.s)) if r.left() not in (0, 12) else {}
    if t == 14:
        n = r.i32()
        out = []
        for _ in range(n):
            st = r.i32()
            out.append(dict(type=TYPES.get(st, st),
                            body=txn_body(Rd(r.buf()), st)))
        return dict(txns=out)
    raise ValueError('Unsupported Txn with type=%d' % t)


def read_log(data):
    """yields dicts; the last one has key 'end' with the reason for stopping"""
    r = Rd(data)
    try:
        magic, ver, dbid = r.raw(4), r.i32(), r.i64()
    except Eof:
        yield dict(end='short header', off=r.p)
        return
    yield dict(magic=magic.decode('latin1'), version=ver, dbid=dbid)
    while True:
        off = r.p
        try:
            crc = r.i64()
            n = r.i32()
            if n == 0:
                yield dict(end='zero length (padding)', off=off)
                return
            body = r.raw(n)
            if r.raw(1) != b'B':
                yield dict(end='torn: no 0x42 after payload', off=off)
                return
        except Eof:
            yield dict(end='end of file', off=off)
            return
        rec = dict(off=off, len=n, crc_ok=(zlib.adler32(body) == crc))
        if not rec['crc_ok']:
            rec['end'] = 'CRC error'
            yield rec
            return
        b = Rd(body)
        rec.update(session='0x%x' % (b.i64() & 0xffffffffffffffff),
                   cxid=b.i32(), zxid=b.i64(), time=b.i64())
        t = b.i32()
        rec['type'] = TYPES.get(t, t)
        rec['body'] = txn_body(b, t)
        if b.left() >= 12:
            rec['digest'] = dict(version=b.i32(), tree=b.i64() & (2**64 - 1))
        rec['left'] = b.left()
        yield rec


def unsnappy_raw(b):
    p = n = s = 0
    while True:
        c = b[p]; p += 1
        n |= (c & 0x7f) << s
        s += 7
        if not c & 0x80:
            break
    out = bytearray()
    while p < len(b):
        tag = b[p]; p += 1
        k = tag & 3
        if k == 0:
            ln = tag >> 2
            if ln >= 60:
                x = ln - 59
                ln = int.from_bytes(b[p:p + x], 'little')
                p += x
            ln += 1
            out += b[p:p + ln]
            p += ln
            continue
        if k == 1:
            ln = 4 + ((tag >> 2) & 7)
            off = ((tag >> 5) << 8) | b[p]
            p += 1
        elif k == 2:
            ln = (tag >> 2) + 1
            off = int.from_bytes(b[p:p + 2], 'little'); p += 2
        else:
            ln = (tag >> 2) + 1
            off = int.from_bytes(b[p:p + 4], 'little'); p += 4
        for _ in range(ln):
            out.append(out[-off])
    assert len(out) == n
    return bytes(out)


def unsnappy_stream(b):
    assert b[:8] == b'\x82SNAPPY\0', 'bad snappy magic'
    p, out = 16, b''
    while p < len(b):
        n = struct.unpack('>I', b[p:p + 4])[0]
        out += unsnappy_raw(b[p + 4:p + 4 + n])
        p += 4 + n
    return out


def load_snap_bytes(path):
    with open(path, 'rb') as f:
        b = f.read()
    if path.endswith('.gz'):
        return gzip.decompress(b)
    if path.endswith('.snappy'):
        return unsnappy_stream(b)
    return b


STAT = ('czxid', 'mzxid', 'ctime', 'mtime', 'version', 'cversion', 'aversion',
        'ephemeralOwner', 'pzxid')


def read_snap(b):
    r = Rd(b)
    d = dict(magic=r.raw(4).decode('latin1'), version=r.i32(), dbid=r.i64())
    d['sessions'] = [dict(id='0x%x' % (r.i64() & (2**64 - 1)), timeout=r.i32())
                     for _ in range(r.i32())]
    d['acls'] = {}
    for _ in range(r.i32()):
        k = r.i64()
        d['acls'][k] = r.vec(r.acl)
    nodes = []
    while True:
        p = r.s()
        if p == '/':
            break
        n = dict(path=p, data=r.buf(), acl=r.i64())
        v = struct.unpack('>qqqqiiiqq', r.raw(60))
        n.update(zip(STAT, v))
        nodes.append(n)
    d['nodes'] = nodes

    def seal():
        want = zlib.adler32(r.b[:r.p])
        return dict(val=r.i64(), ok=False, want=want, path=r.s())

    def chk(s):
        s['ok'] = s['val'] == s.pop('want')
        return s
    d['seal1'] = chk(seal())
    if r.left():
        d['digest'] = dict(zxid=r.i64(), version=r.i32(),
                           tree=r.i64() & (2**64 - 1))
        d['seal2'] = chk(seal())
    if r.left():
        d['lastProcessedZxid'] = r.i64()
        d['seal3'] = chk(seal())
    d['left'] = r.left()
    return d


def node_digest(n, charset='utf-8'):
    p = n['path']
    if p.startswith('/zookeeper/'):
        return 0
    if p == '/':
        p = ''
    c = zlib.crc32(p.encode(charset, 'replace'))
    if n['data'] is not None:
        c = zlib.crc32(n['data'], c)
    return zlib.crc32(struct.pack('>qqqqqiiiq', n['czxid'], n['mzxid'],
                                  n['pzxid'], n['ctime'], n['mtime'],
                                  n['version'], n['cversion'], n['aversion'],
                                  n['ephemeralOwner']), c)


def tree_digest(nodes, charset='utf-8'):
    return sum(node_digest(n, charset) for n in nodes) & (2**64 - 1)


def main(a):
    if len(a) < 2 or a[0] not in ('log', 'snap', 'digest'):
        sys.exit(__doc__)
    for f in a[1:]:
        print('# ' + f.rsplit('/', 1)[-1])
        if a[0] == 'log':
            with open(f, 'rb') as h:
                for rec in read_log(h.read()):
                    print(json.dumps(rec, ensure_ascii=False))
            continue
        d = read_snap(load_snap_bytes(f))
        if a[0] == 'digest':
            print('%d (0x%x)' % ((tree_digest(d['nodes']),) * 2))
            continue
        nodes = d.pop('nodes')
        d['treeDigestComputed'] = tree_digest(nodes)
        print(json.dumps(d, ensure_ascii=False))
        for n in nodes:
            n['data'] = b64(n['data'])
            n['ephemeralOwner'] = '0x%x' % (n['ephemeralOwner'] & (2**64 - 1))
            print(json.dumps(n, ensure_ascii=False))


if __name__ == '__main__':
    main(sys.argv[1:])
