"""What head office does about value that nobody can reach: it advances under a cap, and closes the case of a gone life.

A case is opened when a life ends (lives.py) or when head office advances what lies at a store that is cut off. What
comes to light later is booked against it, whether it is open or closed (evidence.py).
"""

from collections.abc import Mapping
from typing import NamedTuple

from hq_server.errors import HqError, conflict, not_found
from hq_server.vault import moves, recovery, refunds
from hq_server.vault.book import Book
from hq_server.vault.books import Vault
from hq_server.vault.rows import Life
from protocol.ledger import advances, cases
from protocol.ledger.cases import Case
from protocol.ledger.entries import HQ, SUSPENSE, Entry, Line
from protocol.ledger.lots import Refusal

STORED = ("principal", "bonus")
OPEN, CLOSED = "replaced", "closed"
UNITS_CAP = 1_000_000  # points, punches, coupons: they are no money, and yet nobody shall advance without an end


class Closed(NamedTuple):
    """What closing a case released to the pool, by asset, and how many refund rights came home."""

    released: dict[str, int]
    rights: int


def advance(vault: Vault, incarnation: str, account: str, want: Mapping[str, int] | None) -> dict[str, int]:
    """Gives the member what a life had, from the loss book, up to its store's cap; what was advanced, by asset.

    Raises HqError: not_found, advance_cap, nothing_open.
    """
    life = _life(vault, incarnation)
    recovery.check(vault, account)
    case = vault.case(incarnation, account) or _cut_off(vault, life, account)
    transfer = vault.new_id()
    done = advances.advance(case, vault.holding(account, HQ), transfer, _cap_left(vault, life.store, want), want)
    if isinstance(done, Refusal):
        raise conflict(done.reason, done.detail)
    book = Book(vault)
    book.note("advanced", transfer, account, done.booking.entries, store=life.store, life=incarnation)
    book.save()
    vault.put_case(incarnation, done.case)
    vault.add_due({account})
    vault.ring(moves.topic(account))
    return _sums(one for one in done.booking.entries if one.credit.book == "member")


def close(vault: Vault, incarnation: str, operator: str, second: str) -> Closed:
    """Two people say that no more evidence will come: what waits goes to the pool, refund rights to head office.

    What comes to light all the same is loss. Raises HqError: not_found, second_person, case_closed, not_fenced.
    """
    life = _life(vault, incarnation)
    if life.status != OPEN:
        raise conflict("case_closed" if life.status == CLOSED else "not_fenced", incarnation)
    if not operator or not second or operator == second:
        raise conflict("second_person", "somebody else has to agree")
    vault.set_life(incarnation, status=CLOSED)
    released: dict[str, int] = {}
    for case in vault.cases(incarnation):
        for asset, amount in _release(vault, life, case, operator, second).items():
            released[asset] = released.get(asset, 0) + amount
    _release_rights(vault, life)
    return Closed(released, _rights_home(vault, life))


def cap_left_cents(vault: Vault, store: str) -> int:
    """What may still be advanced for a store: its cap less what is advanced and not settled, and what is lost."""
    open_cents = sum(one.amount for case in vault.cases_of_store(store) for one in case.advanced if one.asset in STORED)
    lines = [Line("loss", store, asset) for asset in (*STORED, "cash")]
    lost_cents = -sum(vault.balances(lines).values())
    return max(0, vault.loss_cap(store) - open_cents - max(0, lost_cents))


def _life(vault: Vault, incarnation: str) -> Life:
    life = vault.life(incarnation)
    if life is None or life.store == HQ:
        raise not_found("incarnation " + incarnation)
    return life


def _cut_off(vault: Vault, life: Life, account: str) -> Case:
    """A case of a store that lives and cannot be reached: what lies there, as far as head office has booked."""
    if life.status not in ("enrolled", "fenced"):
        raise not_found(f"case of {account} at {life.incarnation}")
    return Case(account, life.store, life.store, vault.holding(account, life.store).slices)


def _cap_left(vault: Vault, store: str, want: Mapping[str, int] | None) -> dict[str, int]:
    units = {asset: UNITS_CAP for asset in (want or {}) if asset not in STORED}
    return {"points": UNITS_CAP, **units, "stored": cap_left_cents(vault, store)}


def _release(vault: Vault, life: Life, case: Case, operator: str, second: str) -> dict[str, int]:
    if not case.waiting or case.holder != SUSPENSE:
        return {}
    transfer = vault.new_id()
    done = cases.release(case, vault.holding(case.account, HQ), transfer, operator, second)
    if isinstance(done, Refusal):
        raise HqError(done.reason, done.detail, 409)
    booking, after = done
    book = Book(vault)
    who = {"operator": operator, "second": second}
    book.note("released", transfer, case.account, booking.entries, store=life.store, life=life.incarnation, **who)
    book.save()
    vault.put_case(life.incarnation, after)
    vault.add_due({case.account})
    vault.ring(moves.topic(case.account))
    return _sums(booking.entries)


def _release_rights(vault: Vault, life: Life) -> None:
    """Issuing rights of a gone life are head office's again."""
    lines = [
        (line, amount) for line, amount in vault.lines_at(SUSPENSE) if line.book == "right" and line.party == life.store
    ]
    if not lines:
        return
    transfer, book = vault.new_id(), Book(vault)
    entries = [
        Entry(transfer, n, line, line._replace(holder=HQ), amount) for n, (line, amount) in enumerate(lines, 1)
    ]
    book.note("released", transfer, "", entries, store=life.store, life=life.incarnation)
    book.save()


def _rights_home(vault: Vault, life: Life) -> int:
    """Refund rights that the life held or that were on their way to it; those of sales nobody touched follow lazily."""
    count = 0
    for part in vault.right_parts_of_life(life.incarnation):
        if not refunds.is_empty(part.right):
            refunds.put_at(vault, part.sale, part.holder, part.incarnation, refunds.less(part.right, part.right))
            refunds.add_at(vault, part.sale, HQ, "", part.right)
            count += 1
    for move in vault.right_moves_to_life(life.incarnation, "suspended"):
        if move.right is not None:
            vault.set_right_move(move.number, "returned")
            refunds.add_at(vault, move.sale, HQ, "", move.right)
            count += 1
    return count


def _sums(entries) -> dict[str, int]:
    found: dict[str, int] = {}
    for one in entries:
        found[one.credit.asset] = found.get(one.credit.asset, 0) + one.amount
    return found
