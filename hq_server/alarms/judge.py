"""The judge: looks at the chain, raises what begins, ends what is over. Pure but for the look and the writing."""

from typing import NamedTuple

from sqlalchemy import Connection, Row

from hq_server.alarms import store
from hq_server.alarms.facts import Facts, gather
from hq_server.alarms.kinds import JUDGED
from hq_server.alarms.measures import MEASURES
from hq_server.bootstrap import Hq

OVER_WHEN_ENROLLED = ("fenced", "chain_broken")  # raised by an event; a gateway that is enrolled again ends them

Trouble = tuple[str, str, str]  # kind, store, terminal


class Verdict(NamedTuple):
    """What is to be written: troubles that begin, with their detail, and numbers of alarms that are over."""

    begins: dict[Trouble, str]
    over: list[int]


class Judge:
    """Remembers since when a trouble has been there, for kinds that must last; a new process begins to wait anew."""

    def __init__(self):
        self._since_s: dict[Trouble, int] = {}

    def look(self, hq: Hq) -> None:
        """One look; writes only where something begins or ends."""
        with hq.db.read() as connection:
            verdict = self.judged(gather(connection, hq.now_s()), store.open_alarms(connection))
        if verdict.begins or verdict.over:
            with hq.db.write() as connection:
                _write(connection, verdict, hq.now_s())

    def judged(self, facts: Facts, alarms: list[Row]) -> Verdict:
        """What begins and what is over, by the table of kinds."""
        there = {(row.kind, row.store, row.terminal): row.id for row in alarms}
        begins: dict[Trouble, str] = {}
        over = _enrolled_again(facts, alarms)
        for kind in JUDGED:
            measured = MEASURES[kind.key](facts)
            for place, (number, detail) in measured.items():
                trouble = (kind.key, *place)
                if number > kind.begins and trouble not in there and self._lasts(trouble, facts.now_s, kind.hold_s):
                    begins[trouble] = detail
                elif number <= kind.begins:
                    self._since_s.pop(trouble, None)
            over += [
                number
                for (key, *place), number in there.items()
                if key == kind.key and measured.get((place[0], place[1]), (0, ""))[0] <= kind.ends
            ]
        return Verdict(begins, over)

    def _lasts(self, trouble: Trouble, now_s: int, hold_s: int) -> bool:
        return now_s - self._since_s.setdefault(trouble, now_s) >= hold_s


def _enrolled_again(facts: Facts, alarms: list[Row]) -> list[int]:
    enrolled = {row.code for row in facts.stores if row.status == "enrolled"}
    return [
        row.id
        for row in alarms
        if row.kind in OVER_WHEN_ENROLLED and row.teller == store.EVENT and row.store in enrolled
    ]


def _write(connection: Connection, verdict: Verdict, now_s: int) -> None:
    for (kind, code, terminal), detail in verdict.begins.items():
        store.raise_alarm(connection, kind, code, detail, now_s, terminal, teller=store.JUDGE)
    for number in verdict.over:
        store.close_alarm(connection, number, store.ITSELF, now_s)
