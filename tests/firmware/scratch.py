"""Where the tests of both interpreters keep files. Whoever runs them names the place, in memory where there is some,
since each record is synced, and clears it away (tools/upy_test.py, conftest.py)."""

import os


def scratch(name: str) -> str:
    """A path that nothing has yet."""
    place = os.getenv("TAPWELL_SCRATCH") or "/tmp"
    return "%s/tapwell_%s_%s" % (place, name, "".join(["%02x" % byte for byte in os.urandom(6)]))
