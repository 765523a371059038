"""The beginning and end of a gateway's life as far as money goes: what it held waits in suspense for evidence."""

from hq_server.errors import not_found
from hq_server.fleet.rules import RETIRED, gateway_state, genesis
from hq_server.vault import lending, rights
from hq_server.vault.book import Book
from hq_server.vault.books import Vault
from hq_server.vault.rows import Gateway, Life
from protocol.ledger.cases import Case
from protocol.ledger.entries import SUSPENSE, TRANSIT, Entry, Line


def begin(vault: Vault, store: str, incarnation: str) -> None:
    """A new incarnation is the enrolled one from now on; whoever was before is retired, and it is told everything."""
    retire(vault, store, "replaced")
    vault.add_life(Life(incarnation, store, "enrolled", 0, genesis(incarnation), vault.last_receipt(store)))
    vault.open_outbox(incarnation)
    vault.set_gateway(
        store, incarnation=incarnation, status="enrolled", head_seq=0, outbox=0, heartbeat_at_s=0, clock_ahead_s=0
    )
    vault.forget_targets(store)
    vault.snapshot(store, incarnation)
    for account, cents in vault.lent_at(store):
        lending.tell(vault, store, f"{incarnation}/{account}", account, cents)
    rights.refill(vault, store)


def retire(vault: Vault, store: str, reason: str) -> None:
    """The incarnation that was enrolled ends: what it held waits in suspense, what it was told is dropped."""
    gateway = vault.gateway(store)
    if gateway is None or not gateway.incarnation or gateway.status == RETIRED:
        return
    moved = into_suspense(vault, store, gateway.incarnation)
    vault.forget_outbox(gateway.incarnation)
    vault.set_life(gateway.incarnation, status="replaced", fenced_at_s=vault.now_s, reason=reason)
    if moved:
        detail = f"incarnation {gateway.incarnation}: {moved} of members' value waits in suspense for evidence"
        vault.alarm("value_in_suspense", store, detail)


def fence(vault: Vault, store: str, reason: str) -> None:
    """Nothing that this gateway says is booked any more, and it is told nothing, until it is enrolled again."""
    gateway = vault.gateway(store)
    if gateway is None:
        raise not_found("store " + store)
    fence_life(vault, store, gateway.incarnation, reason)
    vault.alarm("fenced", store, reason)


def fence_life(vault: Vault, store: str, incarnation: str, reason: str) -> None:
    """One incarnation is fenced; the store's gateway with it, if it is the enrolled one."""
    if incarnation:
        vault.set_life(incarnation, status="fenced", fenced_at_s=vault.now_s, reason=reason[:200])
    gateway = vault.gateway(store)
    if gateway is not None and gateway.incarnation == incarnation:
        vault.set_gateway(store, status="fenced")


def beat(vault: Vault, store: str, **values) -> None:
    """A sign of life; values are for people."""
    vault.set_gateway(store, heartbeat_at_s=vault.now_s, **values)


def answers(gateway: Gateway | None, now_s: int) -> bool:
    """Whether it is worth while to ask this gateway something now. Nobody loses or gains by a wrong clock here."""
    return gateway is not None and gateway_state(gateway.status, gateway.heartbeat_at_s, now_s) == "up"


def into_suspense(vault: Vault, store: str, incarnation: str) -> int:
    """What a gone incarnation held, and what was on its way to it, waits in suspense; the members' amount moved.

    The next incarnation starts with nothing, so nothing can be spent twice.
    """
    entries = [*_held_by(vault, store), *_on_the_way(vault, incarnation)]
    book = Book(vault)
    for party in sorted({one.debit.party for one in entries}):
        number = vault.new_id()
        mine = [one for one in entries if one.debit.party == party]
        numbered = tuple(one._replace(transfer=number, n=at) for at, one in enumerate(mine, 1))
        book.note("suspended", number, "" if party == store else party, numbered, store=store)
    book.save()
    _open_cases(vault, store, incarnation, entries)
    vault.close_moves(incarnation)
    return sum(one.amount for one in entries if one.debit.book == "member")


def _open_cases(vault: Vault, store: str, incarnation: str, entries: list[Entry]) -> None:
    """What went into suspense of each account, with the terms of its lots; what was advanced before stays claimed."""
    waiting: dict[str, dict[str, int]] = {}
    moved = [(one.credit, one.amount) for one in entries if one.credit.book == "member"]
    for line, amount in (*moved, *vault.suspended_by(incarnation).items()):  # its holds were in suspense already
        lots = waiting.setdefault(line.party, {})
        lots[line.lot] = lots.get(line.lot, 0) + amount
    known = {case.account: case for case in vault.cases(incarnation)}
    for account in sorted(waiting.keys() | known.keys()):
        lots = waiting.get(account, {})
        slices = tuple(one._replace(amount=lots[one.lot]) for one in vault.lot_terms(account, lots) if one.lot in lots)
        case = known.get(account) or Case(account, store)
        vault.put_case(incarnation, case._replace(holder=SUSPENSE, waiting=slices))


def _held_by(vault: Vault, holder: str) -> list[Entry]:
    return [_suspended(line, amount) for line, amount in vault.lines_at(holder) if line.book in ("member", "right")]


def _on_the_way(vault: Vault, incarnation: str) -> list[Entry]:
    entries = []
    for row in vault.grants_to_life(incarnation):
        for one in row.slices:
            entries.append(_suspended(Line("member", row.account, one.asset, TRANSIT, one.lot), one.amount))
    for right in vault.right_grants_to_life(incarnation):
        entries.append(_suspended(Line("right", right.store, right.right, TRANSIT), right.amount))
    return entries


def _suspended(line: Line, amount: int) -> Entry:
    return Entry("-", 0, line, line._replace(holder=SUSPENSE), amount)
