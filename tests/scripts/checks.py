"""What all checks of scripts share: their list, and how they say what they expect."""
CHECKS = []
STARTED, STOPPED = "Starting zookeeper ... STARTED\n", "Stopping zookeeper ... STOPPED\n"
FAILED = "Starting zookeeper ... FAILED TO START\n"
NOT_RUNNING = "Error contacting service. It is probably not running.\n"


def check(everywhere=True):
    def register(function):
        CHECKS.append((function.__name__.replace("_", " "), function, everywhere))
        return function
    return register


def expect(condition, *what):
    if not condition:
        raise AssertionError("; ".join(str(item) for item in what))


def expect_result(result, code, out, err=None):
    expect(result.code == code and result.out == out, f"expected exit code {code} and stdout {out!r}, got", result)
    if err is not None:
        expect(err in result.err, f"{err!r} is not on stderr:", result)


def found(port, host="127.0.0.1", secure="false"):
    return f"Client port found: {port}. Client address: {host}. Client SSL: {secure}.\n"
