"""A store is closed for good: what lies there comes home, its last events are booked, then its life ends.

    begin        from now on it is granted nothing, and asked for all it has; it can still sell and tell
    outstanding  what keeps it from being done
    finish       its life ends; what was outstanding, where two people say so, waits in its case for evidence
"""

from typing import NamedTuple

from hq_server.errors import conflict, not_found
from hq_server.fleet.rules import RETIRED, RETIRING
from hq_server.vault import advancing, lives, moves, recovery, refunds
from hq_server.vault.books import Vault
from hq_server.vault.rows import Gateway
from protocol.ledger.refund_rights import is_empty
from protocol.money import CENTS_MAX


class Outstanding(NamedTuple):
    """What is not home yet. floats: asset -> amount there or on its way there; rights: parts of refund rights."""

    events: int
    messages: int
    floats: dict[str, int]
    holds: dict[str, int]
    rights: int

    @property
    def none(self) -> bool:
        """Whether nothing is: the messages that are left then say nothing that moves value."""
        return not (self.events or self.floats or self.holds or self.rights)


def begin(vault: Vault, store: str) -> None:
    """Asks for all that a store has; again, for what has come since. Raises HqError: not_found, not_enrolled."""
    recovery.check_over(vault)
    gateway = _gateway(vault, store)
    if gateway.status == "enrolled":
        vault.set_gateway(store, status=RETIRING)
    elif gateway.status != RETIRING:
        raise conflict("not_enrolled", f"{store} is {gateway.status}")
    for account in sorted({line.party for line, _ in vault.lines_at(store) if line.book == "member"}):
        if not any(row.store == store and row.asset == "*" for row in vault.open_recalls(account)):
            moves.recall(vault, store, account, "*", CENTS_MAX)
    for part in vault.right_parts_of_life(gateway.incarnation):
        if not is_empty(part.right):
            refunds.send_recall(vault, part)


def outstanding(vault: Vault, store: str, head_seq: int) -> Outstanding:
    """What is still there. head_seq: the last event that its gateway said it has written."""
    gateway = _gateway(vault, store)
    life = vault.life(gateway.incarnation)
    floats: dict[str, int] = {}
    for line, amount in vault.lines_at(store):
        if line.book == "member":
            floats[line.asset] = floats.get(line.asset, 0) + amount
    for grant in vault.grants_to_life(gateway.incarnation):
        for one in grant.slices:
            floats[one.asset] = floats.get(one.asset, 0) + one.amount
    holds: dict[str, int] = {}
    for line, amount in vault.suspended_by(gateway.incarnation).items():
        holds[line.asset] = holds.get(line.asset, 0) + amount
    parts = [part for part in vault.right_parts_of_life(gateway.incarnation) if not is_empty(part.right)]
    coming = vault.right_moves_to_life(gateway.incarnation)
    events = max(0, head_seq - life.cursor_seq) if life else 0
    return Outstanding(events, vault.backlog(gateway.incarnation), floats, holds,
                       len(parts) + sum(move.kind == "grant" for move in coming))  # fmt: skip


def finish(vault: Vault, store: str, left: Outstanding, to_case: bool, operator: str, second: str) -> str:
    """The life of a store's gateway ends; that life. Raises HqError: outstanding, second_person.

    to_case: what is outstanding stays in suspense, in a case that two people close when no more evidence comes.
    """
    gateway = _gateway(vault, store)
    if gateway.status == RETIRED:
        return gateway.incarnation
    if gateway.status != RETIRING and not to_case:
        raise conflict("not_retiring", f"{store} is {gateway.status}")
    if not left.none and not to_case:
        raise conflict("outstanding", describe(left))
    if not operator or not second or operator == second:
        raise conflict("second_person", "somebody else has to agree")
    lives.retire(vault, store, RETIRED)
    vault.set_gateway(store, status=RETIRED)
    if left.none:
        advancing.close(vault, gateway.incarnation, operator, second)
    return gateway.incarnation


def describe(left: Outstanding) -> str:
    """In a line, what is not home."""
    parts = [f"{left.events} events"] if left.events else []
    parts += [f"{amount} {asset} there" for asset, amount in sorted(left.floats.items())]
    parts += [f"{amount} {asset} on holds" for asset, amount in sorted(left.holds.items())]
    parts += [f"{left.rights} refund rights"] if left.rights else []
    return ", ".join(parts) or "nothing"


def _gateway(vault: Vault, store: str) -> Gateway:
    gateway = vault.gateway(store)
    if gateway is None:
        raise not_found("store " + store)
    return gateway
