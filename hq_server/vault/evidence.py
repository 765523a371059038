"""Events as they are to be booked: an own one as it is told; one of a life that is gone in the light of its case.

The next incarnation of a store tells what the disk before it still said (`salvaged`: life, line), and what terminals'
journals say of requests that no event tells (`testified`: life, request, frame, tenders). Each is booked once, by its
request id, or where it has none by its place in its own life. Evidence is never refused: what nobody knew of is loss.
"""

from collections.abc import Iterable
from typing import NamedTuple

from hq_server.errors import HqError
from hq_server.ingest.rules import Told, unwrapped
from hq_server.vault.books import Vault
from hq_server.vault.lots import expires_of, opened_terms
from hq_server.vault.remembering import adopt
from hq_server.vault.rows import Life
from hq_server.vault.scene import Violation
from protocol.ledger import cases
from protocol.ledger.cases import Case, Found
from protocol.ledger.credits import LOT_KINDS
from protocol.ledger.entries import Entry, Line, member_line
from protocol.ledger.lots import Slice, lot_name, month_start

TAKES_BACK = ("void", "refund")
STORED = ("principal", "bonus", "points")


class Item(NamedTuple):
    """An event of a batch: as it is told, whose life it is of, and its entries as they are booked.

    known: the life's own chain had brought it before it was gone.
    """

    told: Told
    life: Life
    entries: tuple[Entry, ...]
    salvaged: bool = False
    known: bool = False

    @property
    def as_booked(self) -> Told:
        """What is told, with the entries that are booked."""
        return self.told if self.entries is self.told.entries else self.told._replace(entries=self.entries)


def item(vault: Vault, life: Life, told: Told) -> Item:
    """An event of a life. Raises Violation for evidence of a life that is not one of this store's, or is not gone."""
    if told.event.kind not in ("salvaged", "testified"):
        return Item(told, life, told.entries)
    gone = vault.life(told.event.life) if told.event.life else None
    gone = gone or adopt(vault, life.store, told.event.life or "")
    if gone is None or gone.store != life.store or gone.incarnation == life.incarnation:
        raise Violation("fenced", f"event {told.event.seq}: evidence of a life that is none")
    if told.event.kind == "testified":
        return Item(told, gone, (), salvaged=True)
    try:
        inner = unwrapped(told)
    except HqError as wrong:
        raise Violation("fenced", f"event {told.event.seq}: {wrong}") from wrong
    return Item(inner, gone, inner.entries, True, bool(inner.key) and _seq_of(inner) <= gone.cursor_seq)


def in_light_of(vault: Vault, one: Item, cased: dict[str, set[str]]) -> Item:
    """The event with the entries that its account's case leaves; the case as it is then. cased: kept in a batch."""
    if one.life.incarnation not in cased:
        cased[one.life.incarnation] = vault.case_accounts(one.life.incarnation)
    accounts = cased[one.life.incarnation]
    if one.told.event.kind == "testified":
        return _book(vault, one, accounts, one.told.event.account or "", _testified)
    if not one.salvaged and not accounts:
        return one
    named = sorted({line.party for entry in one.entries for line in (entry.debit, entry.credit) if _mine(line, one)})
    if not one.salvaged and not accounts.intersection(named):
        return one
    return _book(vault, one, accounts, named[0] if named else one.told.event.account or "", _told)


def _book(vault: Vault, one: Item, accounts: set[str], account: str, how) -> Item:
    life = one.life
    case = vault.case(life.incarnation, account) if account in accounts else None
    found = how(vault, one, case or Case(account, life.store))
    if found.case != case and account:
        vault.put_case(life.incarnation, found.case)
        accounts.add(account)
    for asset, amount in found.beyond:
        detail = f"event {one.told.event.seq} of {life.incarnation}: {amount} {asset} that nobody knew of"
        vault.alarm("beyond_evidence", life.store, detail)
    return one._replace(entries=found.entries)


def _told(vault: Vault, one: Item, case: Case) -> Found:
    """Terms of lots come from the event, or are head office's own."""
    event = one.told.event
    opened = opened_terms(vault, one.life.store, one.told)
    lots = {line.lot for entry in one.entries for line in (entry.debit, entry.credit) if line.lot}
    known = vault.lot_terms(case.account, lots) if lots else ()
    return cases.came_to_light(case, one.entries, event.kind in TAKES_BACK, (*opened, *known))


def _testified(vault: Vault, one: Item, case: Case) -> Found:
    """A request that a terminal's journal says was approved: paid from what waits, and what it credited waits too."""
    event, transfer = one.told.event, one.told.event.transfer or ""
    found = _credited(vault, one, case)
    if event.message == "top_up":
        return found
    spent = [(asset, event.tenders.get(asset, 0)) for asset in STORED] + [(asset, 1) for asset in event.coupons]
    for asset, amount in spent:
        if amount > 0 and case.account:
            more = cases.testified(found.case, transfer, asset, amount, len(found.entries) + 1)
            found = Found(found.entries + more.entries, more.case, found.beyond + more.beyond)
    others = {"cash": Line("cash", case.store, "cash"), "points_value": Line("gift_cost", case.store, "points_value")}
    paid = [(line, event.tenders.get(asset, 0)) for asset, line in others.items()]
    paid += [(Line("receivable", case.account, "principal"), event.owed_cents)] if case.account else []
    return found._replace(entries=found.entries + tuple(_paid(transfer, case.store, paid, len(found.entries) + 1)))


def _credited(vault: Vault, one: Item, case: Case) -> Found:
    """What a request gave the member: a top-up with its bonus, points and punches that a sale has earned."""
    event, store, transfer = one.told.event, case.store, one.told.event.transfer or ""
    given = {"points": ("points_cost", event.earned_points)}
    given |= {asset: ("punch_issued", amount) for asset, amount in event.punches}
    if event.message == "top_up":
        given = {"principal": ("cash", event.tenders.get("principal", 0)),
                 "bonus": ("gift_cost", event.tenders.get("bonus", 0))}
    entries, opened = [], []
    for asset, (book, amount) in given.items() if case.account else ():
        if amount > 0:
            expires = "" if asset.startswith("punch:") else expires_of(vault, event, asset, {})
            terms = Slice(asset, "", 0, store, LOT_KINDS[book], expires, month_start(event.at_s))
            opened.append(terms._replace(lot=lot_name(case.account, terms)))
            line = member_line(case.account, asset, store, opened[-1].lot)
            entries.append(Entry(transfer, len(entries) + 1, Line(book, store, asset), line, amount))
    return cases.came_to_light(case, entries, False, opened)


def _paid(transfer: str, store: str, paid: list[tuple[Line, int]], first_n: int) -> Iterable[Entry]:
    taken = [(line, amount) for line, amount in paid if amount > 0]
    for n, (line, amount) in enumerate(taken, first_n):
        asset = "receivable" if line.book == "receivable" else line.asset
        yield Entry(transfer, n, line, Line("revenue", store, asset), amount)


def _mine(line: Line, one: Item) -> bool:
    return line.book == "member" and line.holder == one.life.store


def _seq_of(told: Told) -> int:
    return int(told.key.rpartition("/")[2])
