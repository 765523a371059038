"""Whatever a day brings, the books hold: a seeded mix of sales, top-ups, voids, repeats, grants, recalls, restarts."""

import random

import pytest

from gateway.core import outbox as chain
from protocol.ledger.entries import TRANSIT, from_rows
from protocol.ledger.mirror import apply
from tests.gateway.stage import ALICE, INCARNATION, JOURNAL, STORE, Stage

BOB = "b2" * 16
STEPS = 150


class Day:
    """One till, two members, and dice."""

    def __init__(self, seed: int):
        self.dice, self.stage = random.Random(seed), Stage()
        self.till = self.stage.till
        self.till.hello()
        self.till.sign_on()
        self.n, self.sent, self.moves = 0, [], 0

    def step(self) -> None:
        self.dice.choice(
            [
                self.pay,
                self.pay,
                self.pay,
                self.top_up,
                self.void,
                self.again,
                self.grant,
                self.recall,
                self.cancel,
                self.restart,
            ]
        )()

    def pay(self) -> None:
        self.n += 1
        account = self.dice.choice([ALICE, BOB])
        stored = self.dice.choice([0, 300, 1000])
        self.till.scan(self.n, ["100"])
        tap = self.till.tap(account)
        self.send(
            "pay",
            self.till.pay(self.n, self.n, account=account, tap=tap, stored_cents=stored, cash_cents=1000 - stored),
        )

    def top_up(self) -> None:
        self.n += 1
        account = self.dice.choice([ALICE, BOB])
        ids = {"j": JOURNAL, "l": 0, "n": self.n, "operator": "7", "shift": 1, "at_s": 0}
        paid = self.dice.choice([500, 5000])
        self.send(
            "top_up", ids | {"account": account, "tap": self.till.tap(account), "amount_cents": paid, "tender": "cash"}
        )

    def void(self) -> None:
        self.n += self.dice.choice([0, 0, 1])
        self.send("void", {"j": JOURNAL, "l": 0, "n": max(1, self.n), "at_s": 0})

    def again(self) -> None:
        if self.sent:
            self.till.send(*self.dice.choice(self.sent[-3:]))

    def grant(self) -> None:
        asset = self.dice.choice(["principal", "bonus", "points"])
        self.moves += 1
        self.stage.grant(
            self.dice.randint(1, 2000),
            self.dice.choice([ALICE, BOB]),
            asset,
            f"{self.moves:016x}",
            grant=f"{self.moves:032x}",
        )

    def recall(self) -> None:
        self.moves += 1
        self.stage.tell(
            "recall",
            recall=f"c{self.moves:031x}",
            account=self.dice.choice([ALICE, BOB]),
            asset=self.dice.choice(["*", "principal", "points"]),
            up_to=self.dice.choice([None, 700]),
        )

    def cancel(self) -> None:
        self.stage.tell("cancel_grant", grant=f"{self.dice.randint(1, self.moves + 2):032x}", account=ALICE)

    def restart(self) -> None:
        self.stage.start()
        if self.dice.random() < 0.5:  # else what it asks for waits a while, and is decided all the same
            self.till.hello(witness_incarnation=INCARNATION, witness_seq=0, answers=self.stage.shop.asks)

    def send(self, message: str, values: dict) -> None:
        frame = self.till.frame(message, **values)
        self.sent.append(frame)
        if not self.till.send(*frame):
            self.stage.clock.at_ms += 2000
            self.stage.desk.tick()


@pytest.mark.parametrize("seed", range(8))
def test_the_books_hold(seed):
    day = Day(seed)
    for _ in range(STEPS):
        day.step()
    events = day.stage.events()
    check_chain(day.stage)
    check_balances(day.stage, events)
    receipts = [event["receipt"] for event in events if event.get("receipt")]
    assert receipts == list(range(1, len(receipts) + 1)), f"seed {seed}"
    transfers = [event["transfer"] for event in events if event.get("transfer")]
    assert len(transfers) == len(set(transfers)), f"seed {seed}"
    assert {"sale", "void", "recall_answered"} <= {event["kind"] for event in events}
    assert day.stage.db.execute("SELECT COUNT(*) FROM refused WHERE reason = 'busy'").fetchone() == (0,), f"seed {seed}"


def check_chain(stage) -> None:
    head = chain.genesis(INCARNATION)
    for line, kept in stage.db.execute("SELECT line, hash FROM events ORDER BY seq"):
        head = chain.link(head, line)
        assert head == kept


def check_balances(stage, events: list[dict]) -> None:
    """Head office's own mirror of what the events tell agrees with the slices here, and nothing was ever overdrawn."""
    balances: dict = {}
    for event in events:
        entries = from_rows(event.get("transfer") or "", event["entries"])
        for line in {one.debit for one in entries if one.debit.holder == TRANSIT}:
            balances[line] = balances.get(line, 0) + 10**9  # what head office has sent before
        balances = apply(balances, entries)
    here = [(line, amount) for line, amount in balances.items() if (line.book, line.holder) == ("member", STORE)]
    rows = stage.db.execute("SELECT account, asset, lot, amount FROM slices WHERE amount > 0").fetchall()
    told = {(line.party, line.asset, line.lot): amount for line, amount in here if amount}
    assert told == {row[:3]: row[3] for row in rows}
