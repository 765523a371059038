"""Runs in either interpreter, started by tools/upy_test.py: every test_* function of the given files, in their order.

    micropython -X heapsize=2m tools/upy_suite.py FOLDER FILE...

Prints one line per file, `file<TAB>passed<TAB>failed<TAB>milliseconds`, and above it the trace of each failure.
"""

import gc
import sys
import time

MILLISECOND_NS = 1000000


def main(folder: str, files: list) -> None:
    sys.path.insert(0, folder)
    for file in files:
        start_ns = time.time_ns()
        passed, failed = run_file(file)
        print("%s\t%d\t%d\t%d" % (file, passed, failed, (time.time_ns() - start_ns) // MILLISECOND_NS))
        gc.collect()


def run_file(file: str) -> tuple:
    """(passed, failed); a file that cannot be imported counts as one failure."""
    name = file[:-3]
    try:
        module = __import__(name)
    except Exception as broken:
        report(file, broken)
        return 0, 1
    outcomes = [run_test(file, test, getattr(module, test)) for test in sorted(dir(module)) if test.startswith("test_")]
    del sys.modules[name]
    return sum(outcomes), len(outcomes) - sum(outcomes)


def run_test(file: str, name: str, test) -> bool:
    try:
        test()
    except Exception as broken:
        report("%s %s" % (file, name), broken)
        return False
    return True


def report(what: str, broken: Exception) -> None:
    print("FAILED " + what)
    if hasattr(sys, "print_exception"):
        sys.print_exception(broken)
    else:
        sys.excepthook(type(broken), broken, broken.__traceback__)  # pyright: ignore[reportAttributeAccessIssue]


main(sys.argv[1], sys.argv[2:])
