"""wine.py -- what smoke.py, service.py and installer.py share: Windows programs run, clients connect, checks count.

A test is a class derived from Checks, whose methods check_A_SENTENCE run in the order in which they are written;
a failed one does not hide the others.  main() makes it with the build directory, a directory of its own, and the
folder of native programs if one was named; test.sh has a wine prefix ready, and by hand WINEPREFIX names one that
nothing else uses.

Invariants
 1. Nothing waits for ever.
 2. What a program prints goes into a file: wine hands its own stderr down, so a pipe would stay open with the
    server that a program leaves behind.
"""
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from kazoo.client import KazooClient

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent.parent / "tests" / "conformance"))
sys.path.insert(0, str(HERE.parent.parent / "tests" / "tutorials"))
import servers  # noqa: E402

WINE = servers.wine_program()
free_port = servers.free_port


def expect(condition, what):
    if not condition:
        raise AssertionError(what)


def wait_for(condition, what, seconds=30):
    """Until CONDITION() holds; WHAT, a text or what makes one, says what is wrong when it does not."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() >= deadline:
            raise AssertionError(what() if callable(what) else what)
        time.sleep(0.1)


def client(port, timeout=30):
    zk = KazooClient(hosts=f"127.0.0.1:{port}", timeout=timeout)
    zk.start(20)
    return zk


def leave(zk):
    zk.stop()
    zk.close()


def word(port, text):
    """The answer to a four-letter word, '' when nobody answers."""
    try:
        return servers.four_letter(port, text)
    except OSError:
        return ""


def windows_path(path):
    return "Z:" + str(path).replace("/", "\\")


def copy_programs(build, folder):
    """What the archive has in bin."""
    folder.mkdir(parents=True)
    for source in (build / "bin").iterdir():
        if source.suffix == ".cmd" or source.name in ("zkserver.exe", "zkcli.exe", "zktool.exe"):
            shutil.copy2(source, folder)


def text_of(path):
    return path.read_text(errors="replace").replace("\r", "")


def run(root, *words, cwd=None, stdin=None, seconds=90):
    """A Windows program or script; its exit code, output and errors.  ROOT is where they are kept meanwhile."""
    out, err = root / "out.txt", root / "err.txt"
    with open(out, "wb") as o, open(err, "wb") as e:
        code = subprocess.run([WINE, *map(str, words)], cwd=cwd, stdout=o, stderr=e,
                              stdin=stdin or subprocess.DEVNULL, timeout=seconds).returncode
    return code, text_of(out), text_of(err)


def log_on():
    """A program that waits: wine ends its services a moment after the last program of a user has gone."""
    return subprocess.Popen([WINE, "cmd"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                            stderr=subprocess.DEVNULL)


def log_off(user):
    user.stdin.close()
    user.wait(60)


class Checks:
    def __init__(self, build, root, native):
        self.build = build
        self.root = root
        self.native = native

    def close(self):
        """After the last check."""

    def explain(self):
        """What may help to understand a failure, printed."""

    def run_all(self):
        passed = failed = 0
        for name in [n for n in type(self).__dict__ if n.startswith("check_")]:
            sentence = name[len("check_"):].replace("_", " ")
            try:
                getattr(self, name)()
                passed += 1
                print(f"ok      {sentence}", flush=True)
            except Exception as error:  # a failed check must not hide the others
                failed += 1
                print(f"FAILED  {sentence}: {type(error).__name__}: {error}", flush=True)
        self.close()
        if failed:
            self.explain()
        print(f"{passed} passed, {failed} failed")
        return 1 if failed else 0


def main(tests):
    build = Path(sys.argv[1] if len(sys.argv) > 1 else "build-win64").resolve()
    native = Path(sys.argv[2]).resolve() if len(sys.argv) > 2 else None
    os.environ.setdefault("WINEDEBUG", "-all")
    root = Path(tempfile.mkdtemp(prefix=f"paddock-{tests.__name__.lower()}-"))
    try:
        return tests(build, root, native).run_all()
    finally:
        shutil.rmtree(root, ignore_errors=True)
