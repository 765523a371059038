"""A store asks for float at a tap: what the pool has is granted at once, what it lacks is recalled.

begin, then (where it recalled something) wait for the answers or until time is up, rest, and answer. Asked again under
the same id it answers with the same grants.
"""

import json
from typing import NamedTuple

from hq_server.errors import conflict
from hq_server.floats import rules
from hq_server.vault import moves, recovery, refunds
from hq_server.vault.book import Book
from hq_server.vault.books import Vault
from hq_server.vault.lives import answers
from hq_server.vault.lots import add_own_lots
from hq_server.vault.refunds import Sought
from hq_server.vault.rows import Grant, Request
from protocol.ledger.coupons import issue_once, once_transfer
from protocol.ledger.entries import HQ, SUSPENSE, TRANSIT

STORED = ("principal", "bonus")
NOT_STORES = (HQ, TRANSIT, SUSPENSE)


class Wanted(NamedTuple):
    """What a store lacks of an account, by asset; principal and bonus together are stored value."""

    request: str
    account: str
    want: dict[str, int]
    refund: Sought | None = None  # a sale that is to be refunded: its right is wanted

    def missing(self) -> dict[str, int]:
        """`stored`, and every other asset as it is named."""
        wanted = {"stored": sum(self.want.get(asset, 0) for asset in STORED)}
        wanted.update({asset: amount for asset, amount in self.want.items() if asset not in STORED})
        return {asset: amount for asset, amount in wanted.items() if amount > 0}


def begin(vault: Vault, store: str, wanted: Wanted) -> list[str]:
    """Grants from the pool and recalls the rest; the recalls to wait for. Raises HqError('id_conflict')."""
    if _seen(vault, store, wanted):
        return []
    recalls, reason = _begin_right(vault, store, wanted) if wanted.refund else ([], "")
    if wanted.missing():
        reason = reason or _refusal(vault, wanted.account)
        if not reason:
            _make_units(vault, wanted.account, wanted.want)
            missing = _grant(vault, store, wanted, wanted.missing())
            recalls = [*recalls, *_recall(vault, store, wanted, missing)]
    elif not wanted.refund:
        reason = _refusal(vault, wanted.account)
    _note(vault, store, wanted, reason, "open" if recalls else "done")
    return recalls


def rest(vault: Vault, store: str, wanted: Wanted) -> None:
    """Grants what has come home meanwhile."""
    got = _granted(vault.grants_of_request(wanted.request))
    missing = _less(wanted.missing(), got)
    if missing:
        _grant(vault, store, wanted, missing)
    sale = refunds.find(vault, wanted.refund) if wanted.refund else ""
    vault.set_request(wanted.request, "done", refunds.rest(vault, store, sale, wanted.request) if sale else "")


def all_home(vault: Vault, recalls: list[str]) -> bool:
    """Whether there is nothing left to wait for."""
    return vault.all_answered(recalls)


def answer(vault: Vault, wanted: Wanted) -> dict:
    """The messages of the grants made for this request, what the pool has left, and why nothing was granted."""
    row = vault.request(wanted.request)
    assert row is not None
    numbers = [grant.n for grant in vault.grants_of_request(wanted.request)]
    numbers += [move.n for move in vault.right_moves_of_request(wanted.request) if move.kind == "grant"]
    here = vault.held(wanted.account)
    pool = {asset: here.get((HQ, asset), 0) for asset in dict.fromkeys((*STORED, "points", *wanted.want))}
    return {"messages": vault.messages(row.incarnation, numbers), "pool": pool, "reason": row.reason or None}


def _begin_right(vault: Vault, store: str, wanted: Wanted) -> tuple[list[str], str]:
    assert wanted.refund is not None
    sale = refunds.find(vault, wanted.refund)
    return refunds.ask(vault, store, sale, wanted.request) if sale else ([], "unknown_sale")


def _seen(vault: Vault, store: str, wanted: Wanted) -> bool:
    row = vault.request(wanted.request)
    if row is None:
        return False
    if (row.store, row.account, row.want) != (store, wanted.account, _want_text(wanted)):
        raise conflict("id_conflict", "this request came before with other parameters")
    return True


def _note(vault: Vault, store: str, wanted: Wanted, reason: str, status: str) -> None:
    gateway = vault.gateway(store)
    assert gateway is not None
    text = _want_text(wanted)
    vault.add_request(
        Request(wanted.request, store, gateway.incarnation, wanted.account, text, reason, vault.now_s, status)
    )


def _want_text(wanted: Wanted) -> str:
    refund = {"refund": wanted.refund} if wanted.refund else {}
    return json.dumps({**wanted.want, **refund}, sort_keys=True)


def _refusal(vault: Vault, account: str) -> str:
    """Why nothing is granted, or ''."""
    if recovery.waits(vault):
        return recovery.REASON
    member = vault.member(account)
    if member is None:
        return "unknown_account"
    return "" if member.status == "active" else member.status


def _make_units(vault: Vault, account: str, want: dict[str, int]) -> None:
    """What each member may do once is made when it is first asked for, and never again."""
    for asset in want:
        name = asset.partition(":")[2]
        if asset.startswith("once:") and not vault.has_own(once_transfer(name, account)):
            booking = issue_once(vault.holding(account, HQ), name, vault.now_s)
            book = Book(vault)
            book.note("issued", booking.entries[0].transfer, account, booking.entries)
            book.save()
            add_own_lots(vault, booking.holding, booking.entries[0].transfer)


def _grant(vault: Vault, store: str, wanted: Wanted, want: dict[str, int]) -> dict[str, int]:
    """Grants from the pool; what is still missing."""
    return _less(want, _stored_together(moves.grant(vault, store, wanted.account, want, wanted.request)))


def _recall(vault: Vault, store: str, wanted: Wanted, missing: dict[str, int]) -> list[str]:
    """Asks the stores that have it, those with most of it first, as far as they answer at all."""
    if not missing:
        return []
    waiting = _on_their_way(vault, wanted.account, store)
    here = vault.held(wanted.account)
    recalls = []
    for other in _others(vault, here, store):
        for asset, amount in _parts(here, other, missing).items():
            number = moves.recall(vault, other, wanted.account, asset, amount, wanted.request)
            recalls += [number] if number else []
    return recalls or waiting


def _on_their_way(vault: Vault, account: str, store: str) -> list[str]:
    """Recalls of before that may still be answered in time."""
    return [
        row.recall
        for row in vault.open_recalls(account)
        if row.store != store and answers(vault.gateway(row.store), vault.now_s)
    ]


def _others(vault: Vault, here: dict[tuple[str, str], int], store: str) -> list[str]:
    """Stores with something of the account whose gateway answers now, the one with most first."""
    amounts: dict[str, int] = {}
    for (holder, _), amount in here.items():
        if holder not in NOT_STORES and holder != store:
            amounts[holder] = amounts.get(holder, 0) + amount
    answering = [code for code in amounts if answers(vault.gateway(code), vault.now_s)]
    return sorted(answering, key=lambda code: (-amounts[code], code))


def _parts(here: dict[tuple[str, str], int], other: str, missing: dict[str, int]) -> dict[str, int]:
    """What to ask of one store; `missing` goes down by it."""
    parts = rules.split_recall(
        missing.get("stored", 0), here.get((other, "principal"), 0), here.get((other, "bonus"), 0)
    )
    missing["stored"] = missing.get("stored", 0) - sum(parts.values())
    for asset in [asset for asset in missing if asset != "stored"]:
        part = min(missing[asset], here.get((other, asset), 0))
        if part:
            parts[asset] = part
            missing[asset] -= part
    return parts


def _granted(rows: list[Grant]) -> dict[str, int]:
    return _stored_together(moves.by_asset(one for row in rows for one in row.slices))


def _stored_together(amounts: dict[str, int]) -> dict[str, int]:
    """Principal and bonus as `stored`."""
    together = {"stored": sum(amounts.get(asset, 0) for asset in STORED)}
    together.update({asset: amount for asset, amount in amounts.items() if asset not in STORED})
    return together


def _less(wanted: dict[str, int], got: dict[str, int]) -> dict[str, int]:
    return {asset: amount - got.get(asset, 0) for asset, amount in wanted.items() if amount > got.get(asset, 0)}
