"""What a store says whose disk takes nothing, or whose database is damaged: nothing is decided or kept.

A repeat gets the answer that was kept, and the forecourt page still stops pumps. A question is refused with
store_closed. A request gets no answer of its own: a refusal that is not on disk could be followed by an approval of the
very same request once there is room again. Its terminal is told that the store is closed, and goes on repeating it.
"""

import json
from typing import TYPE_CHECKING

from gateway.core import lanes
from gateway.core.asked import Told, refused
from gateway.core.counter import DECIDE
from gateway.handlers import hello
from gateway.handlers.asked import Opened
from gateway.store import terminals
from protocol import topics
from protocol.errors import Theirs

DAMAGED = "damaged: "  # begins the reason of a store that will not open by itself

if TYPE_CHECKING:
    from gateway.desk import Arrived, Desk, Frame


def answers(desk: "Desk", batch: "list[Arrived]") -> "list[Frame]":
    """For each frame that opens: its kept answer, or that the store is closed."""
    out = []
    for topic, payload in batch:
        try:
            client, direction, message = topics.parse(topic)
            if payload is None or direction != topics.UP or client.endswith("-uplink"):
                out += desk.console(payload) if payload and client.endswith("-uplink") and message == "console" else []
                continue
            out += _answer(desk, desk.opened(client, topic, message, payload))
        except Theirs:
            continue  # counted once there is room: it comes again
    return out


def heads(desk: "Desk") -> "list[Frame]":
    """Every terminal is told whether the store sells."""
    found = [desk.terminal(name) for name in terminals.names(desk.shop.db)]
    return [_head(desk, one) for one in found if one and one.keys and one.journal]


def for_uplink(store: str, why: str) -> "Frame":
    """For the heartbeat and the status page; '' when the store is open again."""
    return topics.down(store + "-uplink", "closed"), json.dumps({"why": why}).encode()


def _answer(desk: "Desk", asked: Opened) -> "list[Frame]":
    key_number = asked.values["k"]
    if asked.message == "time_ask":
        return [desk.sealed(asked.terminal, hello.time_ask(desk.shop, asked), key_number)]
    if asked.message not in DECIDE:
        told = refused(asked, "store_closed", desk.closed) if "r" in asked.values else None
        return [desk.sealed(asked.terminal, told, key_number)] if told else []
    last = desk.shop.books.lane(asked.request[:3])
    if last and lanes.judge(last, asked.request.sequence, asked.message, asked.digest()) == lanes.REPEAT:
        return [last.reply]
    return [desk.sealed(asked.terminal, Told("refused", {"reason": "store_closed"}), key_number)]


def _head(desk: "Desk", terminal: terminals.Terminal) -> "Frame":
    values = hello.head_values(desk.shop, terminal.terminal, terminal.journal)
    selling = values["selling"] and not desk.closed
    return desk.sealed(terminal, Told("head", values | {"selling": selling}), terminal.newest_key)
