"""Past sales from a file: history for reports. They move no value, open no lot and touch no book."""

import datetime as dt
from hashlib import sha256
from itertools import groupby
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from hq_server.bootstrap import Hq
from hq_server.fleet import store as fleet
from hq_server.goods import store as goods
from hq_server.imports import store
from hq_server.imports.plan import Plan
from hq_server.imports.rows import Read, Record, Wrongs
from hq_server.imports.store import PastLine

NOON_S = 12 * 3600
HEAD = ("date", "time", "member", "card")  # what all rows of a document must say alike


class Draft(NamedTuple):
    """One document as the file has it."""

    store: str
    document: str
    business_date: str
    at_s: int
    account: str
    lines: tuple[PastLine, ...]

    @property
    def digest(self) -> str:
        return sha256(repr(self).encode()).hexdigest()[:32]


def plan(connection: Connection, read: Read, hq: Hq) -> Plan:
    """What the file would do to the history."""
    found = Plan()
    drafts = _drafts(connection, read, found)
    known = store.known_documents(connection, [(one.store, one.document) for one in drafts])
    fresh, gone = [], []
    for draft in drafts:
        number, digest = known.get((draft.store, draft.document), (0, ""))
        same = digest == draft.digest
        found.count("same" if same else "changed" if number else "added")
        if not same:
            fresh.append(draft)
            gone += [number] if number else []
    found.apply = lambda: _apply(connection, fresh, gone)
    return found


def _apply(connection: Connection, fresh: list[Draft], gone: list[int]) -> None:
    store.forget_sales(connection, gone)
    numbers = store.take_numbers(connection, len(fresh))
    sales = [(number, *draft[:5], draft.digest) for number, draft in zip(numbers, fresh, strict=True)]
    lines = [(number, *line) for number, draft in zip(numbers, fresh, strict=True) for line in draft.lines]
    store.add_sales(connection, sales, lines)


def _drafts(connection: Connection, read: Read, found: Plan) -> list[Draft]:
    zones = {row.code: ZoneInfo(row.timezone) for row in fleet.stores(connection)}
    members = _Members(connection, read)
    sold = {row.code for row in goods.goods_page(connection)}
    records = sorted(read.records, key=_key)  # stable: lines keep their order
    drafts = []
    for (code, document), rows in groupby(records, _key):
        some = list(rows)
        if _one_head(some, read):
            drafts.append(_draft(code, document, some, zones[code], members.of(some[0])))
    found.notes["unknown_goods"] = sum(record.values["code"] not in sold for record in read.records)
    found.notes["no_member"] = sum(not draft.account for draft in drafts)
    return drafts


def _key(record: Record) -> tuple[str, str]:
    return record.values["store"], record.values["document"]


def _one_head(some: list[Record], read: Read) -> bool:
    """Whether all rows of a document agree on when it was, and whose."""
    first = some[0].values
    for record in some[1:]:
        for name in HEAD:
            if record.values.get(name) != first.get(name):
                read.wrong.add(record.row, read.headers[name], record.values.get(name, ""), "document_differs")
                return False
    return True


def _draft(code: str, document: str, some: list[Record], zone: ZoneInfo, account: str) -> Draft:
    values = some[0].values
    lines = tuple(_line(at, record.values) for at, record in enumerate(some, 1))
    return Draft(code, document, values["date"], _at_s(values, zone), account, lines)


def _line(at: int, values: dict[str, Any]) -> PastLine:
    discount = values.get("discount_cents", 0) * (-1 if values["qty_milli"] < 0 else 1)
    return PastLine(at, values["code"], values["qty_milli"], values["paid_cents"] + discount, discount)


def _at_s(values: dict[str, Any], zone: ZoneInfo) -> int:
    day = dt.datetime.fromisoformat(values["date"]).replace(tzinfo=zone)
    seconds = values.get("time", NOON_S)
    return int(day.replace(hour=seconds // 3600, minute=seconds // 60 % 60, second=seconds % 60).timestamp())


class _Members:
    """Whose a document is, by old number or card."""

    def __init__(self, connection: Connection, read: Read):
        said = [(name, {record.values[name] for record in read.records if name in record.values}) for name in HEAD[2:]]
        numbers, cards = (sorted(values) for _, values in said)
        self.numbers = store.accounts_of_numbers(connection, numbers)
        self.cards = store.accounts_of_cards(connection, cards)
        self.read = read

    def of(self, record: Record) -> str:
        """The account, '' for a sale without a member; an unknown member is an error of its row."""
        number, card = record.values.get("member", ""), record.values.get("card", "")
        account = self.numbers.get(number, "") or self.cards.get(card, "")
        if not account and (number or card):
            self._missing("member" if number else "card", record, self.read.wrong)
        return account

    def _missing(self, name: str, record: Record, wrong: Wrongs) -> None:
        wrong.add(record.row, self.read.headers[name], record.values[name], "no_member")
