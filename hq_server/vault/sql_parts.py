"""What every part of SqlVault has: the open transaction and the tools of its owner."""

from collections.abc import Callable

from sqlalchemy import Connection

from hq_server.chain.keys import Keys
from hq_server.fleet.witness_keys import WitnessKeys
from hq_server.outbox.post import Post
from hq_server.sealing import Sealer


class Part:
    """Declares what SqlVault sets."""

    connection: Connection
    post: Post
    keys: Keys
    sealer: Sealer
    witness_keys: WitnessKeys
    now_s: int
    random: Callable[[int], bytes]
