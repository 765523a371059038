"""Head office in one process on a database of its own, and people who visit it."""

import re

import argon2
import pytest
from starlette.testclient import TestClient

from hq_server.access import passwords, sign_in
from hq_server.access.rules import hashed
from hq_server.app import create_app
from tests.hq_server import engines, small_chain

PASSWORD = "three dry herons wait"
NOW_S = int(small_chain.START.timestamp())


@pytest.fixture(scope="session", autouse=True)
def quick_passwords():
    """argon2id all the same, in 1 MiB and one pass: what users wait for at a sign-in, hundreds of tests need not."""
    thorough = passwords._hasher
    passwords._hasher = argon2.PasswordHasher(time_cost=1, memory_cost=1024)
    yield
    passwords._hasher = thorough


@pytest.fixture(scope="session")
def traded_hq(tmp_path_factory):
    """A chain with a week of trade; tests only read it."""
    hq = small_chain.traded(tmp_path_factory.mktemp("traded"))
    yield hq
    hq.close()


@pytest.fixture()
def traded_copy(traded_hq, tmp_path):
    """The same week of trade; a test may change it."""
    traded_hq.db.close()
    engines.copy(traded_hq.config.dir, tmp_path)
    opened = small_chain.reopened(tmp_path, NOW_S)
    yield opened
    opened.close()
    engines.drop(tmp_path)


@pytest.fixture(scope="session")
def fresh_directory(tmp_path_factory):
    """A chain before its first sale, made once and copied for each test."""
    directory = tmp_path_factory.mktemp("fresh")
    small_chain.open_chain(directory, NOW_S).close()
    return directory


@pytest.fixture()
def hq(fresh_directory, tmp_path):
    """A chain before its first sale; a test may change it."""
    engines.copy(fresh_directory, tmp_path)
    opened = small_chain.reopened(tmp_path, NOW_S)
    yield opened
    opened.close()
    engines.drop(tmp_path)


def guard_of(page: str) -> str:
    """The guard value of the first form on a page."""
    return re.search(r'name="guard" value="(\w+)"', page).group(1)


def visit(hq, role: str = "", name: str = "", stores: str = "0001") -> TestClient:
    """A browser without scripts; signed in as a user of that role, if one is told."""
    client = TestClient(create_app(hq), base_url="http://localhost", follow_redirects=True)
    client.headers["accept-language"] = "en"
    if role:
        name = name or "the-" + role
        sign_in.add_user(hq.db, "test", name, role, PASSWORD, sign_in.Visit(hq.now_s(), "test"), stores)
        page = client.get("/sign-in").text
        answer = client.post("/sign-in", data={"name": name, "password": PASSWORD, "guard": guard_of(page)})
        assert answer.status_code == 200 and answer.url.path in ("/", "/reports"), answer.text
    return client


def program(hq, role: str, name: str = "checker") -> TestClient:
    """A program with a key of that role."""
    with hq.db.write() as connection:
        key = sign_in.make_key(connection, "console", name, role, sign_in.Visit(hq.now_s(), ""))
    assert hashed(key) != key
    client = TestClient(create_app(hq), base_url="http://localhost")
    client.headers["authorization"] = "Bearer " + key
    return client
