"""One town for all that leaves it whole: set up once, in the order in which it is first asked for."""

import pytest

from tests.for_real.town import Town

MEMBERS = 11


@pytest.fixture(scope="session")
def town(tmp_path_factory):
    """Two stores, two tills each. Each test has members of its own; household n is at home in 0001 if n is even."""
    made = Town(tmp_path_factory.mktemp("town"), MEMBERS)
    try:
        yield made.open()
    finally:
        made.close()
