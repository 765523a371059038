"""What a store that cannot be reached shall keep of an account: what is beyond it comes home as soon as the line is up.

A recall asks a store that answers now. A target waits in the outbox for one that does not; it is told again when it has
moved by half a usual basket, and ends when the store is back and recalls do its work.
"""

from collections.abc import Mapping

from hq_server.floats import spread
from hq_server.vault.books import Vault
from hq_server.vault.lives import answers
from hq_server.vault.moves import enrolled
from hq_server.vault.rows import Member


def aim(vault: Vault, member: Member, floats: Mapping[str, int], target: Mapping[str, int]) -> None:
    """Tells stores their targets. floats: store -> stored value there or on its way there; target: what should be."""
    slack = max(member.usual_cents, spread.USUAL_CENTS_MIN) // 2
    told = vault.targets(member.account)
    for store in sorted(floats.keys() | told.keys()):
        keep = target[store] + slack if target.get(store) else 0
        if answers(vault.gateway(store), vault.now_s):
            if store in told:
                _tell(vault, member.account, store, None)
        elif floats.get(store, 0) > keep and abs(keep - told.get(store, -slack)) >= slack:
            _tell(vault, member.account, store, keep)


def _tell(vault: Vault, account: str, store: str, keep: int | None) -> None:
    if enrolled(vault, store) is None:
        return
    values = {"account": account, "targets": {} if keep is None else {"stored": keep}}
    vault.send(store, "target", values, account)
    vault.put_target(account, store, keep)
