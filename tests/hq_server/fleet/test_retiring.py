"""A store is closed for good: everything of it comes home first, or waits in a case because two people say so."""

import threading

import pytest

from hq_server.errors import HqError
from hq_server.fleet import store as fleet
from hq_server.fleet.retiring import look, retire
from hq_server.ledger import store as books
from hq_server.vault import lives, moves
from tests.hq_server.recovery.inside import Inside, balances
from tests.hq_server.small_chain import ACCOUNTS

ADA, DAY = ACCOUNTS[0], "2026-11-16"


@pytest.fixture()
def shop(hq):
    """A store with a member's value."""
    made = Inside(hq, "0001")
    made.catch_up()
    made.shop.top_up(DAY, 1, ADA, 100_00, 10_00)
    made.deliver()
    return made


def quiet(_step: str, _left: str) -> None:
    """Nobody watches."""


def ended(hq, store: str) -> tuple[str, set[str]]:
    with hq.db.read() as connection:
        terminals = fleet.terminals(connection, store)
        keys = {key.link_key for one in terminals for key in fleet.terminal_keys(connection, one.terminal)}
        assert keys <= {b""}
        return fleet.gateway_row(connection, store).status, {one.status for one in terminals}


def test_what_is_there_comes_home_and_then_its_life_ends(hq, shop):
    steps = []
    done: list = []
    command = threading.Thread(
        target=lambda: done.append(
            retire(hq, "0001", 60, False, "lin", "mo", lambda *told: steps.append(told))
        )
    )
    command.start()
    while command.is_alive():
        shop.catch_up()
    command.join()
    assert done[0]["case"] == "closed" and ended(hq, "0001") == ("retired", {"revoked"})
    held = balances(hq, "member")
    assert {line.split("/")[3] for line in held} == {"hq"} and sum(held.values()) >= 110_00
    assert not [line for line in balances(hq, "right") if line.startswith("right/0001/") and "/hq" not in line]
    assert steps[-1] == ("waiting for the gateway's last word", "nothing")


def test_it_refuses_while_something_is_outstanding(hq, shop):
    with pytest.raises(HqError, match="outstanding: 1000 bonus there, 10000 principal there"):
        retire(hq, "0001", 0, False, "lin", "mo", quiet)
    with hq.vault() as vault:  # and lets nothing go there meanwhile
        assert moves.grant(vault, "0001", ADA, {"principal": 1}) == {}
        assert vault.gateway("0001").status == "retiring"


def test_what_cannot_come_home_becomes_a_case(hq, shop):
    done = retire(hq, "0001", 0, True, "lin", "mo", quiet)
    assert done["case"] == "open" and ended(hq, "0001")[0] == "retired"
    assert look(hq, "0001").floats == {}
    with hq.vault() as vault:
        case = vault.case(done["life"], ADA)
        assert sum(one.amount for one in case.waiting) == 110_00
        assert vault.life(done["life"]).status == "replaced"
    with hq.db.read() as connection:
        assert books.negative_lines(connection) == []


def test_one_that_was_fenced_can_only_leave_a_case(hq, shop):
    with hq.vault() as vault:
        lives.fence(vault, "0001", "stolen")
    with pytest.raises(HqError, match="not_enrolled"):
        retire(hq, "0001", 0, False, "lin", "mo", quiet)
    assert retire(hq, "0001", 0, True, "lin", "mo", quiet)["case"] == "open"


def test_it_may_open_again_with_another_machine(hq, shop):
    life = retire(hq, "0001", 0, True, "lin", "mo", quiet)["life"]
    with hq.vault() as vault:
        lives.begin(vault, "0001", "e" * 32)
        assert (vault.gateway("0001").status, vault.life(life).status) == ("enrolled", "replaced")


def test_two_people_are_two(hq, shop):
    with pytest.raises(HqError, match="second_person"):
        retire(hq, "0001", 0, True, "lin", "lin", quiet)
