"""Files of these tests lie in memory and go with the run; made before a test module asks for its place."""

from tools import upy_test

_scratch = upy_test.scratch()


def pytest_configure(config) -> None:
    _scratch.__enter__()
    config.add_cleanup(lambda: _scratch.__exit__(None, None, None))
