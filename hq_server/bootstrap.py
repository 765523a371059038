"""The composition root: builds the parts of head office from its configuration, once, and passes them down."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from hq_server.bells import Bells
from hq_server.config import Config
from hq_server.db import Database
from hq_server.sealing import Sealer, open_sealer


@dataclass
class Hq:
    """All that endpoints and commands work with. `now_s` labels and expires one-time codes; it never moves money."""

    config: Config
    db: Database
    sealer: Sealer
    bells: Bells
    now_s: Callable[[], int] = field(default=lambda: int(time.time()))

    def close(self) -> None:
        """Gives up the database."""
        self.db.close()


def open_hq(config: Config) -> Hq:
    """Head office over an existing database; migrates it to this version first."""
    from hq_server.migrations.upgrade import upgrade

    db = Database(config.database_url)
    upgrade(db)
    hq = Hq(config=config, db=db, sealer=open_sealer(config), bells=Bells())
    db.on_commit = hq.bells.ring
    return hq
