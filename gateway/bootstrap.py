"""The composition root: where real parts are chosen and put together."""

import fcntl
import logging
import secrets
import sqlite3
from functools import partial
from pathlib import Path
from typing import IO

from gateway import reader
from gateway.adapters import tls
from gateway.adapters.hq import line_of
from gateway.adapters.mqtt_batched import MqttBatched
from gateway.adapters.mqtt_paho import MqttPaho
from gateway.adapters.paho_wire import PahoWire, Transport
from gateway.adapters.time_udp import TimeUdp
from gateway.adapters.wire import Wire
from gateway.clock import Clock
from gateway.config import Config
from gateway.core import salvage, witness
from gateway.core.trade import Budget
from gateway.desk import Desk
from gateway.fetching import Fetcher
from gateway.health import VERSION
from gateway.releases import Releases
from gateway.sale import Sale
from gateway.shop import Shop
from gateway.store import copies, meta, soundness
from gateway.store.db import is_no_room, open_reader, open_store, stretch_log
from gateway.uplink import Uplink
from gateway.web.console import Console
from gateway.web.page import Page
from protocol import topics

log = logging.getLogger("gateway.bootstrap")

PAHO: dict[str, Transport] = {"paho": "tcp", "paho-websockets": "websockets"}


class NotEnrolled(Exception):
    """This directory has no life yet: run `tapwell gateway enrol` first."""


class Damaged(Exception):
    """The database cannot even be read for an answer to terminals."""


class AlreadyRuns(Exception):
    """Another sale process works on this directory: two would take the broker from each other in turn."""


def sale(config: Config) -> Sale:
    """The sale process of a directory. Raises NotEnrolled, AlreadyRuns, Damaged."""
    lock = _only_one(config)
    try:
        return _sale(config, lock)
    except sqlite3.DatabaseError as wrong:
        if is_no_room(wrong):
            raise  # the disk is full or failing now: the supervisor tries again
        raise Damaged(str(wrong)) from wrong


def _sale(config: Config, lock: IO) -> Sale:
    db = open_store(config.database)
    if not meta.get(db, "incarnation"):
        raise NotEnrolled(str(config.directory))
    found = soundness.damage(db)
    if not found:
        stretch_log(db)
    clock = Clock()
    shop = Shop(db, clock, secrets.token_bytes, reader.of(config.directory, clock))
    shop.releases = Releases(config.directory / "releases", config.fetched_releases)
    shop.budget = Budget(config.budget_cents, config.budget_cap_cents)
    if found:
        log.error("the database is damaged: %s. %s", found, soundness.WHAT_TO_DO)
    else:
        note_start(shop)
        tell_old_disk(shop, config.lives)
    time_service = TimeUdp(config.broker_bind, config.broker_port)
    return Sale(config, Desk(shop, config.pending_ms, found), wire(config), time_service, lock)


def wire(config: Config) -> Wire:
    """The sale process's way to the broker that gateway.toml names. Raises ValueError for one that does not exist."""
    context = tls.client_context(config, "gateway")
    if config.broker_adapter == "batched":
        return MqttBatched(
            lambda: tls.dial(context, config.broker_host, config.broker_port), config.gateway_id, topics.ALL_UP
        )
    if config.broker_adapter in PAHO:
        transport = PAHO[config.broker_adapter]
        port = config.broker_port if transport == "tcp" else config.broker_websockets_port
        return PahoWire(config.broker_host, port, config.gateway_id, topics.ALL_UP, context, transport)
    raise ValueError(f"broker_adapter {config.broker_adapter!r}; there are batched, {', '.join(PAHO)}")


def _only_one(config: Config) -> IO:
    """A lock on the directory that ends with this process, however it ends."""
    lock = open(config.directory / "sale.lock", "w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise AlreadyRuns(str(config.directory)) from None
    return lock


def uplink(config: Config) -> tuple[Uplink, Page]:
    """The second process: the line to head office, and the status page. Raises NotEnrolled."""
    if not config.database.exists():
        raise NotEnrolled(str(config.directory))
    read = partial(open_reader, config.database)
    context = tls.client_context(config, "uplink")
    hq = line_of(config)
    line = Uplink(read, hq, lambda hear: MqttPaho(config, context, hear), config.said)
    line.fetcher = Fetcher(config.fetched_releases, hq, lambda: line.stopping)
    console = Console(line.say)
    line.hear_console = console.hear
    return line, Page(config, read, line, console)


def tell_old_disk(shop: Shop, lives: Path) -> None:
    """A new life tells head office what the disk of the one before still says, from where that had not been booked."""
    life = shop.books.value("life_before")
    file = lives / f"{life}.db"
    if not life or not file.exists() or shop.fenced():
        return
    old = open_reader(file)
    while True:
        told = max(shop.number("old_disk_told"), copies.told_of_old(old))
        lines, upto = copies.lines_of_old(old, told + 1, salvage.AT_ONCE)
        if not lines:
            break

        def tell(lines: list[bytes] = lines, upto: int = upto) -> None:
            salvage.tell_old_lines(shop, life, lines)
            shop.books.keep("old_disk_told", str(upto))

        shop.transaction(tell)
    old.close()


def note_start(shop: Shop) -> None:
    """Tells head office of every start of the sale process, unless this gateway is fenced."""

    def note() -> None:
        starts = shop.number("starts") + 1
        shop.books.keep("starts", str(starts))
        copies.fence_restored(shop)
        witness.start(shop)
        if not shop.fenced():
            shop.write_event("started", starts=starts, version=VERSION)

    shop.transaction(note)
