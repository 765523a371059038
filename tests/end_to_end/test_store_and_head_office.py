"""A real desk and a real head office without a network between them: whatever a day brings, both books agree.

Messages and batches are carried by hand, late and in lumps, as a bad line would.
"""

import asyncio
import json
import random
import secrets

import pytest

from gateway.store import meta, outbox
from hq_server.bootstrap import Hq, open_hq, set_up
from hq_server.config import write_config
from hq_server.fleet import store as fleet
from hq_server.floats.service import ask, place_due
from hq_server.goods.changes import Item, put_goods
from hq_server.ingest import store as events
from hq_server.ingest.endpoints import ingest
from hq_server.ledger import store as books
from hq_server.members.changes import add_members
from hq_server.members.schemas import NewMember
from hq_server.outbox.store import messages_after
from hq_server.rules.changes import put_rules
from hq_server.staff.changes import StaffMember, put_staff
from hq_server.vault import lives, moves
from hq_server.vault.asking import Wanted
from tests.gateway.stage import ALICE, CARD, INCARNATION, LINK_KEY, RULES, STORE, WITNESS_KEY, Stage
from tests.gateway.test_any_day import BOB, Day

STEPS = 120
OTHER = "0002"


def head_office(directory) -> Hq:
    """A chain of two stores with what the stage needs; the other store never answers."""
    hq = open_hq(write_config(directory))
    set_up(hq, "Am Ring", "EUR", 2)
    with hq.db.write() as connection:
        for code, life in ((STORE, INCARNATION), (OTHER, "cd" * 16)):
            rights = {"right_principal": 100_000, "right_bonus": 50_000, "right_points": 99}
            fleet.add_store(connection, code, 1, name=code, **rights)
            if code == STORE:
                _add_terminal(connection, hq)
            lives.begin(hq.vault_on(connection), code, life)
        put_rules(connection, hq.post, RULES, "test", 1)
        put_staff(connection, hq.post, StaffMember("7", "Kim", pin="1234"), 1)
        put_goods(connection, hq.post, [Item("100", "茶", "Tea", 1000_000), Item("200", "水", "Water", 250_000)])
        add_members(connection, hq.post, [NewMember(ALICE, cards=[CARD]), NewMember(BOB)], 1)
    return hq


def _add_terminal(connection, hq: Hq) -> None:
    fleet.add_terminal(connection, "0001-pos1", STORE, "pos")
    fleet.set_terminal(connection, "0001-pos1", status="active", key_number=1)
    keys = (("link", LINK_KEY), ("witness", WITNESS_KEY))
    sealed = [hq.sealer.seal(f"0001-pos1/1/{name}", key) for name, key in keys]
    fleet.add_terminal_key(connection, "0001-pos1", 1, *sealed, 1)


class HqStage(Stage):
    """The stage with head office behind it: what it is told comes from there, what it writes goes there."""

    def __init__(self, hq: Hq):
        self.real = hq
        super().__init__()
        meta.put(self.db, "hq_key", hq.keys.public_hex)
        self.fetch()

    def tell(self, kind: str, **body: object) -> list:
        """The stage's own words are not needed here."""
        return []

    def fetch(self) -> None:
        """Hears what head office has to say."""
        with self.real.db.read() as connection:
            rows = messages_after(connection, INCARNATION, meta.get_int(self.db, "hq_cursor"), 100_000)
        for row in rows:
            self.uplink("hq", {"n": row.n, "body": row.body, "sig": row.signature})

    def deliver(self, most: int = 10_000) -> None:
        """Head office books the next events; the same ones again change nothing."""
        after = meta.get_int(self.db, "booked_seq")
        lines = outbox.lines_from(self.db, after + 1, most)
        if not lines:
            return
        prev = outbox.hash_at(self.db, INCARNATION, after).hex()
        header = {"gateway": STORE, "incarnation": INCARNATION, "from_seq": after + 1, "prev_hash": prev}
        body = b"\n".join([json.dumps(header).encode(), *lines]) + b"\n"
        booked = ingest(self.real, STORE, body)
        assert ingest(self.real, STORE, body).fresh == 0
        self.uplink("booked", {"upto": booked.upto})


class HqDay(Day):
    """A day whose grants, recalls and cancellations are head office's own."""

    def __init__(self, seed: int, hq: Hq):
        self.dice, self.stage, self.hq = random.Random(seed), HqStage(hq), hq
        self.till = self.stage.till
        self.till.hello()
        self.till.sign_on()
        self.n, self.sent, self.moves = 0, [], 0

    def restart(self) -> None:
        """A start; its terminal soon answers for the head it has seen."""
        super().restart()
        self.till.hello(answers=self.stage.shop.asks)

    def step(self) -> None:
        super().step()
        carry = self.dice.randint(0, 9)
        if carry < 3:
            self.stage.fetch()
        if carry in (2, 3, 4):
            self.stage.deliver(self.dice.randint(1, 20))
        if carry == 5:
            self._beat()
            place_due(self.hq)

    def grant(self) -> None:
        wanted = Wanted(secrets.token_hex(16), self.dice.choice([ALICE, BOB]), {"principal": 700, "points": 1})
        asyncio.run(ask(self.hq, self.dice.choice([STORE, STORE, OTHER]), wanted))

    def recall(self) -> None:
        with self.hq.vault() as vault:
            account, asset = self.dice.choice([ALICE, BOB]), self.dice.choice(["principal", "bonus", "points"])
            moves.recall(vault, STORE, account, asset, self.dice.choice([700, 5000]))

    def cancel(self) -> None:
        with self.hq.vault() as vault:
            for row in vault.open_grants(ALICE):
                if row.store == STORE:
                    moves.cancel_grant(vault, row.grant)

    def _beat(self) -> None:
        with self.hq.db.write() as connection:
            fleet.set_gateway(connection, STORE, heartbeat_at_s=self.hq.now_s())


@pytest.mark.parametrize("seed", range(3))
def test_both_books_agree(tmp_path, seed):
    hq = head_office(tmp_path)
    day = HqDay(seed, hq)
    for _ in range(STEPS):
        day.step()
    day.till.hello(answers=day.stage.shop.asks)  # nothing leaves a store before its start is witnessed
    day.top_up()
    with hq.vault() as vault:
        for account in (ALICE, BOB):
            moves.recall(vault, STORE, account, "principal", 100)
    for _ in range(3):
        day.stage.deliver()
        day.stage.fetch()
    day.stage.deliver()
    check(hq, day.stage)
    hq.close()


def check(hq: Hq, stage: HqStage) -> None:
    """Nothing negative, nothing lost, every slice alike on both sides, every tap vouched for by its terminal."""
    with hq.db.read() as connection:
        assert fleet.gateway_row(connection, STORE).status == "enrolled"
        assert books.negative_lines(connection) == []
        assert not any(books.sums_by_unit(books.trial_balance(connection)).values())
        assert fleet.incarnation_row(connection, INCARNATION).head == stage.shop.head().hash.hex()
        mirror = connection.execute(
            books.balance.select().where(books.balance.c.holder == STORE, books.balance.c.book == "member")
        )
        there = {(row.party, row.asset, row.lot): row.amount for row in mirror if row.amount}
        money = [row for row in events.events_page(connection, 0, 10_000, store=STORE) if row.witness]
        terms = {(row.account, row.lot): row for row in connection.execute(books.lot.select())}
        came_home = events.events_page(connection, 0, 1, kind="received")
    rows = stage.db.execute("SELECT account, asset, lot, amount, kind, expires, opened_s FROM slices WHERE amount > 0")
    here = {}
    for account, asset, lot, amount, *told in rows:
        here[account, asset, lot] = amount
        assert told == [getattr(terms[account, lot], name) for name in ("kind", "expires", "opened_s")]
    assert here == there
    assert {row.witness for row in money} == {"fits"} and {"sale", "top_up", "void"} <= {row.kind for row in money}
    assert came_home, "some of it came home"
