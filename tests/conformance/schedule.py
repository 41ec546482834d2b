"""Random operations for the differential test, decided by a seed and the reference's replies.

The generator keeps a small picture of the world (which paths exist, their versions, who owns
an ephemeral) from the replies of the reference server, so that most operations reach
something; the rest are wrong on purpose. It knows the known differences (differences.py) only
through the Profile common to both servers.

Invariants
 1. Same seed and same replies of the reference give the same schedule.
 2. What is handled when it is read, not in turn (auth, sasl, unknown opcodes), is never
    pipelined behind another request: its place among the replies would be a race.
 3. Nothing is generated that the table of differences says to avoid.
"""

import collections

import wire as w

# op       opcode
# body     bytes, or a function of a side for what depends on the side (zxids)
# text     for people
# alone    must not be pipelined with others
# closes   the server closes the connection after (or instead of) the reply
# silent   there is no reply
# subops   opcodes inside a multi
# path     the path it is about, if any
Op = collections.namedtuple('Op', 'op body text alone closes silent subops path')

NAMES = ('a', 'b', 'c', 'd', 'n', 'long-name', '...', '.x', 'x..', 'with space', 'a:b', 'b\\s',
         '\u00fc', '\u65e5\u672c', '\ud7ff', '\uf900', '%s', 'q-0000000001')
BAD_PATHS = ('', 'a', '//', '/a/', '/a//b', '/a/.', '/a/../b', '/.', '/..', '/a\0b', '/a/\x01',
             '/a/\x7f', '/a/\x9f', '/\ue000', '/a/\uf8ff', '/\ufff0', '/a/\ufffd',
             '/\U0001f600', '/a\udc80', '/ /', '/missing/x/y', '/zookeeper/none',
             None)
CREDENTIALS = (b'u:p', b'q:r', b'zz', b'', b'bob:pw', b'super:secret', b'super:wrong', b':')
DIGEST = {'u': 'u:Jq7wMyA/w2Vd5WIDAKdu4OIIFEQ=', 'q': 'q:2cmNiQsCVw+bI6ZNi2cPh8iUBno='}
GOOD_ACLS = (
    w.READ_ACL, w.CREATOR_ACL,
    ((w.ALL, 'digest', DIGEST['u']), (w.READ, 'world', 'anyone')),
    ((w.ALL, 'digest', DIGEST['q']),),
    ((w.ALL, 'ip', '127.0.0.1'),), ((w.ALL, 'ip', '127.0.0.0/8'),), ((w.ALL, 'ip', '10.0.0.1'),),
    ((w.READ | w.ADMIN, 'ip', '0.0.0.0/0'), (w.WRITE, 'world', 'anyone')),
    w.OPEN_ACL + w.OPEN_ACL, ((w.ALL | 0x40, 'world', 'anyone'),),
    ((0, 'world', 'anyone'), (w.ALL, 'world', 'anyone')),
    ((w.READ, 'auth', 'ignored'), (w.ALL, 'world', 'anyone')),
    ((w.ALL ^ w.READ, 'world', 'anyone'),), ((w.ALL ^ w.DELETE, 'world', 'anyone'),),
    ((w.ALL, 'digest', 'a:b'), (w.READ | w.ADMIN, 'world', 'anyone')),
    ((w.ALL, 'digest', ':b'), (w.READ, 'world', 'anyone')),
)
BAD_ACLS = (
    (), None, ((w.ALL, 'world', 'someone'),), ((w.ALL, 'super', ''),), ((w.ALL, 'sasl', 'u'),),
    ((w.ALL, 'x509', 'CN=a'),), ((w.ALL, 'nosuch', 'x'),), ((w.ALL, None, 'x'),),
    ((w.ALL, 'digest', 'a'),), ((w.ALL, 'digest', 'a:'),), ((w.ALL, 'digest', 'a:b:c'),),
    ((w.ALL, 'digest', ''),), ((w.ALL, 'digest', None),), ((w.ALL, 'world', None),),
    ((w.ALL, 'ip', '1.2.3'),), ((w.ALL, 'ip', '1.2.3.4.5'),), ((w.ALL, 'ip', '1.2.3.256'),),
    ((w.ALL, 'ip', '1.2.3.4/33'),), ((w.ALL, 'ip', '1.2.3.4/-1'),), ((w.ALL, 'ip', '1.2.3.4/'),),
    ((w.ALL, 'ip', ''),), ((w.ALL, 'ip', None),),
    w.OPEN_ACL + ((w.ALL, 'nosuch', 'x'),),
)
IPV6_ACLS = (((w.ALL, 'ip', '::1'), (w.ALL, 'world', 'anyone')), ((w.ALL, 'ip', '1::/129'),),
             ((w.READ, 'ip', '2001:db8::/32'), (w.ALL, 'world', 'anyone')))
TTLS = (1, 1000000, 0xFFFFFFFFFF, 0, -1, 0x10000000000, 1 << 62, -(1 << 63))
QUOTAS = (b'count=5,bytes=-1', b'count=1000,bytes=50', b'bytes=3,count=3',
          b'count=6,bytes=-1=;byteHardLimit=-1;countHardLimit=4',
          b'count=-1,bytes=-1=;byteHardLimit=40;countHardLimit=-1')
QUOTA_OPS = (w.CREATE, w.CREATE2, w.CREATE_CONTAINER, w.CREATE_TTL, w.SET_DATA, w.DELETE, w.MULTI)
UNKNOWN_OPS = (0, -1, 10, 23, 99, 108, -12, 1000000, -2147483648)
QUOTA_ROOT = '/zookeeper/quota'
WEIGHTS = (
    ('create', 20), ('create2', 10), ('container', 3), ('ttl', 4), ('delete', 9),
    ('exists', 8), ('get_data', 9), ('set_data', 12), ('get_acl', 4), ('set_acl', 3),
    ('children', 5), ('children2', 5), ('sync', 2), ('ping', 1), ('multi', 8),
    ('multi_read', 4), ('add_watch', 4), ('check_watches', 3), ('remove_watches', 3),
    ('set_watches', 2), ('set_watches2', 2), ('auth', 3), ('sasl', 1), ('who', 2),
    ('ephemerals', 2), ('all_children', 2), ('reconfig', 1), ('quota', 2), ('unknown', 1),
    ('malformed', 4), ('top_check', 1),
)


class World:
    """What the reference's replies told."""

    def __init__(self):
        self.paths = {'/': None, '/zookeeper': None, QUOTA_ROOT: None, '/zookeeper/config': None}
        self.version = {}
        self.aversion = {}
        self.special_acl = set()

    def add(self, path, owner=None):
        self.paths[path] = owner

    def created(self, asked, path, owner):
        self.add(path, owner)
        if asked in self.special_acl:
            self.special_acl.add(path)

    def remove(self, path):
        if path not in ('/', '/zookeeper', QUOTA_ROOT, '/zookeeper/config'):
            self.paths.pop(path, None)
            self.version.pop(path, None)

    def stat(self, path, stat):
        self.version[path] = stat.version
        self.aversion[path] = stat.aversion

    def session_closed(self, number):
        for path in [p for p, owner in self.paths.items() if owner == number]:
            self.remove(path)

    def learn(self, op, reply, session):
        """Takes over what one successful reply of the reference says."""
        if not isinstance(reply, w.Reply) or reply.err not in (w.OK, w.NO_NODE):
            return
        if op.op == w.MULTI:
            self._learn_multi(op, reply, session)
        elif reply.err == w.NO_NODE:
            if op.op in (w.EXISTS, w.GET_DATA, w.GET_CHILDREN):
                self.remove(op.path)
        elif op.op in (w.CREATE, w.CREATE2, w.CREATE_CONTAINER, w.CREATE_TTL):
            self.created(op.path, reply.body[0], session if op.subops else None)
        elif op.op == w.DELETE:
            self.remove(op.path)
        elif reply.body and isinstance(reply.body[-1], w.Stat) and op.path:
            self.stat(op.path, reply.body[-1])

    def _learn_multi(self, op, reply, session):
        results = reply.body[0] if reply.body else ()
        if any(r[0] == w.ERROR for r in results):
            return
        for (code, path, owned), result in zip(op.subops, results):
            if code == w.DELETE:
                self.remove(path)
            elif result[0] in (w.CREATE, w.CREATE2):
                self.created(path, result[2], session if owned else None)


class Schedule:
    def __init__(self, rng, profile, session_count, max_paths=220, enforced_quota=False,
                 quotas=True):
        self.rng = rng
        self.profile = profile
        self.session_count = session_count
        self.max_paths = max_paths
        self.enforced_quota = enforced_quota
        self.quotas = quotas
        self.world = World()
        self.watched = {}       # session -> paths it set watches on lately
        self.kinds = [name for name, weight in WEIGHTS for _ in range(weight)]

    # ---- small choices -------------------------------------------------------------------

    def chance(self, percent):
        return self.rng.randrange(100) < percent

    def known_path(self):
        return self.rng.choice(list(self.world.paths))

    def child_of(self, parent):
        return (parent if parent != '/' else '') + '/' + self.rng.choice(NAMES)

    def path(self):
        roll = self.rng.randrange(100)
        if roll < 70:
            return self.known_path()
        if roll < 94:
            return self.new_path()
        return self.rng.choice(BAD_PATHS)

    def new_path(self):
        parent = self.known_path()
        if parent.count('/') > 4 or parent.startswith('/zookeeper') or self.chance(25):
            parent = '/'
        return self.child_of(parent)

    def version(self, path, versions):
        roll = self.rng.randrange(100)
        if roll < 55:
            return -1
        if roll < 90:
            return versions.get(path, 0)
        return self.rng.choice((0, 1, 7, -2, 2147483647, -2147483648))

    def data(self):
        roll = self.rng.randrange(100)
        if roll < 8:
            return None
        if roll < 16:
            return b''
        size = 20000 if roll == 99 else self.rng.randrange(1, 40)
        return self.rng.getrandbits(8 * size).to_bytes(size, 'big')

    def acl(self):
        roll = self.rng.randrange(100)
        if roll < 78:
            return w.OPEN_ACL
        if roll < 93:
            return self.rng.choice(GOOD_ACLS)
        if roll < 95 and self.profile.ipv6_acl:
            return self.rng.choice(IPV6_ACLS)
        return self.rng.choice(BAD_ACLS)

    def flags(self, path):
        roll = self.rng.randrange(100)
        if roll < 92:
            return self.rng.choice((0, 0, 0, 1, 2, 3))
        return self.rng.choice((5, 6, 7, -1, 99, 2147483647))

    def kinds_of_watch(self, session):
        """Which watches a session may set, see D3."""
        if self.profile.modes_coexist:
            return 'standard persistent recursive'
        return ('standard', 'standard', 'persistent', 'recursive')[session % 4]

    def watch(self, session, path):
        watch = 'standard' in self.kinds_of_watch(session) and self.chance(50)
        return watch and self.note_watch(session, path)

    def note_watch(self, session, path):
        self.watched.setdefault(session, []).append(path)
        del self.watched[session][:-30]
        return True

    def forbidden(self, path):
        """Writing arbitrary data there is on the list of faults (D10)."""
        return path is not None and (path == '' or path.startswith(QUOTA_ROOT))

    # ---- operations ----------------------------------------------------------------------

    def make(self, op, body, text, alone=False, closes=False, silent=False, subops=(), path=None):
        return Op(op, body, '%s %s' % (w.NAMES.get(op, op), text), alone, closes, silent, subops,
                  path)

    def op_create(self, session, op=w.CREATE):
        path = self.new_path() if self.chance(70) else self.path()
        if self.forbidden(path) or len(self.world.paths) > self.max_paths:
            return self.op_delete(session)
        data, acl, flags = self.data(), self.acl(), self.flags(path)
        if flags in (2, 3) and path and path != '/' and self.chance(15):
            path += '/'
        if acl is not w.OPEN_ACL:
            self.world.special_acl.add(path)
        return self.make(op, w.create(path, data, acl, flags),
                         '%r flags %d acl %r data %s' % (path, flags, acl, short(data)),
                         subops=(1,) if flags in (1, 3) else (), path=path)

    def op_create2(self, session):
        return self.op_create(session, w.CREATE2)

    def op_container(self, session):
        path, data, acl = self.new_path(), self.data(), self.acl()
        if acl is not w.OPEN_ACL:
            self.world.special_acl.add(path)
        flags = 4 if self.chance(90) else self.rng.choice((5, 6, 7, -1))
        return self.make(w.CREATE_CONTAINER, w.create(path, data, acl, flags),
                         '%r flags %d acl %r data %s' % (path, flags, acl, short(data)), path=path)

    def op_ttl(self, session):
        path, data, acl = self.new_path(), self.data(), self.acl()
        if acl is not w.OPEN_ACL:
            self.world.special_acl.add(path)
        flags = self.rng.choice((5, 5, 5, 6, 6, 0, 1, 2, 3, 4, 7))
        ttl = self.rng.choice(TTLS)
        if flags < 5 and ttl < 0:       # D10: ends the Java server
            ttl = 1
        return self.make(w.CREATE_TTL, w.create_ttl(path, data, acl, flags, ttl),
                         '%r flags %d ttl %d acl %r data %s' % (path, flags, ttl, acl, short(data)),
                         path=path)

    def op_delete(self, session):
        path = self.known_path() if self.chance(80) else self.path()
        version = self.version(path, self.world.version)
        return self.make(w.DELETE, w.path_version(path, version), '%r version %d' % (path, version),
                         path=path)

    def readable(self, path):
        """D2: without the READ check in exists, nodes with special ACLs are left alone."""
        return self.profile.exists_checks_read or path not in self.world.special_acl

    def op_exists(self, session):
        path = self.path()
        if not self.readable(path):
            path = '/zookeeper'
        watch = self.watch(session, path)
        return self.make(w.EXISTS, w.path_watch(path, watch), '%r watch %d' % (path, watch),
                         path=path)

    def read(self, session, op):
        path = self.path()
        watch = self.watch(session, path)
        return self.make(op, w.path_watch(path, watch), '%r watch %d' % (path, watch), path=path)

    def op_get_data(self, session):
        return self.read(session, w.GET_DATA)

    def op_children(self, session):
        return self.read(session, w.GET_CHILDREN)

    def op_children2(self, session):
        return self.read(session, w.GET_CHILDREN2)

    def op_set_data(self, session):
        path, data = self.path(), self.data()
        if self.forbidden(path):
            path = self.new_path()
        version = self.version(path, self.world.version)
        return self.make(w.SET_DATA, w.set_data(path, data, version),
                         '%r version %d data %s' % (path, version, short(data)), path=path)

    def op_get_acl(self, session):
        path = self.path()
        return self.make(w.GET_ACL, w.ustr(path), '%r' % path, path=path)

    def op_set_acl(self, session):
        path = self.path()
        if path in ('/', '', None) or path.startswith('/zookeeper'):
            path = self.new_path()
        acl, version = self.acl(), self.version(path, self.world.aversion)
        self.world.special_acl.add(path)
        return self.make(w.SET_ACL, w.set_acl(path, acl, version),
                         '%r version %d acl %r' % (path, version, acl), path=path)

    def op_sync(self, session):
        path = self.rng.choice((self.known_path(), None, '', '/nothing'))
        return self.make(w.SYNC, w.ustr(path), '%r' % path)

    def op_ping(self, session):
        return self.make(w.PING, b'', '')

    def op_who(self, session):
        return self.make(w.WHO_AM_I, b'', '')

    def op_ephemerals(self, session):
        prefix = self.rng.choice((None, '', '/', ' ', '/a', '/b', self.known_path()))
        return self.make(w.GET_EPHEMERALS, w.ustr(prefix), '%r' % prefix)

    def op_all_children(self, session):
        path = self.path()
        return self.make(w.ALL_CHILDREN, w.ustr(path), '%r' % path)

    def op_add_watch(self, session):
        kinds = self.kinds_of_watch(session)
        modes = [m for m, kind in enumerate(('persistent', 'recursive')) if kind in kinds]
        mode = self.rng.choice(modes) if modes and self.chance(92) else self.rng.choice((2, -1))
        path = self.path() or ''        # null: D10
        self.note_watch(session, path)
        return self.make(w.ADD_WATCH, w.path_int(path, mode), '%r mode %d' % (path, mode))

    def watch_type(self, session):
        if not self.profile.typed_removal:
            if 'standard' in self.kinds_of_watch(session):
                return self.rng.choice((1, 2, 3, 3, 0, 6, -1))
            return self.rng.choice((3, 3, 3, 0, 6))
        return self.rng.choice((1, 2, 3, 4, 5, 0, 6, -1))

    def watch_op(self, session, op):
        watched = self.watched.get(session)
        path = self.rng.choice(watched) if watched and self.chance(70) else self.path()
        kind = self.watch_type(session)
        return self.make(op, w.path_int(path, kind), '%r type %d' % (path, kind))

    def op_check_watches(self, session):
        op = self.watch_op(session, w.CHECK_WATCHES)
        if not self.profile.own_watches_only:
            return op._replace(body=w.path_int('/never/watched', 3), text='check_watches never')
        return op

    def op_remove_watches(self, session):
        return self.watch_op(session, w.REMOVE_WATCHES)

    def path_list(self, wanted):
        if not wanted:
            return ()
        return tuple(self.path() or '' for _ in range(self.rng.randrange(3)))

    def op_set_watches(self, session, op=w.SET_WATCHES):
        kinds = self.kinds_of_watch(session)
        lists = [self.path_list('standard' in kinds) for _ in range(3)]
        if op == w.SET_WATCHES2:
            lists += [self.path_list('persistent' in kinds), self.path_list('recursive' in kinds)]
        back = self.rng.choice((0, 0, 5, 50, 1000000))

        def body(side):
            return w.set_watches(side.zxid_before(back), *lists)
        return self.make(op, body, '%d zxids back, %r' % (back, lists))

    def op_set_watches2(self, session):
        return self.op_set_watches(session, w.SET_WATCHES2)

    def op_auth(self, session):
        roll = self.rng.randrange(100)
        if roll < 80:
            secret = self.rng.choice(CREDENTIALS)
            return self.make(w.AUTH, w.auth('digest', secret), 'digest %r' % secret, alone=True)
        if roll < 90:
            return self.make(w.AUTH, w.auth('ip', b'9.9.9.9'), 'ip', alone=True)
        scheme, secret = self.rng.choice((('world', b'anyone'), ('super', b''), ('nosuch', b'x'),
                                          (None, b''), ('digest', None), ('', b''),
                                          ('auth', b'x'), ('sasl', b'x'), ('x509', b'x')))
        return self.make(w.AUTH, w.auth(scheme, secret), '%r %r' % (scheme, secret), alone=True,
                         closes=True)

    def op_sasl(self, session):
        token = self.rng.choice((b'', b'token'))
        return self.make(w.SASL, w.buf(token), '%r' % token, alone=True)

    def op_reconfig(self, session):
        args = self.rng.choice(((None, None, None, -1), ('server.2=h:1:2;3', None, None, -1),
                                (None, '1', None, 5), (None, 'x', None, -1),
                                (None, None, 'rubbish', -1)))
        return self.make(w.RECONFIG, w.reconfig(*args), '%r' % (args,))

    def op_unknown(self, session):
        return self.make(self.rng.choice(UNKNOWN_OPS), b'', '', alone=True, closes=True)

    def op_top_check(self, session):
        if not self.profile.top_level_check:
            return self.op_exists(session)
        return self.make(w.CHECK, w.path_version('/'), 'outside multi', alone=True, closes=True)

    def op_quota(self, session):
        tops = [p for p in self.world.paths if 0 < p.count('/') <= 2 and p != '/' and
                not p.startswith('/zookeeper')]
        if not tops or not self.quotas:
            return self.op_create(session)
        top = self.rng.choice(sorted(tops))
        ops, at = [], QUOTA_ROOT
        for name in top[1:].split('/'):
            at += '/' + name
            if at not in self.world.paths:
                ops.append((w.CREATE, at, w.create(at)))
        limits, stats = at + '/zookeeper_limits', at + '/zookeeper_stats'
        text = self.rng.choice(QUOTAS)
        if limits in self.world.paths and self.chance(70):
            op = self.rng.choice(('set', 'get', 'get', 'get', 'delete'))
            if op == 'set':
                return self.make(w.SET_DATA, w.set_data(limits, text), '%r %r' % (limits, text),
                                 path=limits)
            if op == 'get':
                return self.make(w.GET_DATA, w.path_watch(stats, False), '%r' % stats, path=stats)
            return self.make(w.DELETE, w.path_version(limits), '%r' % limits, path=limits)
        if limits not in self.world.paths:
            ops.append((w.CREATE, limits, w.create(limits, text)))
        if stats not in self.world.paths:
            ops.append((w.CREATE, stats, w.create(stats, b'count=0,bytes=0')))
        return self.multi_of(ops, 'quota on %r %r' % (top, text))

    def multi_of(self, ops, text):
        body = w.multi([(op, body) for op, _, body in ops])
        return self.make(w.MULTI, body, text, subops=tuple((op, p, False) for op, p, _ in ops))

    def op_multi(self, session):
        parts, texts, subops = [], [], []
        for _ in range(self.rng.randrange(0 if self.chance(5) else 1, 6)):
            make = self.rng.choice((self.op_create, self.op_create, self.op_create2, self.op_delete,
                                    self.op_set_data, self.op_set_data, self.multi_check,
                                    self.multi_container, self.multi_ttl, self.multi_odd))
            part = make(session)
            if part.op not in (w.CREATE, w.CREATE2, w.DELETE, w.SET_DATA, w.CHECK,
                               w.CREATE_CONTAINER, w.CREATE_TTL):
                continue
            if not self.profile.flag_in_multi and self.differs_in_multi(part):
                continue
            parts.append((part.op, part.body))
            texts.append(part.text)
            subops.append((part.op, part.path, bool(part.subops)))
        if self.chance(3):
            stranger = self.rng.choice(((w.SET_ACL, w.set_acl('/a', w.OPEN_ACL)),
                                        (w.GET_DATA, w.path_watch('/')),
                                        (w.DELETE_CONTAINER, w.ustr('/a')), (77, b'')))
            parts.append(stranger)
            texts.append('stranger %d' % stranger[0])
            subops.append((stranger[0], None, False))
        return self.make(w.MULTI, w.multi(parts), '[' + '; '.join(texts) + ']',
                         subops=tuple(subops))

    def differs_in_multi(self, part):
        """D6: creates with odd flags or a null ACL, and null paths."""
        if part.path is None:
            return True
        if part.op in (w.CREATE, w.CREATE2):
            d = w.Decoder(part.body)
            d.ustr(), d.buf()
            return d.i32() < 0 or not 0 <= w.Decoder(part.body[-4:]).i32() <= 4
        return False

    def multi_check(self, session):
        path = self.path() if self.chance(15) else self.known_path()
        version = self.version(path, self.world.version)
        return self.make(w.CHECK, w.path_version(path, version), '%r version %d' % (path, version),
                         path=path)

    def multi_container(self, session):
        path = self.new_path()
        return self.make(w.CREATE_CONTAINER, w.create(path, flags=4), '%r' % path, path=path)

    def multi_ttl(self, session):
        path = self.new_path()
        flags, ttl = self.rng.choice((5, 6)), self.rng.choice(TTLS)
        return self.make(w.CREATE_TTL, w.create_ttl(path, flags=flags, ttl=ttl),
                         '%r flags %d ttl %d' % (path, flags, ttl), path=path)

    def multi_odd(self, session):
        """Modes that do not fit their opcode: inside a multi the mode decides."""
        path = self.new_path()
        if self.chance(50):
            op = self.rng.choice((w.CREATE, w.CREATE2))
            return self.make(op, w.create(path, flags=4), '%r flags 4' % path, path=path)
        flags, ttl = self.rng.randrange(4), self.rng.choice((-1, 5))
        return self.make(w.CREATE_TTL, w.create_ttl(path, flags=flags, ttl=ttl),
                         '%r flags %d ttl %d' % (path, flags, ttl),
                         subops=(1,) if flags in (1, 3) else (), path=path)

    def op_multi_read(self, session):
        parts, texts = [], []
        for _ in range(self.rng.randrange(5)):
            op = self.rng.choice((w.GET_DATA, w.GET_CHILDREN))
            path = self.path()
            parts.append((op, w.path_watch(path, self.chance(50))))
            texts.append('%s %r' % (w.NAMES[op], path))
        if self.chance(8):
            parts.append(self.rng.choice(((w.CREATE, w.create('/mr')),
                                          (w.EXISTS, w.path_watch('/')),
                                          (w.GET_CHILDREN2, w.path_watch('/')))))
            texts.append('stranger %d' % parts[-1][0])
        return self.make(w.MULTI_READ, w.multi(parts), '[' + '; '.join(texts) + ']')

    def op_malformed(self, session):
        """A good request whose body is cut short, or has bytes to spare."""
        name = self.rng.choice(('create', 'create2', 'container', 'delete', 'exists', 'ttl',
                                'get_data', 'set_data', 'get_acl', 'set_acl', 'children',
                                'children2', 'sync', 'multi', 'multi_read', 'add_watch', 'who',
                                'check_watches', 'remove_watches', 'ephemerals', 'all_children',
                                'auth', 'sasl', 'reconfig'))
        op = getattr(self, 'op_' + name)(session)
        if callable(op.body):
            return op
        if not op.body or self.chance(25):
            return op._replace(body=op.body + b'spare\0\0', text=op.text + ' + spare bytes')
        size = self.rng.randrange(len(op.body))
        closes = op.op in (w.AUTH, w.SASL)
        return op._replace(body=op.body[:size], text=op.text + ' cut to %d bytes' % size,
                           alone=op.alone or closes, closes=closes, silent=closes)

    def operation(self, session):
        return getattr(self, 'op_' + self.rng.choice(self.kinds))(session)

    def ends_batch(self, op):
        """Whether nothing may be pipelined behind op: D16, D17."""
        return (op.op == w.SET_ACL or may_break_off(op) or
                self.enforced_quota and op.op in QUOTA_OPS)

    def batch(self, session):
        """A few operations to pipeline on one session."""
        ops = [self.operation(session)]
        if not ops[0].alone:
            for _ in range(self.rng.choice((0, 0, 1, 2, 4, 7))):
                op = self.operation(session)
                if op.alone or self.ends_batch(ops[-1]):
                    break
                ops.append(op)
        return ops


def may_break_off(op):
    """Whether a multi may be given up in its middle as undecodable (-5)."""
    return op.op == w.MULTI and ('None' in op.text or 'stranger' in op.text or
                                 'cut to' in op.text)


def short(data):
    if data is None:
        return 'null'
    return repr(data) if len(data) <= 8 else '%d bytes' % len(data)
