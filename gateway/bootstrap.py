"""The composition root: where real parts are chosen and put together."""

import secrets

from gateway.adapters import tls
from gateway.adapters.mqtt_batched import MqttBatched
from gateway.adapters.time_udp import TimeUdp
from gateway.clock import Clock
from gateway.config import Config
from gateway.desk import Desk
from gateway.reader import Reader
from gateway.sale import Sale
from gateway.shop import Shop
from gateway.store import meta
from gateway.store.db import open_store
from protocol import topics

VERSION = "0.1.0"


class NotEnrolled(Exception):
    """This directory has no life yet: run `tapwell gateway enrol` first."""


def sale(config: Config) -> Sale:
    """The sale process of a directory. Raises NotEnrolled."""
    db = open_store(config.database)
    if not meta.get(db, "incarnation"):
        raise NotEnrolled(str(config.directory))
    shop = Shop(db, Clock(), secrets.token_bytes, Reader.of(config.directory, db))
    note_start(shop)
    context = tls.client_context(config, "gateway")
    wire = MqttBatched(
        lambda: tls.dial(context, config.broker_host, config.broker_port), config.gateway_id, topics.ALL_UP
    )
    return Sale(config, Desk(shop, config.pending_ms), wire, TimeUdp(config.broker_bind, config.broker_port))


def note_start(shop: Shop) -> None:
    """Tells head office of every start of the sale process, unless this gateway is fenced."""
    shop.db.execute("BEGIN IMMEDIATE")
    starts = meta.get_int(shop.db, "starts") + 1
    meta.put_int(shop.db, "starts", starts)
    if not shop.fenced():
        shop.write_event("started", starts=starts, version=VERSION)
    shop.db.execute("COMMIT")
