"""Value between pool and stores: many threads at once, retries, tombstones, a gateway that is replaced."""

import asyncio
import json
import secrets
import threading

import pytest

from hq_server.errors import HqError
from hq_server.fleet import store as fleet
from hq_server.floats import store
from hq_server.floats.service import ask, place_due
from hq_server.ingest.endpoints import ingest
from hq_server.ledger import store as books
from hq_server.members.store import add_visits
from hq_server.outbox.store import head_row, messages_after
from hq_server.vault import lives, moves
from hq_server.vault.asking import Wanted
from protocol.ledger import floats
from tests.hq_server.small_chain import ACCOUNTS, open_shops

ADA = ACCOUNTS[0]
DAY = "2026-11-16"


def in_pool(hq, cents: int) -> None:
    """Puts a top-up of that much at store 0001 and brings all of it home."""
    shop = open_shops(hq, 1)[0]
    shop.top_up(DAY, 1, ADA, cents)
    ingest(hq, "0001", shop.batch())
    with hq.vault() as vault:
        number = moves.recall(vault, "0001", ADA, "principal", cents)
    send_home(hq, shop, number, cents)


def send_home(hq, shop, recall: str, cents: int) -> None:
    booking, _ = floats.give_back(shop.holding(ADA), recall[::-1], {"principal": cents})
    shop.holdings[ADA] = booking.holding
    shop.write("recall_answered", DAY, 1, recall[::-1], booking.entries, recall=recall, account=ADA)
    ingest(hq, "0001", shop.batch())


def held(hq) -> dict:
    with hq.db.read() as connection:
        assert books.negative_lines(connection) == []
        assert not any(books.sums_by_unit(books.trial_balance(connection)).values())
        return books.held(connection, [ADA])[ADA]


def wanted(cents: int) -> Wanted:
    return Wanted(secrets.token_hex(16), ADA, {"principal": cents})


def granted(told: dict) -> int:
    return sum(one["amount"] for message in told["messages"] for one in json.loads(message.body)["slices"])


def beat(hq, *stores: str) -> None:
    with hq.db.write() as connection:
        for code in stores:
            fleet.set_gateway(connection, code, heartbeat_at_s=hq.now_s())


def test_many_stores_at_once_never_get_more_than_there_is(hq):
    in_pool(hq, 100_00)
    answers: list[int] = []

    def one_tap(code: str) -> None:
        for _ in range(10):
            answers.append(granted(asyncio.run(ask(hq, code, wanted(7_00)))))

    threads = [threading.Thread(target=one_tap, args=(code,)) for code in ("0001", "0002") * 4]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(answers) == 100_00
    assert held(hq) == {("transit", "principal"): 100_00}


def test_a_repeated_request_gets_its_first_grants(hq):
    in_pool(hq, 100_00)
    asked = wanted(30_00)
    first, second = asyncio.run(ask(hq, "0002", asked)), asyncio.run(ask(hq, "0002", asked))
    assert first["messages"] == second["messages"] and granted(first) == 30_00
    assert first["pool"]["principal"] == 70_00
    with pytest.raises(HqError, match="id_conflict"):
        asyncio.run(ask(hq, "0002", Wanted(asked.request, ADA, {"principal": 31_00})))
    with pytest.raises(HqError, match="id_conflict"):
        asyncio.run(ask(hq, "0001", asked))


@pytest.mark.parametrize(("account", "reason"), [("9" * 32, "unknown_account")])
def test_nothing_for_a_member_who_may_not_pay(hq, account, reason):
    told = asyncio.run(ask(hq, "0001", Wanted(secrets.token_hex(16), account, {"principal": 1})))
    assert (told["messages"], told["reason"]) == ([], reason)


def test_what_the_pool_lacks_is_recalled_and_waited_for(hq):
    shop = open_shops(hq, 1)[0]
    shop.top_up(DAY, 1, ADA, 100_00)
    ingest(hq, "0001", shop.batch())
    beat(hq, "0001")

    async def tap() -> dict:
        hq.bells.attach()
        hq.db.on_commit = hq.bells.ring
        asking = asyncio.create_task(ask(hq, "0002", wanted(40_00)))
        while not (recalls := await asyncio.to_thread(_open_recalls, hq)):
            await asyncio.sleep(0.01)
        await asyncio.to_thread(send_home, hq, shop, recalls[0].recall, recalls[0].up_to)
        return await asking

    assert granted(asyncio.run(tap())) == 40_00
    assert held(hq) == {("0001", "principal"): 60_00, ("transit", "principal"): 40_00}


def _open_recalls(hq):
    with hq.db.read() as connection:
        return store.open_recalls(connection, ADA)


def test_a_store_that_does_not_answer_costs_a_second_and_no_money(hq):
    shop = open_shops(hq, 1)[0]
    shop.top_up(DAY, 1, ADA, 100_00)
    ingest(hq, "0001", shop.batch())
    beat(hq, "0001")
    assert granted(asyncio.run(ask(hq, "0002", wanted(40_00)))) == 0
    assert held(hq) == {("0001", "principal"): 100_00}
    assert _open_recalls(hq)[0].up_to == 40_00


def test_a_grant_that_was_never_seen_comes_back_by_its_tombstone(hq):
    in_pool(hq, 100_00)
    asyncio.run(ask(hq, "0002", wanted(30_00)))
    with hq.vault() as vault:
        (grant,) = vault.open_grants(ADA)
        assert moves.cancel_grant(vault, grant.grant)
    assert held(hq)[("transit", "principal")] == 30_00, "nothing comes back before the gateway has answered"
    shop = open_shops(hq, 1)[1]
    for _ in range(2):
        shop.write("grant_tombstone", DAY, 1, grant.grant, grant=grant.grant, account=ADA)
    ingest(hq, "0002", shop.batch())
    assert held(hq) == {("hq", "principal"): 100_00}


def test_a_replaced_gateway_leaves_its_float_in_suspense(hq):
    in_pool(hq, 100_00)
    asyncio.run(ask(hq, "0002", wanted(30_00)))
    with hq.db.write() as connection:
        lives.begin(hq.vault_on(connection), "0002", "7" * 32)
        assert messages_after(connection, "2" * 32, 0, 10) == []
        assert head_row(connection, "7" * 32).last_n > 3
    assert held(hq) == {("hq", "principal"): 70_00, ("suspense", "principal"): 30_00}


def test_what_a_member_may_do_once_is_made_once(hq):
    asked = Wanted(secrets.token_hex(16), ADA, {"once:WELCOME": 1})
    assert granted(asyncio.run(ask(hq, "0001", asked))) == 1
    again = Wanted(secrets.token_hex(16), ADA, {"once:WELCOME": 1})
    assert granted(asyncio.run(ask(hq, "0002", again))) == 0
    assert held(hq) == {("transit", "once:WELCOME"): 1}


def test_a_store_that_is_cut_off_is_told_what_to_keep(hq):
    shop = open_shops(hq, 1)[0]
    shop.top_up(DAY, 1, ADA, 500_00)
    ingest(hq, "0001", shop.batch())
    place_due(hq)
    told = [body for body in _heard(hq, "1" * 32) if body["kind"] == "target"]
    assert [list(body["targets"]) for body in told] == [["stored"]] and 0 < told[0]["targets"]["stored"] < 500_00
    with hq.db.write() as connection:
        store.add_due(connection, {ADA}, 1)
    place_due(hq)
    assert len([body for body in _heard(hq, "1" * 32) if body["kind"] == "target"]) == 1, "once is enough"
    beat(hq, "0001")
    with hq.db.write() as connection:
        store.add_due(connection, {ADA}, 1)
    place_due(hq)
    kinds = [body["kind"] for body in _heard(hq, "1" * 32)]
    assert [body["targets"] for body in _heard(hq, "1" * 32) if body["kind"] == "target"][-1] == {}
    assert "recall" in kinds


def _heard(hq, life: str) -> list[dict]:
    with hq.vault() as vault:
        return [json.loads(one.body) for one in vault.messages_after(life, 0, 1000)]


def test_value_is_placed_where_the_member_shops(hq):
    in_pool(hq, 500_00)
    beat(hq, "0001", "0002")
    with hq.db.write() as connection:
        add_visits(connection, [(ADA, "0002", 1, hq.now_s())])
    assert place_due(hq) == 1
    with hq.db.read() as connection:
        grants = hq.vault_on(connection).open_grants(ADA)
        sent = {row.store: sum(one.amount for one in row.slices) for row in grants}
    assert sent["0001"] > sent["0002"] > 100_00 and sum(sent.values()) == 500_00
    assert held(hq) == {("transit", "principal"): 500_00}
    assert place_due(hq) == 0
