"""Who may refund a sale: its refund right has one holder, and its parts move between stores as value does.

    ask         a store wants to refund a sale that it did not sell: the right is recalled from whoever holds it
    returned    its event brings the right home (nothing, if it was used up); it is granted to who asked
    taken       its event says that it has the right; a tombstone, that it never will

The store that sold holds the right from the sale on, without a word: head office works out the same document from the
sale's own event, and checks every refund against it.
"""

from collections.abc import Callable
from typing import NamedTuple

from hq_server.ingest.rules import Told
from hq_server.vault import pending, recovery
from hq_server.vault.book import LIFE
from hq_server.vault.books import Vault
from hq_server.vault.lives import answers
from hq_server.vault.rows import Place, RightMove, RightPart
from protocol.ledger import refund_rights
from protocol.ledger.entries import HQ
from protocol.ledger.lots import Holding, Slice
from protocol.ledger.refund_rights import RefundRight, common, is_empty, less, merged

FORGOTTEN = "forgot"  # a right that is at a store, and comes home once more when who had it before reports


class Sought(NamedTuple):
    """The sale that a store wants to refund: by transfer, or by store and receipt number."""

    sale: str = ""
    store: str = ""
    receipt: int = 0


def topic(request: str) -> str:
    """What rings when a right that was recalled for a request has come home."""
    return "asked:" + request


def find(vault: Vault, sought: Sought) -> str:
    """The transfer of the sale sought, or '' if head office knows none."""
    sale = sought.sale or vault.sale_at(sought.store, sought.receipt)
    return sale if sale and _sold(vault, sale) else ""


def ask(vault: Vault, store: str, sale: str, request: str) -> tuple[list[str], str]:
    """Grants what head office has of a right and recalls the rest; (recalls to wait for, why it cannot be had)."""
    parts = parts_of(vault, sale)
    if any(_has(vault, part, store) for part in parts):
        return [], ""
    if recovery.waits(vault):
        return [], "refund_right_away"
    if grant_home(vault, store, sale, request):
        return [], ""
    away, coming = [part for part in parts if not is_empty(part.right)], _on_the_way(vault, sale)
    if any(move.store == store for move in coming):
        return [], ""
    if not away and not coming and not _forgotten(vault, sale):
        return [], "nothing_left_to_refund"
    recalls = [number for part in away if (number := _recall(vault, part, request))]
    return recalls, "" if recalls else "refund_right_away"


def rest(vault: Vault, store: str, sale: str, request: str) -> str:
    """Grants what has come home meanwhile; why there is nothing to grant, or ''."""
    if grant_home(vault, store, sale, request):
        return ""
    away = [part for part in parts_of(vault, sale) if not is_empty(part.right)]
    elsewhere = away or _on_the_way(vault, sale) or _forgotten(vault, sale)
    return "refund_right_away" if elsewhere else "nothing_left_to_refund"


def grant_home(vault: Vault, store: str, sale: str, request: str = "") -> bool:
    """Lets what head office has of a right go to a store; whether there was anything."""
    gateway = vault.gateway(store)
    take_off_forgotten(vault, sale)
    home = next((part for part in parts_of(vault, sale) if part.holder == HQ), None)
    enrolled = gateway is not None and gateway.status == "enrolled"
    if home is None or is_empty(home.right) or gateway is None or not enrolled or recovery.waits(vault):
        return False
    number, right = vault.new_id(), home.right
    put_at(vault, sale, HQ, "", less(right, right))
    told = {
        "grant": number, "account": right.account, "sale": sale, "receipt": _receipt(vault, sale),
        "right": refund_rights.encode(right),
    }
    n = vault.send(store, "refund_right_grant", told, right.account)
    vault.add_right_move(
        RightMove(
            number, "grant", sale, store, gateway.incarnation, right.account, vault.now_s, request, right, n
        )
    )
    return True


def cancel(vault: Vault, number: str) -> bool:
    """Takes a granted right back while it is unanswered; nothing is home before the gateway's answer is booked."""
    move = vault.right_move(number)
    if move is None or move.kind != "grant" or move.status != "open":
        return False
    told = {"grant": number, "account": move.account, "sale": move.sale}
    vault.send(move.store, "cancel_refund_right", told, move.account)
    return True


def parts_of(vault: Vault, sale: str) -> list[RightPart]:
    """All parts of a sale's right; for a sale that nobody has touched, the whole of it where it was sold."""
    parts = vault.right_parts(sale)
    if not parts:
        return _untouched(vault, sale)
    return parts + _opened_late(vault, sale, parts) if vault.office().life != LIFE else parts


def _opened_late(vault: Vault, sale: str, parts: list[RightPart]) -> list[RightPart]:
    """After a restore a right may be known where it went before its sale is: what the sale opened comes beside it.

    Where it sold has its part by then, or its life is closed and head office has what was left of that part.
    """
    place, there = _sold(vault, sale), {(part.holder, part.incarnation) for part in parts}
    if place is None or (place.store, place.incarnation) in there:
        return []
    return [part for part in _untouched(vault, sale) if (part.holder, part.incarnation) not in there]


def forget(vault: Vault, sale: str, right: RefundRight, move: Callable[[RefundRight], RightMove]) -> None:
    """A right that is at a store comes home once more: of what is home as much is taken off, the rest when it comes.

    move: keeps what is still to come off; nothing is, if head office has all of it.
    """
    home = part_at(vault, sale, HQ, "")
    here = common(home.right, right) if home else less(right, right)
    if home and _some(here):
        put_at(vault, sale, HQ, "", less(home.right, here))
    if _some(rest := less(right, here)):
        vault.add_right_move(move(rest))


def take_off_forgotten(vault: Vault, sale: str) -> None:
    """What head office had granted on before it was restored is at that store already (remembering.py)."""
    for move in _forgotten(vault, sale):
        home = part_at(vault, sale, HQ, "")
        if home is None or not _some(home.right):
            return
        if move.right is not None and _some(common(home.right, move.right)):
            vault.set_right_move(move.number, "settled")
            forget(vault, sale, move.right, lambda rest, move=move: move._replace(number=vault.new_id(), right=rest))


def part_at(vault: Vault, sale: str, store: str, incarnation: str) -> RightPart | None:
    """What an incarnation holds of a right."""
    return next(
        (one for one in parts_of(vault, sale) if (one.holder, one.incarnation) == (store, incarnation)), None
    )


def put_at(vault: Vault, sale: str, store: str, incarnation: str, right: RefundRight) -> None:
    """Writes what an incarnation (or head office) holds of a right, beside what others hold."""
    settle_parts(vault, sale)
    vault.put_right_part(RightPart(sale, store, incarnation, right))


def add_at(vault: Vault, sale: str, store: str, incarnation: str, right: RefundRight) -> None:
    """A part comes to a holder; parts of one right add up."""
    there = part_at(vault, sale, store, incarnation)
    put_at(vault, sale, store, incarnation, merged(there.right, right) if there else right)


def settle_parts(vault: Vault, sale: str) -> None:
    """From now on the parts are written down, whoever held the right by having sold."""
    if not vault.right_parts(sale):
        for part in parts_of(vault, sale):
            vault.put_right_part(part)


def opened(vault: Vault, store: str, told: Told) -> RefundRight:
    """The right that a sale opened, worked out from its event as its store does."""
    event = told.event
    account = event.account or ""
    lots = {line.lot for one in told.entries for line in (one.debit, one.credit) if line.book == "member"}
    terms = vault.lot_terms(account, lots) if lots else ()
    lines = [
        {"code": line.code, "qty_milli": line.qty_milli, "amount_cents": line.amount_cents, "earned": line.earned}
        for line in event.lines
    ]
    return refund_rights.open_right(
        event.transfer or "", Holding(account, store, terms), told.entries, lines, pending_of(store, told)
    )


def pending_of(store: str, told: Told) -> tuple[Slice, ...]:
    """What a sale gave only in the pool."""
    return pending.credited(store, told.event).holding.slices


def _sold(vault: Vault, sale: str) -> Place | None:
    """Where a sale was booked."""
    place = vault.places([sale]).get(sale)
    return place if place and vault.told(place.event).event.kind == "sale" else None


def _untouched(vault: Vault, sale: str) -> list[RightPart]:
    place = _sold(vault, sale)
    if place is None:
        return []
    right = opened(vault, place.store, vault.told(place.event))
    if vault.places([sale + "/void"]):
        right = less(right, right)
    life = vault.life(place.incarnation)
    if life is not None and life.status == "closed":  # a dead incarnation's rights are head office's (cases.py)
        return [RightPart(sale, HQ, "", right)]
    return [RightPart(sale, place.store, place.incarnation, right)]


def _on_the_way(vault: Vault, sale: str) -> list[RightMove]:
    return [move for move in vault.right_moves(sale) if move.kind == "grant"]


def _forgotten(vault: Vault, sale: str) -> list[RightMove]:
    return [move for move in vault.right_moves(sale) if move.kind == FORGOTTEN]


def _some(right: RefundRight) -> bool:
    return right != less(right, right)


def _has(vault: Vault, part: RightPart, store: str) -> bool:
    gateway = vault.gateway(store)
    mine = gateway is not None and (part.holder, part.incarnation) == (store, gateway.incarnation)
    return mine and not is_empty(part.right)


def _recall(vault: Vault, part: RightPart, request: str) -> str:
    """Asks its holder for a part; the recall's id, '' if he is dead or does not answer now."""
    gateway = vault.gateway(part.holder)
    if gateway is None or gateway.incarnation != part.incarnation or not answers(gateway, vault.now_s):
        return ""
    return send_recall(vault, part, request)


def send_recall(vault: Vault, part: RightPart, request: str = "") -> str:
    """Asks for a part, once at a time; the recall's id."""
    for move in vault.right_moves(part.sale):
        if (move.kind, move.store, move.incarnation) == ("recall", part.holder, part.incarnation):
            return move.number
    number, account = vault.new_id(), part.right.account
    vault.send(part.holder, "recall_refund", {"recall": number, "account": account, "sale": part.sale}, account)
    vault.add_right_move(
        RightMove(number, "recall", part.sale, part.holder, part.incarnation, account, vault.now_s, request)
    )
    return number


def _receipt(vault: Vault, sale: str) -> int:
    place = vault.places([sale]).get(sale)
    return (vault.told(place.event).event.receipt or 0) if place else 0
