"""The one list of known differences between servers, in code; DIFFERENCES.md explains each.

The Java server of the Debian packages is 3.8.0, ours behaves as 3.9.5, and a few faults of
the Java server are not copied. A Profile says how one server behaves on each point; what a
comparison must avoid or map follows from the two profiles and from nothing else. Comparing
two servers of equal profile therefore hides nothing.
"""

import collections

import servers

Profile = collections.namedtuple('Profile', (
    'name',
    'event_zxid',           # D1  notifications carry the zxid of their change (else -1)
    'exists_checks_read',   # D2  exists needs READ on the node
    'modes_coexist',        # D3  several watch modes on one path live side by side
    'typed_removal',        # D4  removeWatches/checkWatches know types 4 and 5
    'create2_in_multi',     # D5  create2 in a multi is answered with type 15 and a Stat
    'flag_in_multi',        # D6  odd create flags or null ACL in a multi fail it whole (-5)
    'top_level_check',      # D7  check outside a multi is an unknown opcode (else no answer)
    'ipv6_acl',             # D8  ip ACLs may hold IPv6 addresses
    'own_watches_only',     # D11 checkWatches ignores the watches of other connections
    'keeps_java_faults',    # D10 accepts what the faults list of the description names
))

JAVA_38 = Profile('java 3.8', False, False, False, False, False, False, False, False, False, True)
JAVA_39 = Profile('java 3.9', True, True, True, True, True, True, True, True, True, True)
OURS = Profile('ours', True, True, True, True, True, True, True, True, True, False)

# id, what differs, how the differential test treats it. DIFFERENCES.md has the same ids.
TABLE = (
    ('D1', 'zxid of watch events', 'mapped: left out of the comparison, checked on its own'),
    ('D2', 'exists without READ permission', 'avoided: exists only on nodes without special ACL'),
    ('D3', 'several watch modes on a path', 'avoided: each session keeps to one kind of watch'),
    ('D4', 'removeWatches types 4 and 5', 'avoided'),
    ('D5', 'create2 inside multi', 'mapped: path compared, type and Stat left out'),
    ('D6', 'odd flags, null ACL, null path inside multi', 'avoided'),
    ('D7', 'check outside multi', 'avoided'),
    ('D8', 'IPv6 in ip ACLs', 'avoided'),
    ('D9', 'zxid of an undecodable write', 'mapped: a server may spend a zxid on it or not'),
    ('D10', 'inputs that damage the Java server', 'avoided here, sent by robustness.py'),
    ('D11', 'checkWatches counts watches of others', 'avoided: asks for an unwatched path'),
    ('D12', 'writes after which a Java tree digest is wrong', 'avoided in handover.py'),
    ('D13', 'create2 in a multi in a log read by 3.8.0', 'avoided in handover.py'),
    ('D14', 'order of the entries that an auth ACL becomes', 'mapped: digests are sorted'),
    ('D15', 'characters beyond U+FFFF and bytes that are no UTF-8, in events and sync',
     'mapped: surrogates are joined, U+FFFD put for the bytes'),
    ('D16', 'writes pipelined behind setACL or behind a multi that breaks off with -5',
     'avoided: nothing is pipelined behind those'),
    ('D17', 'hard quota limits while writes are in flight',
     'avoided: such writes are not pipelined'),
    ('D18', 'usage of quotas after a restart', 'avoided: a seed has quotas or restarts'),
)


def profile_of(server):
    """Profile of a running server."""
    if not servers.is_java(server.kind):
        return OURS
    first = servers.four_letter(server.port, 'srvr').split('\n')[0]
    version = first.partition(':')[2].strip()
    numbers = version.split('-')[0].split(',')[0].split('.')
    return JAVA_38 if tuple(map(int, numbers[:2])) < (3, 9) else JAVA_39


def common(a, b):
    """What may be asked of both: a point is on only if both servers have it on.

    keeps_java_faults is turned round: faults may only be provoked when neither has them,
    which for two servers never matters, so one of them having them is enough to avoid them.
    """
    flags = [x and y for x, y in zip(a[1:-1], b[1:-1])]
    return Profile('%s / %s' % (a.name, b.name), *flags, a[-1] or b[-1])
