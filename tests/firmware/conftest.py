"""Files of these tests lie in memory and go with the run; made before a test module asks for its place."""

import gc

from tools import upy_test

_scratch = upy_test.scratch()


def pytest_configure(config) -> None:
    _scratch.__enter__()
    config.add_cleanup(lambda: _scratch.__exit__(None, None, None))


def pytest_collection_finish(session) -> None:
    """A terminal collects often; it shall not look through pytest and its plugins each time, which takes 0.1 s."""
    gc.freeze()
