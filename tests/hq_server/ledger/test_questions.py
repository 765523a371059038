"""Questions to the books of a week's trade: the answers agree with each other, and a planted untruth is named."""

import json

import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from hq_server.ingest import store as events
from hq_server.ledger import questions
from hq_server.ledger import store as books
from hq_server.ledger.commands import app
from tests.hq_server import small_chain

ACCOUNT = small_chain.ACCOUNTS[0]


def ask(hq, *words: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, [*words, "--dir", str(hq.config.dir)])
    return done.exit_code, done.output


def test_a_history_ends_in_what_is_there(traded_hq):
    with traded_hq.db.read() as connection:
        steps = questions.history(connection, ACCOUNT)
        held = books.held(connection, [ACCOUNT])[ACCOUNT]
        middle = steps[len(steps) // 2]
        before = questions.held_before(connection, ACCOUNT, middle.event.id)
    assert len(steps) > 10 and all(step.change for step in steps)
    for asset in ("principal", "points"):
        there = sum(left for (_, one), left in held.items() if one == asset)
        assert [step.in_all for step in steps if step.line.asset == asset][-1] == there
    told = [step for step in steps if step.event.id < middle.event.id]
    assert sum(before.values()) == sum(step.change for step in told)


def test_balances_as_of_a_time_are_the_sum_of_what_came_before(traded_hq):
    with traded_hq.db.read() as connection:
        steps = questions.history(connection, ACCOUNT)
        at_s = steps[len(steps) // 2].event.at_s
        then = questions.balances(connection, ACCOUNT, at_s)
        assert questions.balances(connection, ACCOUNT, 1) == {}
        now = questions.balances(connection, ACCOUNT)
        assert questions.balances(connection, ACCOUNT, 2**40) == now
    assert sum(then.values()) == sum(step.change for step in steps if step.event.at_s <= at_s)


def test_a_refusal_is_explained(traded_hq):
    with traded_hq.db.read() as connection:
        refused = events.events_page(connection, 0, 1, kind="refusal")[0]
    code, said = ask(traded_hq, "explain", refused.request)
    assert code == 0 and "insufficient_float" in said and "what the books held just before" in said
    code, said = ask(traded_hq, "explain", "0001-pos9/00000000/0/1")
    assert code == 1 and "has been booked" in said


def test_everything_is_proved_from_the_bottom(traded_hq):
    code, said = ask(traded_hq, "prove")
    assert code == 0 and "all of it agrees" in said, said
    code, said = ask(traded_hq, "trial", "--json")
    assert code == 0 and not any(json.loads(said)["sums"].values())


@pytest.mark.parametrize(
    "untruth, named",
    [
        ("UPDATE balance SET amount = amount + 1 WHERE book = 'cash'", "is kept, its entries come to"),
        ("UPDATE event SET raw = '{}' WHERE kind = 'sale'", "is not what the gateway's chain says"),
        ("DELETE FROM event WHERE kind = 'refusal'", "event "),
        ("UPDATE balance SET amount = -1 WHERE book = 'member'", "is below zero"),
    ],
)
def test_an_untruth_is_named(traded_copy, untruth, named):
    with traded_copy.db.write() as connection:
        connection.execute(text(untruth))
    code, said = ask(traded_copy, "prove")
    assert code == 1 and named in said and "problems" in said


def test_words_that_cannot_be_are_answered(traded_hq, tmp_path):
    code, said = ask(traded_hq, "balances", ACCOUNT, "--at", "teatime")
    assert (code, said) == (2, "'teatime' is no time; write it as 2026-11-20T18:00.\n")
    done = CliRunner().invoke(app, ["trial", "--dir", str(tmp_path / "nowhere")])
    assert done.exit_code == 2 and "name its directory with --dir" in done.output
    assert ask(traded_hq, "history", "f" * 32) == (0, f"history of {'f' * 32}: nothing.\n")
    assert json.loads(ask(traded_hq, "holders", ACCOUNT, "--json")[1])
    assert json.loads(ask(traded_hq, "history", ACCOUNT, "--json")[1])[0]["kind"] == "top_up"
    assert "in all" in ask(traded_hq, "history", ACCOUNT)[1] and "principal" in ask(traded_hq, "balances", ACCOUNT)[1]
