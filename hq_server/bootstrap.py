"""The composition root: builds the parts of head office from its configuration, once, and passes them down."""

import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property

from sqlalchemy import Connection

from hq_server.bells import Bells
from hq_server.chain.keys import Keys, make_chain, open_keys
from hq_server.config import Config
from hq_server.db import Database
from hq_server.fleet.witness_keys import WitnessKeys
from hq_server.metrics.meters import Meters
from hq_server.outbox.post import Post
from hq_server.recovery.store import the_office
from hq_server.sealing import Sealer, open_sealer
from hq_server.vault.book import LIFE, open_journal
from hq_server.vault.sql import SqlVault


def _clock_s() -> int:
    return int(time.time())


@dataclass
class Hq:
    """All that endpoints and commands work with. `now_s` labels and expires one-time codes; it never moves money."""

    config: Config
    db: Database
    sealer: Sealer
    bells: Bells = field(default_factory=Bells)
    meters: Meters = field(default_factory=Meters)
    now_s: Callable[[], int] = _clock_s
    random: Callable[[int], bytes] = secrets.token_bytes

    @cached_property
    def keys(self) -> Keys:
        """The chain's keys. Raises HqError('not_set_up')."""
        with self.db.read() as connection:
            return open_keys(connection, self.sealer)

    @cached_property
    def life(self) -> str:
        """Head office's own life, which every message names; it changes by a restore only."""
        with self.db.read() as connection:
            return _life(connection)

    @cached_property
    def post(self) -> Post:
        """The pen that writes to gateways."""
        return Post(self.keys, self.now_s, self.life)

    @cached_property
    def witness_keys(self) -> WitnessKeys:
        """The keys by which terminals say what they asked for."""
        return WitnessKeys(self.sealer)

    @contextmanager
    def vault(self) -> Iterator[SqlVault]:
        """One transaction over the money; committed at the end, rolled back by any exception."""
        with self.db.write() as connection:
            yield self.vault_on(connection)

    def vault_on(self, connection: Connection) -> SqlVault:
        """The same within a transaction that is open already."""
        return _vault(self, connection, self.keys, self.post)

    def close(self) -> None:
        """Gives up the database."""
        self.db.close()


def open_hq(config: Config, now_s: Callable[[], int] = _clock_s) -> Hq:
    """Head office over its database, which is brought to this version's schema first."""
    from hq_server.migrations.upgrade import upgrade  # alembic is slow to import; only opening needs it

    db = Database(config.database_url)
    upgrade(db)
    hq = Hq(config=config, db=db, sealer=open_sealer(config), now_s=now_s)
    db.on_commit = hq.bells.ring
    return hq


def set_up(hq: Hq, name: str, currency: str, exponent: int) -> Keys:
    """Makes the chain: its row, its keys and head office's own journal. Raises HqError('already_set_up')."""
    with hq.db.write() as connection:
        keys = make_chain(connection, hq.sealer, name, currency, exponent, hq.now_s())
        open_journal(_vault(hq, connection, keys, Post(keys, hq.now_s, LIFE)))
    return keys


def _vault(hq: Hq, connection: Connection, keys: Keys, post: Post) -> SqlVault:
    return SqlVault(connection, post, keys, hq.sealer, hq.witness_keys, hq.now_s(), hq.random)


def _life(connection: Connection) -> str:
    office = the_office(connection)
    return office.life if office else LIFE
