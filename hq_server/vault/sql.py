"""The Vault on a database: one connection with an open transaction, and the pen that writes to gateways."""

from collections.abc import Callable

from sqlalchemy import Connection

from hq_server.chain.keys import Keys
from hq_server.fleet.witness_keys import WitnessKeys
from hq_server.outbox.post import Post
from hq_server.sealing import Sealer
from hq_server.vault.sql_cases import SqlCases
from hq_server.vault.sql_events import SqlEvents
from hq_server.vault.sql_lives import SqlLives
from hq_server.vault.sql_mail import SqlMail
from hq_server.vault.sql_moves import SqlMoves
from hq_server.vault.sql_recovery import SqlRecovery
from hq_server.vault.sql_rights import SqlRights
from hq_server.vault.sql_shoppers import SqlShoppers


class SqlVault(SqlEvents, SqlLives, SqlMoves, SqlRights, SqlCases, SqlRecovery, SqlShoppers, SqlMail):
    """hq_server.vault.books.Vault over SQLAlchemy."""

    def __init__(
        self,
        connection: Connection,
        post: Post,
        keys: Keys,
        sealer: Sealer,
        witness_keys: WitnessKeys,
        now_s: int,
        random: Callable[[int], bytes],
    ):
        self.connection = connection
        self.post, self.keys, self.sealer, self.witness_keys = post, keys, sealer, witness_keys
        self.now_s = now_s
        self.random = random

    def new_id(self) -> str:
        """A new id of 32 hex digits."""
        return self.random(16).hex()
