"""What gateways are told: numbers without gaps, signatures, every change in its own transaction."""

import json

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from hq_server.errors import HqError
from hq_server.goods import changes as goods
from hq_server.members import changes as members
from hq_server.members.schemas import MemberChange, NewMember, Person
from hq_server.outbox.store import acknowledge, backlog, forget_acknowledged, messages_after
from hq_server.rules import changes as rules
from hq_server.staff.changes import StaffMember, put_staff
from hq_server.staff.rules import pin_hash
from tests.hq_server.small_chain import ACCOUNTS

FIRST, SECOND = "1" * 32, "2" * 32


def last(hq, life: str, count: int = 1) -> list[dict]:
    with hq.db.read() as connection:
        rows = messages_after(connection, life, 0, 100000)
    assert [row.n for row in rows] == list(range(1, len(rows) + 1))
    key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(hq.keys.public_hex))
    for row in rows:
        key.verify(bytes.fromhex(row.signature), row.body.encode())
    return [json.loads(row.body) for row in rows[-count:]]


def test_a_new_member_is_told_everywhere_without_the_person(hq):
    with hq.db.write() as connection:
        person = Person("Ada Lovelace", "+44 1", "", "1815-12-10")
        new = NewMember(display="Ada", home="0001", cards=["0001:04A1B2C3D4E5FF"], person=person)
        (account,) = members.add_members(connection, hq.post, [new], 7)
    for life in (FIRST, SECOND):
        (told,) = last(hq, life)
        assert (told["kind"], told["account"], told["display"]) == ("member", account, "Ada")
        assert told["cards"] == ["0001:04A1B2C3D4E5FF"] and told["gateway"] in ("0001", "0002")
        assert "Lovelace" not in json.dumps(told) and "+44" not in json.dumps(told)


def test_a_change_that_fails_tells_nobody(hq):
    before = [last(hq, FIRST)[0]["n"]]
    with pytest.raises(HqError), hq.db.write() as connection:
        members.add_members(connection, hq.post, [NewMember(cards=["0001:04A1B2C3D4E5FF"]), NewMember(cards=["x"])], 7)
    assert [last(hq, FIRST)[0]["n"]] == before


def test_a_blocked_card(hq):
    card = "0001:04A1B2C3D4E501"
    with hq.db.write() as connection:
        members.change_card(connection, hq.post, card, "blocked", "lost", 7)
        members.change_member(connection, hq.post, ACCOUNTS[0], MemberChange(level="gold"), 7)
    block, member = last(hq, SECOND, 2)
    assert (block["kind"], block["card"], block["status"]) == ("block", card, "blocked")
    assert member["level"] == "gold" and member["cards"] == []


def test_goods_come_in_parts_that_fit_a_frame(hq):
    items = [goods.Item(f"{n:013}", "好" * 21, "x" * 64, 10**9, "piece", "S", 800) for n in range(250)]
    with hq.db.write() as connection:
        goods.put_goods(connection, hq.post, items)
    parts = last(hq, FIRST, 3)
    assert [(part["part"], part["parts"]) for part in parts] == [(1, 3), (2, 3), (3, 3)]
    assert len({part["version"] for part in parts}) == 1
    assert all(len(json.dumps({"body": json.dumps(part, ensure_ascii=False)}).encode()) < 65000 for part in parts)


@pytest.mark.parametrize(
    ("text", "wrong"),
    [("code,price_milli\n1,-5\n", "line 2"), ("name_en\nx\n", "line 2"), ("code,tax_bp\n1,20000\n", "line 2")],
)
def test_a_bad_csv_names_its_line(text, wrong):
    with pytest.raises(HqError, match=wrong):
        goods.read_csv(text)


def test_a_pin_leaves_only_as_a_hash(hq):
    with hq.db.write() as connection:
        put_staff(connection, hq.post, StaffMember("11", "Lin", "supervisor", "0001", "4711"), 7)
    (told,) = last(hq, FIRST)
    assert told["pin_hash"] == pin_hash("4711", told["pin_salt"]) and "4711" not in json.dumps(told)
    assert last(hq, SECOND)[0]["kind"] != "staff", "another store's attendant"
    with hq.db.write() as connection:
        put_staff(connection, hq.post, StaffMember("11", "Lin", store="0002"), 8)
    assert last(hq, FIRST)[0]["status"] == "closed" and last(hq, SECOND)[0]["pin_hash"] == told["pin_hash"]


def test_rules_have_versions_and_bad_ones_are_refused(hq):
    good = {"order": "bonus_first", "top_up_bonus": [{"from_cents": 10000, "bonus_bp": 1000}]}
    with hq.db.write() as connection:
        assert rules.put_rules(connection, hq.post, good, "test", 7) == 1
    told = last(hq, SECOND)[0]
    assert (told["kind"], told["version"], told["order"]) == ("rules", 1, "bonus_first")
    for bad in ({"order": "random"}, {"earn": {"points_per_100_cents": -1}}, {"business_day_cut_min": 1440}):
        with pytest.raises(HqError, match="bad_rules"), hq.db.write() as connection:
            rules.put_rules(connection, hq.post, bad, "test", 7)


def test_acknowledging_never_goes_back_nor_beyond_what_was_written(hq):
    total = last(hq, FIRST)[0]["n"]
    steps = ((total - 2, 2), (1, 2), (total + 5, 2), (total, 0))
    for upto, left in steps:
        with hq.db.write() as connection:
            acknowledge(connection, FIRST, upto)
            assert backlog(connection, FIRST) == left, upto


def test_only_what_was_acknowledged_is_ever_forgotten(hq):
    total = last(hq, FIRST)[0]["n"]
    with hq.db.write() as connection:
        acknowledge(connection, FIRST, total - 2)
        assert forget_acknowledged(connection, hq.now_s() + 10**9) == total - 2
        assert [row.n for row in messages_after(connection, FIRST, 0, 100)] == [total - 1, total]
