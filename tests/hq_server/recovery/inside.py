"""Gateways that speak to head office's own functions, and a head office that is set back to an earlier day."""

from pathlib import Path

from hq_server.bootstrap import Hq
from hq_server.fleet import peer
from hq_server.fleet.store import set_gateway
from hq_server.ingest.endpoints import ingest
from hq_server.ledger import store as books
from hq_server.outbox.endpoints import first_look
from hq_server.outbox.post import as_messages
from hq_server.vault import remembering
from hq_server.vault.booking import Gap
from tests.hq_server import engines, small_chain
from tests.hq_server.little_gateway import LittleGateway
from tests.hq_server.small_shop import SmallShop

SECOND_LIFE = "f" * 32


class Inside(LittleGateway):
    """The little gateway without a wire."""

    def __init__(self, hq: Hq, store: str):
        with hq.vault() as vault:
            gateway = vault.gateway(store)
        self.hq, self.shop = hq, SmallShop(store, gateway.incarnation)
        self.told = {"public_key": hq.keys.public_hex}
        self.cursor, self.seen, self.heard = 0, set(), []

    def messages(self, wait_s: float) -> list[dict]:
        shop = self.shop
        me = peer.Gateway(shop.store, shop.incarnation, "enrolled")
        return as_messages(first_look(self.hq, me, self.cursor, self.life))

    def deliver(self) -> None:
        self.beat()
        try:
            ingest(self.hq, self.shop.store, self.shop.batch())
        except Gap as gap:
            self.shop.again_after(gap.upto)
            ingest(self.hq, self.shop.store, self.shop.batch())

    def beat(self, **more) -> None:
        with self.hq.db.write() as connection:
            set_gateway(connection, self.shop.store, heartbeat_at_s=self.hq.now_s())

    def catch_up(self) -> None:
        """Hears everything, and tells all that comes of it."""
        while self.fetch() or self.shop.lines:
            if self.shop.lines:
                self.deliver()


def image(hq: Hq, folder: Path) -> Path:
    """Head office as it is now, laid aside."""
    hq.db.close()
    engines.copy(hq.config.dir, folder)
    return folder


def set_back(folder: Path, now_s: int) -> Hq:
    """A head office from that image, in recovery."""
    first = small_chain.reopened(folder, now_s)
    with first.vault() as vault:
        remembering.begin(vault, SECOND_LIFE, "b" * 32)
    first.close()
    return small_chain.reopened(folder, now_s)


def balances(hq: Hq, book: str = "") -> dict[str, int]:
    """Every line of a book that is not zero (of all but rights, where none is named)."""
    with hq.db.read() as connection:
        assert not any(books.sums_by_unit(books.trial_balance(connection)).values())
        assert books.negative_lines(connection) == []
        rows = connection.execute(books.balance.select()).all()
    named = [row for row in rows if row.amount and (row.book == book or not book and row.book not in RIGHTS)]
    return {"/".join(row[:5]).rstrip("/"): row.amount for row in named}


RIGHTS = ("right", "right_used")
