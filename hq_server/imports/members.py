"""Members from a file: found by their old number, else by their card; only what is named and differs is changed."""

import datetime as dt
import json
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from hq_server.bootstrap import Hq
from hq_server.fleet import store as fleet
from hq_server.imports import store
from hq_server.imports.plan import Plan
from hq_server.imports.rows import Read, Record
from hq_server.members import changes
from hq_server.members import store as members
from hq_server.members.schemas import MemberChange, NewMember, Person

PERSON = ("name", "phone", "email", "birthday", "gender", "consent")
OPEN = ("level", "status", "display", "home")
MEMBERS_AT_ONCE = 500
CONSENT = "imported"


class Known(NamedTuple):
    """Who is there already: old number -> account, card -> account, account -> rows."""

    numbers: dict[str, str]
    cards: dict[str, str]
    members: dict[str, Any]
    persons: dict[str, Any]


def plan(connection: Connection, read: Read, hq: Hq) -> Plan:
    """What the file would do to the register."""
    known, found = _known(connection, read.records), Plan()
    new, changed = [], []
    seen: dict[tuple[str, str], int] = {}
    for record in read.records:
        if _is_doubled(record, read, seen):
            continue
        account = known.numbers.get(record.values["number"]) or known.cards.get(record.values.get("card", ""))
        if not account:
            new.append(record)
            found.count("added")
        elif known.cards.get(record.values.get("card", ""), account) != account:
            read.wrong.add(record.row, read.headers["card"], record.values["card"], "card_taken")
        elif differs(record.values, account, known):
            changed.append((account, record))
            found.count("changed")
        else:
            found.count("same")
    found.apply = lambda: _apply(connection, hq, known, new, changed)
    return found


def _known(connection: Connection, records: list[Record]) -> Known:
    numbers = list({record.values["number"] for record in records})
    cards = list({record.values["card"] for record in records if "card" in record.values})
    by_number, by_card = store.accounts_of_numbers(connection, numbers), store.accounts_of_cards(connection, cards)
    accounts = sorted({*by_number.values(), *by_card.values()})
    rows, persons = {}, {}
    for at in range(0, len(accounts), MEMBERS_AT_ONCE):
        some = accounts[at : at + MEMBERS_AT_ONCE]
        rows |= members.member_rows(connection, some)
        persons |= members.person_rows(connection, some)
    return Known(by_number, by_card, rows, persons)


def _is_doubled(record: Record, read: Read, seen: dict[tuple[str, str], int]) -> bool:
    """A number or card twice in one file: which of the rows counts is not ours to say."""
    doubled = [name for name in ("number", "card") if (name, record.values.get(name)) in seen]
    for name in doubled:
        read.wrong.add(record.row, read.headers[name], record.values[name], "doubled")
    seen.update({(name, record.values[name]): record.row for name in ("number", "card") if name in record.values})
    return bool(doubled)


def differs(values: dict[str, Any], account: str, known: Known) -> bool:
    """Whether a row says something else than what is kept."""
    row, person = known.members[account], known.persons.get(account)
    if values["number"] not in known.numbers or ("card" in values and values["card"] not in known.cards):
        return True
    if "tags" in values and tuple(sorted(json.loads(row.tags))) != values["tags"]:
        return True
    open_ones = any(getattr(row, name) != values[name] for name in OPEN if name in values)
    return open_ones or any(getattr(person, name, "") != values[name] for name in PERSON if name in values)


def _apply(connection: Connection, hq: Hq, known: Known, new: list[Record], changed: list) -> None:
    zones = {row.code: row.timezone for row in fleet.stores(connection)}
    for at in range(0, len(new), MEMBERS_AT_ONCE):
        _add(connection, hq, new[at : at + MEMBERS_AT_ONCE], zones)
    for account, record in changed:
        _change(connection, hq, account, record.values, known)


def _add(connection: Connection, hq: Hq, some: list[Record], zones: dict[str, str]) -> None:
    accounts = changes.add_members(connection, hq.post, [_new(record.values) for record in some], hq.now_s())
    store.add_numbers(connection, dict(zip((record.values["number"] for record in some), accounts, strict=True)))
    for account, record in zip(accounts, some, strict=True):
        values = record.values
        home = values.get("home", "")
        told: dict[str, Any] = {"joined_at": home}
        if "joined" in values:
            told["joined_at_s"] = noon_s(values["joined"], zones.get(home, "UTC"))
        if "status" in values:
            told["status"] = values["status"]
        members.set_member(connection, account, **told)


def _new(values: dict[str, Any]) -> NewMember:
    open_ones = {name: values[name] for name in ("level", "display", "home") if name in values}
    cards = [values["card"]] if "card" in values else []
    person: dict[str, Any] = {"consent": CONSENT}
    person.update(_person(values))
    return NewMember(**open_ones, tags=list(values.get("tags", ())), cards=cards, person=Person(**person))


def _person(values: dict[str, Any]) -> dict[str, Any]:
    return {name: values[name] for name in PERSON if name in values}


def _change(connection: Connection, hq: Hq, account: str, values: dict[str, Any], known: Known) -> None:
    kept = known.persons.get(account)
    person: dict[str, Any] = {name: getattr(kept, name, "") for name in PERSON} | _person(values)
    named = {name: values[name] for name in OPEN if name in values}
    tags = list(values["tags"]) if "tags" in values else None
    told = MemberChange(**named, tags=tags, person=Person(**person))
    if "card" in values and values["card"] not in known.cards:
        changes.add_card(connection, hq.post, account, values["card"], hq.now_s())
    if values["number"] not in known.numbers:
        store.add_numbers(connection, {values["number"]: account})
    changes.change_member(connection, hq.post, account, told, hq.now_s())


def noon_s(day: str, timezone: str) -> int:
    """Epoch seconds of noon at a place: the same day wherever it is looked at from nearby."""
    return int(dt.datetime.combine(dt.date.fromisoformat(day), dt.time(12), ZoneInfo(timezone)).timestamp())
