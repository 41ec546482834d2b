#!/usr/bin/python3
"""Holds libpaddock against upstream's C client library, in the place of which it can be put.

    run.py --libs FOLDER [--server PATH] [--java] [--scenario WORD]

FOLDER holds libpaddock.so, libpaddock_st.so and libpaddock.a; --include says where the header
lies if not in the source tree. Checked are:

  scenarios   ../c/scenarios.c, written for upstream's library, is compiled unchanged with our
              header and linked with the shared and with the static library; its transcript on
              each server must be that of the program linked with libzookeeper_mt.
  symbols     every symbol that the programs of zookeeper-bin and python3-zookeeper import from
              libzookeeper_mt is there.
  signatures  our declarations agree with upstream's header, function by function, in both styles.
  layout      sizes, offsets, constants and texts are the same (layout.c).
  cli_mt      Debian's cli_mt, load_gen and the python3-zookeeper binding run with our library
              found as libzookeeper_mt.so.2, with the output they have with upstream's.
  events      events.c, an event-loop program for upstream's header, on libpaddock_st.
  beyond      beyond.c, what libpaddock offers beyond upstream.

What is not installed is skipped; the last line counts.
"""

import argparse
import difflib
import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))
import run as suites  # noqa: E402
import servers  # noqa: E402

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(HERE)))
BINARIES = '/usr/lib/zookeeper/bin'
CFLAGS = ['-std=gnu11', '-Wall', '-Wextra', '-Werror', '-g']
COUNTS = {'passed': 0, 'failed': 0, 'skipped': 0}
# What runs through Debian's cli_mt, one line every PAUSE seconds, since answers come asynchronously.
CLI_LINES = ['create /clib', 'ls /', 'get /clib', 'set /clib hello', 'get /clib', 'wexists /clib',
             'exists /clib', 'sync /clib', 'ls2 /', 'delete /clib', 'ls /', 'exists /clib',
             'create +s /seq', 'create +e /eph', 'ls /', 'addauth digest u:p', 'myid', 'quit']
PAUSE = 0.3
LOAD_SECONDS = 3


def report(name, problem):
    COUNTS['failed' if problem else 'passed'] += 1
    print('%-7s %s%s' % ('FAILED' if problem else 'ok', name, '\n' + problem if problem else ''))
    sys.stdout.flush()


def skip(name, why):
    COUNTS['skipped'] += 1
    print('skipped %s: %s' % (name, why))


def static_flags():
    flags = subprocess.run(['pkg-config', '--libs', '--static', 'apr-1', 'zlib', 'libcrypto'],
                           stdout=subprocess.PIPE, check=True).stdout.decode().split()
    return flags + ['-lpthread']


def compile_scenarios(args, work):
    """{name: command} of the program linked with each library."""
    source = os.path.dirname(HERE) + '/c/scenarios.c'
    ours = CFLAGS + ['-DTHREADED', '-I' + args.include]
    programs = {
        'shared': ours + ['-o', work + '/shared', source, '-L' + args.libs, '-lpaddock',
                          '-Wl,-rpath,' + args.libs, '-lpthread'],
        'static': ours + ['-DUSE_STATIC_LIB', '-o', work + '/static', source,
                          args.libs + '/libpaddock.a'] + static_flags(),
    }
    if os.path.exists('/usr/include/zookeeper/zookeeper.h'):
        programs['upstream'] = CFLAGS + ['-DTHREADED', '-o', work + '/upstream', source,
                                         '-lzookeeper_mt', '-lpthread']
    for name, flags in programs.items():
        suites.build([args.cc] + flags)
    return {name: [work + '/' + name] for name in programs}


def compare_scenarios(args, work, kinds):
    commands = compile_scenarios(args, work)
    if 'upstream' not in commands:
        skip('scenarios', 'Debian package libzookeeper-mt-dev is not installed')
        return
    for kind in kinds:
        where = 'java' if servers.is_java(kind) else 'server'
        expected = suites.play(commands['upstream'], kind, args.scenario)
        for name in ('shared', 'static'):
            got = suites.play(commands[name], kind, args.scenario)
            for scenario in dict.fromkeys(list(expected) + list(got)):
                text = suites.difference(expected.get(scenario), got.get(scenario))
                for _ in range(2):  # a server that is just starting may be slow for one of them
                    if not text:
                        break
                    again = (suites.play(commands['upstream'], kind, scenario),
                             suites.play(commands[name], kind, scenario))
                    text = suites.difference(*(one.get(scenario) for one in again))
                report('scenarios, %s library on %s: %s' % (name, where, scenario), text)


def symbols(path, *flags):
    out = subprocess.run(['nm', '-D'] + list(flags) + [path], stdout=subprocess.PIPE, check=True)
    return {line.split()[-1].split('@')[0] for line in out.stdout.decode().splitlines()}


def python_binding():
    found = glob.glob('/usr/lib/python3/dist-packages/zookeeper.*.so')
    extra = os.environ.get('ZK_PYTHON_BINDING')
    return glob.glob(extra + '/zookeeper.*.so') if extra else found


def check_symbols(args):
    upstream = glob.glob('/usr/lib/*/libzookeeper_mt.so.2')
    users = glob.glob(BINARIES + '/*') + python_binding()
    if not upstream or not users:
        skip('symbols', 'nothing of Debian\'s that uses libzookeeper_mt is installed')
        return
    exported = symbols(upstream[0], '--defined-only')
    ours = symbols(args.libs + '/libpaddock.so', '--defined-only')
    for user in users:
        missing = (symbols(user, '--undefined-only') & exported) - ours
        report('symbols of %s' % os.path.basename(user), ' '.join(sorted(missing)))
    foreign = [name for name in ours
               if not re.match(r'(zoo_|ZOO|zookeeper_|zerror|is_unrecoverable|allocate_|deallocate_|'
                               r'close_zsock|log|_init$|_fini$|_edata|_end|__bss_start)', name)]
    report('no other symbols are visible', ' '.join(foreign))


def declarations(include, *flags):
    """{name: declaration} of the functions in the header below INCLUDE, as the compiler reads it."""
    done = subprocess.run(['cc', '-E', '-P', '-x', 'c', '-'] + list(flags) +
                          (['-I' + include] if include else []), stdout=subprocess.PIPE, check=True,
                          input=b'#include <zookeeper/zookeeper.h>\n')
    text = re.sub(r'__attribute__\(\(.*?\)\)+|\bextern\b', '', done.stdout.decode())
    found = {}
    for part in re.split(r'[;{}]', text):
        part = ' '.join(part.split())
        match = re.match(r'[\w\s*]*?\b((?:zoo|zookeeper)_\w+|zerror|is_unrecoverable|close_zsock|'
                         r'(?:de)?allocate_\w+)\s*\(', part)
        if match and not part.startswith('typedef'):
            found[match.group(1)] = part + ';'
    return found


def check_signatures(args, work):
    """Our declarations are compiled behind upstream's header: a conflict is an error."""
    if not os.path.exists('/usr/include/zookeeper/zookeeper.h'):
        skip('signatures', 'Debian package libzookeeper-mt-dev is not installed')
        return
    for name, flags in (('threaded', ['-DTHREADED']), ('event loop', [])):
        theirs = declarations(None, *flags)
        ours = declarations(args.include, *flags)
        missing = ' '.join(f for f in theirs if f not in ours and
                           not re.match(r'(de)?allocate_', f))
        source = work + '/signatures.c'
        with open(source, 'w') as f:
            f.write('#include <zookeeper/zookeeper.h>\n')
            f.writelines(ours[f] + '\n' for f in ours if f in theirs)
        done = subprocess.run([args.cc, '-Wall', '-Wno-redundant-decls', '-fsyntax-only'] + flags +
                              [source], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        report('signatures, %s: %d functions' % (name, len([f for f in ours if f in theirs])),
               done.stdout.decode() + ('missing: ' + missing if missing else ''))


def check_layout(args, work):
    if not os.path.exists('/usr/include/zookeeper/zookeeper.h'):
        skip('layout', 'Debian package libzookeeper-mt-dev is not installed')
        return
    source = HERE + '/layout.c'
    builds = (['-lzookeeper_mt'], ['-I' + args.include, '-L' + args.libs, '-lpaddock',
                                   '-Wl,-rpath,' + args.libs])
    outputs = []
    for number, flags in enumerate(builds):
        program = '%s/layout%d' % (work, number)
        suites.build([args.cc, '-std=gnu11', '-o', program, source] + flags)
        outputs.append(subprocess.run([program], stdout=subprocess.PIPE, check=True).stdout.decode())
    theirs, ours = (text.splitlines() for text in outputs)
    report('layout, constants and texts: %d lines' % len(theirs), '\n'.join(
        difflib.unified_diff(theirs, ours, 'upstream', 'ours', lineterm='', n=0)))


def mask(text):
    text = re.sub(r'(0x|session Id = )[0-9a-f]{6,}', 'SESSION', text)
    text = re.sub(r'(time ?= ?)\d+( msec)', r'\1N\2', text)
    return re.sub(r'((?:ctime|mtime|czxid|mzxid|pzxid) ?= ?).*', r'\1X', text)


def environment(libs):
    return dict(os.environ, LD_LIBRARY_PATH=libs) if libs else dict(os.environ)


def talk(argv, libs, lines):
    program = subprocess.Popen(argv, env=environment(libs), stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        time.sleep(1)
        for line in lines:
            program.stdin.write(line.encode() + b'\n')
            program.stdin.flush()
            time.sleep(PAUSE)
        out = program.communicate(timeout=15)[0].decode('utf-8', 'replace')
        return mask(out) + 'exit %d\n' % program.returncode
    except (OSError, subprocess.TimeoutExpired):
        return 'did not end, exit %s' % program.poll()
    finally:
        if program.poll() is None:
            program.kill()
            program.wait()


def load(address, libs):
    """load_gen goes round for ever: let it, then look what it said, then let it clean up."""
    argv = [BINARIES + '/load_gen', address, '/load']
    program = subprocess.Popen(argv + ['200'], env=environment(libs), stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT)
    time.sleep(LOAD_SECONDS)
    program.terminate()
    text = program.communicate(timeout=15)[0].decode('utf-8', 'replace')
    rounds = text.count('Starting the delete cycle')
    done = subprocess.run(argv + ['clean'], env=environment(libs), stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=60)
    if rounds < 2 or 'ZOO_ERROR' in text or done.returncode != 0:
        return '%d rounds, clean exit %d\n%s' % (rounds, done.returncode, text[-800:])
    return ''


def compare_cli(args, put, kinds):
    if not os.path.exists(BINARIES + '/cli_mt'):
        skip('cli_mt', 'Debian package zookeeper-bin is not installed')
        return
    for kind in kinds:
        where = 'java' if servers.is_java(kind) else 'server'
        outputs = []
        for libs in (None, put):
            with servers.Server(kind, cfg=suites.CONFIG) as server:
                outputs.append(talk([BINARIES + '/cli_mt', server.address], libs, CLI_LINES))
        problem = '' if outputs[0] == outputs[1] and 'exit 0' in outputs[1] else \
            'upstream:\n%s\nours:\n%s' % tuple(outputs)
        report('cli_mt on %s' % where, problem)
        with servers.Server(kind, cfg=suites.CONFIG) as server:
            report('load_gen on %s' % where, load(server.address, put))


def shim(args, work):
    """Debian's binding wants a symbol that Python 3.11 no longer exports, so it cannot be imported
    at all; only its set_log_stream looks at it. A library with the symbol lets the rest be tried."""
    with open(work + '/shim.c', 'w') as f:
        f.write('char PyIOBase_Type[1024];\n')
    suites.build([args.cc, '-shared', '-fPIC', '-o', work + '/shim.so', work + '/shim.c'])
    return work + '/shim.so'


def check_binding(args, work, put, kinds):
    found = python_binding()
    if not found:
        skip('python binding', 'Debian package python3-zookeeper is not installed')
        return
    env = dict(environment(put), PYTHONPATH=os.path.dirname(found[0]), LD_PRELOAD=shim(args, work))
    for kind in kinds:
        where = 'java' if servers.is_java(kind) else 'server'
        with servers.Server(kind, cfg=suites.CONFIG) as server:
            done = subprocess.run(['/usr/bin/python3', HERE + '/binding.py', server.address], env=env,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60)
            text = done.stdout.decode('utf-8', 'replace')
            good = done.returncode == 0 and text.endswith('all well\n')
            report('python binding on %s' % where, '' if good else
                   'exit %d\n%s' % (done.returncode, text[-1500:]))


def check_programs(args, work, kinds):
    """Programs that check by themselves and say 'all well'."""
    for name, library in (('events', 'paddock_st'), ('beyond', 'paddock')):
        program = work + '/' + name
        suites.build([args.cc] + CFLAGS + ['-I' + args.include, '-o', program,
                                           '%s/%s.c' % (HERE, name), '-L' + args.libs,
                                           '-l' + library, '-Wl,-rpath,' + args.libs])
        for kind in kinds:
            where = 'java' if servers.is_java(kind) else 'server'
            with servers.Server(kind, cfg=suites.CONFIG) as server:
                done = subprocess.run([program, server.address], stdout=subprocess.PIPE,
                                      stderr=subprocess.STDOUT, timeout=120)
                text = done.stdout.decode('utf-8', 'replace')
                good = done.returncode == 0 and text.endswith('all well\n')
                report('%s on %s' % (name, where), '' if good else
                       'exit %d\n%s' % (done.returncode, text[-1500:]))


def main():
    parser = argparse.ArgumentParser(description='libpaddock in the place of libzookeeper_mt')
    parser.add_argument('--libs', required=True, help='folder of the libraries')
    parser.add_argument('--include', default=ROOT + '/src/libpaddock/include', help='folder of zookeeper/zookeeper.h')
    parser.add_argument('--server', default=servers.default_server())
    parser.add_argument('--java', action='store_true', help='on the Java server too')
    parser.add_argument('--cc', default='cc')
    parser.add_argument('--scenario', help='only scenarios whose name holds this word')
    args = parser.parse_args()
    args.libs = os.path.abspath(args.libs)
    kinds = [args.server] + (['java'] if args.java else [])
    for kind in kinds:
        servers.check_available(kind)
    work = tempfile.mkdtemp(prefix='zkconf-clib-')
    try:
        put = work + '/put'
        os.mkdir(put)
        os.symlink(os.path.realpath(args.libs + '/libpaddock.so'), put + '/libzookeeper_mt.so.2')
        check_symbols(args)
        check_signatures(args, work)
        check_layout(args, work)
        check_programs(args, work, kinds)
        compare_cli(args, put, kinds)
        check_binding(args, work, put, kinds)
        compare_scenarios(args, work, kinds)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    print('%(passed)d passed, %(failed)d failed, %(skipped)d skipped' % COUNTS)
    return 1 if COUNTS['failed'] else 0


if __name__ == '__main__':
    servers.skip_main(main)
