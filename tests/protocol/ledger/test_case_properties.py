"""Whatever a disk did and whenever head office advanced of it: as its events come to light, the books add up.

what the disk had = what waits + what loss took over - what nobody has heard of      and loss is what it has paid
"""

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from protocol.ledger import floats, reversals, spending
from protocol.ledger.entries import SUSPENSE
from protocol.ledger.lots import stored_cents
from protocol.money import money_text, parse_money
from tests.mutator import FUZZ_S
from tests.protocol.ledger.case_books import STORE, Town

CENTS = st.integers(1, 5000)


class DeadDisk(RuleBasedStateMachine):
    """A disk that goes on (until it dies) while head office hears of it late and in order."""

    def __init__(self):
        super().__init__()
        self.town = Town()
        self.told: list[str] = []  # events that have not come to light yet
        self.as_told = 0
        self.in_order = True  # only the disk has spoken, from its first event on
        self.spends: list[str] = []
        self.count = 0

    def _id(self, letter: str) -> str:
        self.count += 1
        return f"{letter}{self.count}"

    def _did(self, id_: str) -> None:
        if self.town.unseen[id_]:
            self.told.append(id_)

    def _row(self, **columns) -> dict:
        return {"amount": "", "cap": "", "of": "", **columns}

    @rule(cents=CENTS)
    def top_up(self, cents):
        id_ = self._id("T")
        self.town._top_up(id_, "", self._row(amount=money_text(cents)))
        self._did(id_)

    @rule(cents=CENTS)
    def spend(self, cents):
        here = stored_cents(self.town.disk)
        if here:
            id_ = self._id("S")
            self.town._on_disk(id_, spending.debit(self.town.disk, id_, min(cents, here)))
            self.spends.append(id_)
            self._did(id_)

    @precondition(lambda self: self.spends)
    @rule(pick=st.integers(0, 99))
    def void(self, pick):
        first, id_ = self.spends.pop(pick % len(self.spends)), self._id("V")
        self.town._on_disk(id_, reversals.reverse(self.town.unseen[first], id_, self.town.disk))
        self._did(id_)

    @rule(cents=CENTS)
    def give_back(self, cents):
        id_ = self._id("R")
        self.town._on_disk(id_, floats.give_back(self.town.disk, id_, {"principal": cents})[0])
        self._did(id_)

    @rule(cents=CENTS)
    def advance(self, cents):
        self.town._advance(self._id("A"), "", self._row(amount=money_text(cents), cap="1000.00"))

    @rule()
    def dies(self):
        if self.town.case.holder != SUSPENSE:
            self.town._dies(self._id("D"), "", self._row())

    @precondition(lambda self: self.told)
    @rule()
    def comes_to_light(self):
        id_ = self.told.pop(0)
        answer = self.town._comes_to_light("", id_, self._row())
        assert answer == "ok" or not self.in_order
        for entry in self.town.unseen[id_]:
            self.as_told += entry.amount * (_here(entry.credit) - _here(entry.debit))
        if id_.startswith("R") and "beyond" in answer:
            self.as_told += parse_money(answer.split()[-1])  # value that nobody has heard of does not go home

    @rule(cents=CENTS)
    def testified(self, cents):
        """A spend that only a terminal remembers: the disk never wrote it, so it counts against what it had."""
        self.town._testified(self._id("J"), "", self._row(amount=money_text(cents)))
        self.as_told -= cents
        self.in_order = False

    @invariant()
    def the_disk_is_accounted_for(self):
        case = self.town.case
        waits, claimed = sum(one.amount for one in case.waiting), sum(one.amount for one in case.advanced)
        unknown = sum(part.amount for part in case.unknown)
        assert self.as_told == waits + claimed - unknown
        assert all(one.amount > 0 for one in (*case.waiting, *case.advanced, *case.paid, *case.unknown))

    @invariant()
    def loss_is_what_it_paid(self):
        case = self.town.case
        assert self.town._sum("loss") == -sum(part.amount for part in (*case.paid, *case.unknown))


def _here(line) -> bool:
    return line.book == "member" and line.holder == STORE


DeadDisk.TestCase.settings = settings(
    max_examples=int(50 * max(1, FUZZ_S)),
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
TestDeadDisk = DeadDisk.TestCase
