"""The API as it describes itself, asked for everything it allows and more: no answer is broken, each is as described.

TAPWELL_FUZZ_S=60 asks for a minute (4 seconds otherwise), TAPWELL_SEED begins elsewhere.
"""

import random
import time
from contextlib import suppress

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from hq_server.access.guard import GUARD_HEADER
from hq_server.app import create_app
from hq_server.openapi import BODIES, PREFIX
from tests.hq_server.conftest import guard_of, program, visit
from tests.mutator import FUZZ_S, SEED

CHECKS = [not_a_server_error, content_type_conformance, response_schema_conformance, status_code_conformance]
ROUND_S = 4 * FUZZ_S
AT_LEAST = 10  # operations of the fifty, however slow the machine
AT_ONCE = settings(
    max_examples=4, deadline=None, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
)


@pytest.fixture
def api(hq):
    """The API's own description, and the headers of an administrator who has signed in."""
    browser = visit(hq, "administrator")
    guard = guard_of(browser.get("/users").text)
    cookies = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
    schema = schemathesis.openapi.from_asgi("/api/openapi.json", browser.app, headers={"cookie": cookies})
    return schema, {"cookie": cookies, GUARD_HEADER: guard}


def operations(schema) -> list:
    return [found.ok() for found in schema.get_all_operations()]


def test_every_body_that_is_read_is_described(hq):
    paths = create_app(hq).openapi()["paths"]
    found = {(method, path) for path in paths for method in paths[path] if "requestBody" in paths[path][method]}
    assert {(method, PREFIX + path) for method, path in BODIES} == found


def test_answers_are_as_described(api):
    schema, headers = api
    order = operations(schema)
    random.Random(SEED).shuffle(order)
    until_s, turn = time.monotonic() + ROUND_S, 0
    while turn < AT_LEAST or time.monotonic() < until_s:
        mode = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)[(turn + turn // len(order)) % 2]
        ask(order[turn % len(order)], mode, headers, turn)
        turn += 1


def ask(operation, mode: GenerationMode, headers: dict[str, str], turn: int) -> None:
    """A few requests; a failure shows the one that was answered wrongly."""

    @AT_ONCE
    @seed(SEED * 1_000_003 + turn)
    @given(operation.as_strategy(generation_mode=mode))
    def each(case) -> None:
        case.call_and_validate(headers=headers, checks=CHECKS)

    with suppress(Unsatisfiable):  # nothing can be wrong in a request without parameters
        each()


def test_a_number_that_no_database_keeps_is_refused(hq):
    """Found by the questions above: 2**96 as the number of an event was an error of the server's own."""
    told = visit(hq, "administrator").get(f"/api/v1/events/{2**96}")
    assert (told.status_code, told.json()["reason"]) == (400, "malformed")


def test_a_body_that_is_nested_too_deep_is_malformed(hq):
    told = program(hq, "administrator").post("/api/v1/members", content=b'{"unknown":' + b"[" * 50_000)
    assert (told.status_code, told.json()["reason"]) == (400, "malformed")
