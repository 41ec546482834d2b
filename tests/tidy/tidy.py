#!/usr/bin/python3
"""tidy.py -- the rules of the house, as a test.

    tests/tidy/tidy.py [CHECKOUT]

Reads the table of rooms out of src/CMakeLists.txt and holds every #include against it; then the rules that
a compiler does not know: no operating system tests outside win/, no banned call, an essay at the top of each
file, bounded files and lines, no left-over marks, guards named after their path.  Each finding is one line
`file:line: what`; the last line counts the rules.
"""
import re
import subprocess
import sys
from pathlib import Path

LINE_MAX = 120
FILE_LINES_MAX = 900

# Pure rooms: what they may never include of APR.
BRAIN = {"auth", "tree", "session", "zab", "pipeline"}
IMPURE = ("apr_poll.h", "apr_network_io.h", "apr_file_io.h", "apr_file_info.h", "apr_thread_proc.h",
          "apr_thread_mutex.h", "apr_thread_cond.h", "apr_time.h", "time.h", "stdio.h")
# plat.h is a door to clocks and files; of the brain only auth goes through it, for digests.
PLAT_USERS = {"base", "auth", "store", "net", "peer", "admin", "server", "verbs", "client", "libpaddock", "cli", "tool"}

BANNED = {
    "sprintf": "snprintf or zk_buffer_printf", "vsprintf": "vsnprintf", "strcpy": "memcpy with a length",
    "strcat": "zk_buffer_append", "gets": "a bounded read", "atoi": "a parser that reports errors",
    "atol": "a parser that reports errors", "strtok": "a scanner without hidden state",
    "rand": "zk_random_t", "srand": "zk_random_t", "alloca": "an arena", "malloc": "zk_malloc",
    "calloc": "zk_calloc", "realloc": "zk_realloc",
    "apr_thread_exit": "a return: it leaves the stack without telling the address sanitizer",
}
MAY_ALLOCATE = {"src/base/status.c"}
MARKS = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
# APR formats 64-bit numbers in a dialect of its own, which happens to be stdio's on Linux.
APR_FORMAT = re.compile(r"\bapr_(?:psprintf|pvsprintf|snprintf|vsnprintf|file_printf)\s*\([^;]*?"
                        r"(\bPRI[diuxX](?:64|PTR|MAX)\b|%[-+ 0]*\d*(?:ll|z|j|t)[diuxX])", re.S)
INCLUDE = re.compile(r'^\s*#\s*include\s+([<"])([^>"]+)[>"]')
CALL = re.compile(r"(?<![\w.>])(%s)\s*\(" % "|".join(BANNED))


def rooms(checkout):
    """{room: rooms it may include} from the zk_room lines."""
    table = {}
    text = (checkout / "src/CMakeLists.txt").read_text()
    for name, depends in re.findall(r"^zk_room\((\w+)(?:\s+DEPENDS\s+([\w\s]+))?\)", text, re.M):
        table[name] = set(depends.split()) | {name}
    return table


def is_installed(path):
    """Headers that programs of others include: their names, guards and includes are upstream's."""
    return path.parts[:3] == ("src", "libpaddock", "include")


def sources(checkout):
    listed = subprocess.run(["git", "-C", str(checkout), "ls-files", "-co", "--exclude-standard",
                             "*.c", "*.h", "*.def"], capture_output=True, text=True, check=True).stdout
    return [Path(p) for p in listed.splitlines() if (checkout / p).exists()]


def strip_comments(text):
    """Blank comments and string literals, keep line numbers."""
    def blank(match):
        return re.sub(r"[^\n]", " ", match.group(0))
    return re.sub(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"', blank, text, flags=re.S)


class House:
    def __init__(self, checkout):
        self.checkout = checkout
        self.table = rooms(checkout)
        self.findings = {}

    def say(self, rule, path, line, what):
        self.findings.setdefault(rule, []).append(f"{path}:{line}: {what}")

    def check_includes(self, path, lines):
        parts = path.parts
        if is_installed(path):
            return
        if parts[0] in ("unix", "win"):
            room, allowed = parts[0], {"base", "cli"}
        elif parts[0] == "src" and len(parts) > 2:
            room = parts[1]
            allowed = self.table.get(room)
            if allowed is None:
                self.say("includes", path, 1, f"room '{room}' is not in src/CMakeLists.txt")
                return
        else:
            return
        for number, line in enumerate(lines, 1):
            match = INCLUDE.match(line)
            if not match:
                continue
            quote, name = match.groups()
            if quote == '"':
                target = name.split("/")[0]
                if target == name and parts[0] in ("unix", "win"):
                    continue  # a header of the same folder
                if target not in allowed:
                    self.say("includes", path, number, f"{room}/ may not include {name}")
                if name == "base/plat.h" and room not in PLAT_USERS | {"unix", "win"}:
                    self.say("purity", path, number, f"{room}/ is pure and may not include {name}")
            elif room in BRAIN and name in IMPURE:
                if not (name == "stdio.h"):
                    self.say("purity", path, number, f"{room}/ is pure and may not include <{name}>")

    def check_text(self, path, text, lines):
        code = strip_comments(text)
        for number, line in enumerate(lines, 1):
            if len(line) > LINE_MAX:
                self.say("width", path, number, f"{len(line)} columns, at most {LINE_MAX}")
            if MARKS.search(line):
                self.say("marks", path, number, "a left-over mark: do it or delete it")
            if "\t" in line:
                self.say("tabs", path, number, "a tab")
            if line != line.rstrip():
                self.say("tabs", path, number, "blanks at the end of the line")
        for number, line in enumerate(code.splitlines(), 1):
            if "_WIN32" in line and path.parts[0] != "win":
                self.say("platform", path, number, "_WIN32 outside win/: a function is missing in base/plat.h")
            match = CALL.search(line)
            if match and path.parts[0] in ("src", "unix", "win"):
                name = match.group(1)
                if not (name.endswith("alloc") and str(path) in MAY_ALLOCATE):
                    self.say("calls", path, number, f"{name}(): use {BANNED[name]}")
        for match in APR_FORMAT.finditer(text):
            self.say("formats", path, text.count("\n", 0, match.start(1)) + 1,
                     f"{match.group(1)} in APR's format: use APR_INT64_T_FMT and its kin")
        if path.parts[0] in ("src", "unix", "win", "tests"):
            if not text.lstrip().startswith("/*"):
                self.say("essay", path, 1, "the file does not open with a comment that says what it is")
            if len(lines) > FILE_LINES_MAX:
                self.say("size", path, len(lines), f"more than {FILE_LINES_MAX} lines: a second job is hiding")
        if path.suffix == ".h" and path.parts[0] == "src" and not is_installed(path):
            guard = "ZK_" + re.sub(r"\W", "_", str(Path(*path.parts[1:]))).upper()
            if f"#ifndef {guard}" not in text:
                self.say("guards", path, 1, f"include guard {guard} is missing")

    def run(self):
        for path in sources(self.checkout):
            text = (self.checkout / path).read_text(encoding="utf-8", errors="replace")
            lines = text.splitlines()
            self.check_includes(path, lines)
            self.check_text(path, text, lines)
        rules = ["includes", "purity", "platform", "calls", "formats", "essay", "size", "width", "tabs", "marks", "guards"]
        for rule in rules:
            for finding in self.findings.get(rule, []):
                print(f"{finding} [{rule}]")
        failed = sum(1 for rule in rules if self.findings.get(rule))
        print(f"{len(rules) - failed} passed, {failed} failed")
        return 1 if failed else 0


if __name__ == "__main__":
    here = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).resolve().parents[2])
    sys.exit(House(here).run())
