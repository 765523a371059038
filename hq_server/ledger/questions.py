"""What people ask of the books: history, who holds what, why a tap was refused, and whether everything adds up."""

from collections.abc import Iterator
from hashlib import sha256
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row

from hq_server.fleet import store as fleet
from hq_server.fleet.rules import genesis
from hq_server.ingest import store as events
from hq_server.ledger import store as books
from protocol.ledger.entries import Line, unit

PAGE = 2000
SHOWN_MAX = 20  # problems that a proof names; more are counted


class Step(NamedTuple):
    """One entry that changed an account. in_all: of that asset afterwards, over all holders."""

    event: Row
    n: int
    line: Line
    change: int
    other: Line
    in_all: int


class Proof(NamedTuple):
    """Counts and every problem found (at most SHOWN_MAX are named)."""

    events: int
    entries: int
    lives: int
    problems: tuple[str, ...]
    more: int


def history(connection: Connection, account: str, upto_s: int | None = None) -> list[Step]:
    """Every change of an account in the order of booking; upto_s: only what gateways' clocks put before it."""
    steps, in_all = [], {}
    for row, told in _of_party(connection, account):
        if upto_s is not None and told.at_s > upto_s:
            continue
        one = books.as_entry(row)
        for line, other, sign in ((one.debit, one.credit, -1), (one.credit, one.debit, 1)):
            if line.party == account and line.book == "member":
                in_all[line.asset] = in_all.get(line.asset, 0) + sign * one.amount
                steps.append(Step(told, row.n, line, sign * one.amount, other, in_all[line.asset]))
    return steps


def balances(connection: Connection, party: str, upto_s: int | None = None) -> dict[Line, int]:
    """Lines of an account or store that are not zero, now or as of a time by the gateways' clocks."""
    if upto_s is None:
        return {Line(*row[:5]): row.amount for row in books.balances_of_party(connection, party)}
    found: dict[Line, int] = {}
    for row, told in _of_party(connection, party):
        if told.at_s <= upto_s:
            _move(found, row)
    return {line: left for line, left in sorted(found.items()) if left and line.party == party}


def held_before(connection: Connection, account: str, event: int) -> dict[tuple[str, str], int]:
    """(holder, asset) -> what was there by the books when this event was booked."""
    found: dict[Line, int] = {}
    for row, told in _of_party(connection, account):
        if told.id < event:
            _move(found, row)
    held: dict[tuple[str, str], int] = {}
    for line, left in found.items():
        if line.book == "member" and line.party == account and left:
            held[line.holder, line.asset] = held.get((line.holder, line.asset), 0) + left
    return held


def prove(connection: Connection) -> Proof:
    """Recomputes every chain from what gateways said and every balance from the entries; nothing is believed."""
    problems: list[str] = []
    told = 0
    lives = [life for row in fleet.stores(connection) for life in fleet.incarnations_of(connection, row.code)]
    for life in lives:
        told += _prove_chain(connection, life, problems)
    entries = _prove_balances(connection, problems)
    return Proof(told, entries, len(lives), tuple(problems[:SHOWN_MAX]), max(0, len(problems) - SHOWN_MAX))


def _prove_chain(connection: Connection, life: Row, problems: list[str]) -> int:
    head, seq, receipt = bytes.fromhex(genesis(life.incarnation)), 0, 0
    where = f"store {life.store}, life {life.incarnation[:8]}"
    while page := events.chain_page(connection, life.incarnation, seq, PAGE):
        for row in page:
            head = sha256(head + row.raw.encode()).digest()
            if row.seq != seq + 1:
                problems.append(f"{where}: event {row.seq} after {seq}")
            if head.hex() != row.hash:
                problems.append(f"{where}: event {row.seq} is not what the gateway's chain says")
                head = bytes.fromhex(row.hash)
            if row.receipt is not None and receipt and row.receipt != receipt + 1:
                problems.append(f"{where}: receipt {row.receipt} after {receipt}")
            seq, receipt = row.seq, row.receipt or receipt
    if (seq, head.hex()) != (life.cursor_seq, life.head):
        problems.append(f"{where}: the cursor stands at {life.cursor_seq}, the events end at {seq}")
    return seq


def _prove_balances(connection: Connection, problems: list[str]) -> int:
    found: dict[Line, int] = {}
    count, after = 0, (0, 0)
    while page := books.entries_page(connection, after, PAGE):
        for row in page:
            _move(found, row)
        count, after = count + len(page), (page[-1].event, page[-1].n)
    kept = books.all_balances(connection)
    for line in sorted(kept.keys() | {line for line, left in found.items() if left}):
        if kept.get(line, 0) != found.get(line, 0):
            problems.append(f"{line.text}: {kept.get(line, 0)} is kept, its entries come to {found.get(line, 0)}")
        if line.book == "member" and kept.get(line, 0) < 0:
            problems.append(f"{line.text} is below zero")
    sums: dict[str, int] = {}
    for line, left in kept.items():
        sums[unit(line.asset)] = sums.get(unit(line.asset), 0) + left
    problems += [f"{name} does not add up: {left}" for name, left in sorted(sums.items()) if left]
    return count


def _move(found: dict[Line, int], row: Row) -> None:
    one = books.as_entry(row)
    found[one.debit] = found.get(one.debit, 0) - one.amount
    found[one.credit] = found.get(one.credit, 0) + one.amount


def _of_party(connection: Connection, party: str) -> Iterator[tuple[Row, Any]]:
    """Entries of a party with their events, in the order of booking."""
    after = 0
    while page := books.entries_of_party(connection, party, after, PAGE):
        told = events.events_of(connection, sorted({row.event for row in page}))
        for row in page:
            yield row, told[row.event]
        after = page[-1].event
