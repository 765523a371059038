"""What earlier lives of a store have lent its members and nobody has paid back: the life of now lends so much less.

The limit of offline credit is a store's, whatever machine it runs on. A new life is told what stands at its beginning,
and of each lending that comes to light later from the life before.
"""

from hashlib import sha256

from hq_server.vault.books import Vault
from hq_server.vault.scene import Scene
from protocol.ledger import offline


def tell(vault: Vault, store: str, about: str, account: str, cents: int) -> None:
    """The enrolled life of a store learns that so much was lent before it (below 0: paid back); once for each `about`.

    The id follows from what it is about: a head office that is restored and tells it again changes nothing.
    """
    number = sha256(b"lent_before/" + about.encode()).hexdigest()[:32]
    vault.send(store, "lent_before", {"lent": number, "account": account, "cents": cents}, account)


def came_to_light(scene: Scene) -> None:
    """Evidence of a life that is gone: what it had lent is known only now."""
    cents = offline.lent_in(scene.entries)
    if cents:
        event = scene.told.event
        about = f"{scene.life.incarnation}/{event.transfer}"
        tell(scene.vault, scene.life.store, about, event.account or "", cents)
