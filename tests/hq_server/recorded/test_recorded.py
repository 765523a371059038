"""Gateways of this release and the two before work with today's head office, and are told nothing they do not know."""

import json
import re
from typing import Any

import pytest

from gateway.handlers.hq import KINDS
from gateway.health import VERSION
from hq_server.fleet import store as fleet
from hq_server.ledger import store as books
from hq_server.outbox import kinds
from hq_server.outbox.post import Post
from hq_server.outbox.store import messages_after
from tests.hq_server.recorded import conversation
from tests.hq_server.recorded.replay import Difference, Replay

RECORDS = sorted(
    conversation.HERE.glob("*/conversation.jsonl"), key=lambda path: [int(n) for n in path.parent.name.split(".")]
)
WE_WORK_WITH = RECORDS[-3:]
# What a gateway says of machines and moments: names that are there or not by circumstances, not by its version.
WORDS = re.compile(r"[a-z_][a-z_0-9]*")


@pytest.mark.parametrize("record", WE_WORK_WITH, ids=lambda path: path.parent.name)
def test_a_recorded_gateway_works_with_todays_head_office(record, hq):
    exchanges = conversation.read_record(record)
    replay = Replay(hq, exchanges)
    replay.play()
    with hq.db.read() as connection:
        life = fleet.incarnation_row(connection, replay.incarnation)
        last = json.loads([one for one in exchanges if one["path"].endswith("/events")][-1]["answer"])["upto"]
        assert (life.status, life.cursor_seq, life.head) == ("enrolled", last, replay.head.hex())
        assert not any(books.sums_by_unit(books.trial_balance(connection)).values())
        assert books.negative_lines(connection) == []


def test_a_change_that_old_gateways_would_feel_is_found(hq):
    """The replay itself: an answer that a gateway of then relied on, and that is there no more."""
    exchanges = conversation.read_record(RECORDS[-1])
    told = json.loads(exchanges[1]["answer"])
    exchanges[1]["answer"] = json.dumps({**told, "once_told": 1})
    with pytest.raises(Difference, match="once_told is gone"):
        Replay(hq, exchanges).play()


def test_the_newest_record_has_all_that_todays_gateway_says(hq, tmp_path):
    """A new path, kind of event or field: write the record anew (`python -m tests.hq_server.recorded.conversation`)."""
    assert RECORDS[-1].parent.name == VERSION
    recorded = shapes(conversation.read_record(RECORDS[-1]))
    today = shapes(conversation.conversation(hq, tmp_path / "gateway"))
    assert sorted(today - recorded) == []


def shapes(exchanges: list[dict]) -> set[str]:
    """Every place where the gateway says something, without what it says there."""
    found: set[str] = set()
    for one in exchanges:
        where = one["method"] + " " + one["path"]
        found |= {where} | {f"{where}?{name}" for name in one["query"]}
        for line in one["body"].splitlines():
            told = json.loads(line)
            about = f"{where} {told['kind']}" if "kind" in told else where
            found |= {f"{about}: {place}" for place in _places(told)}
    return found


def _places(value: Any, at: str = "") -> set[str]:
    if isinstance(value, list):
        return {place for one in value for place in _places(one, at + "[]")}
    if not isinstance(value, dict):
        return {f"{at} {type(value).__name__}"}
    named = {name if WORDS.fullmatch(name) else "*": one for name, one in value.items()}
    return {place for name, one in named.items() for place in _places(one, f"{at}.{name}")}


def test_every_kind_has_the_release_that_brought_it():
    assert {*KINDS, "restored"} <= set(kinds.SINCE)


@pytest.mark.parametrize(
    "version, kind, known",
    [
        # says      is sent     knows it
        ("0.1.0",   "rules",    True),
        ("",        "rules",    True),
        ("0.1.0",   "wave",     False),
        ("",        "wave",     False),
        ("0.2.0",   "wave",     True),
        ("0.10.1",  "wave",     True),
        ("0.2.0rc1+dirty", "wave", True),
        ("nonsense", "rules",   False),
    ],
)  # fmt: skip
def test_a_kind_is_known_from_its_release_on(version, kind, known):
    assert kinds.knows(version, kind, {"rules": "0.1.0", "wave": "0.2.0"}) is known


def test_a_gateway_is_sent_no_kind_that_it_does_not_know(hq):
    """Numbers have no gap: what is not sent has none."""
    post = Post(hq.keys, hq.now_s, hq.life, {**kinds.SINCE, "target": "0.2.0"})
    with hq.db.write() as connection:
        incarnation = fleet.gateway_row(connection, "0001").incarnation
        before = messages_after(connection, incarnation, 0, 1000)[-1].n
        fleet.set_gateway(connection, "0001", version="0.1.0")
        assert post.send(connection, "0001", "target", {"account": "a1" * 16, "targets": {}}) == 0
        assert post.send(connection, "0001", "revocation", {"serials": []}) == before + 1
        fleet.set_gateway(connection, "0001", version="0.2.0")
        assert post.send(connection, "0001", "target", {"account": "a1" * 16, "targets": {}}) == before + 2


def test_a_gateway_that_was_updated_is_told_what_it_could_not_be_told():
    since = {"rules": "0.1.0", "wave": "0.2.0"}
    assert kinds.learnt("0.1.0", "0.2.0", since) and kinds.learnt("", "0.2.1", since)
    assert not kinds.learnt("0.2.0", "0.3.0", since) and not kinds.learnt("0.2.0", "0.1.0", since)
