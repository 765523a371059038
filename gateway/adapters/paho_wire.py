"""The sale path over paho-mqtt: for brokers behind proxies and websockets, and as the independent peer of our own.

One thread and no queue of its own: the sale process waits on the socket and drives paho's loop. Messages are
acknowledged by hand, after the commit. Slower than mqtt_batched (each packet is a write of its own), else the same.
"""

import select
import socket
import ssl
import time
from collections.abc import Callable
from typing import Any, Literal

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode

from gateway.adapters.wire import FRAME_MAX, KEEPALIVE_S, Batch

BATCH_PACKETS = 1000
IN_FLIGHT_MAX = 65_000  # the sale process bounds what it has open by itself
WRITE_TIMEOUT_S = 10
Transport = Literal["tcp", "websockets"]


class PahoWire:
    """One connection to the broker. context: TLS, None for a plain socket; path: of the websocket."""

    def __init__(
        self,
        host: str,
        port: int,
        client_id: str,
        topic: str,
        context: ssl.SSLContext | None,
        transport: Transport = "tcp",
        path: str = "/mqtt",
    ):
        self._host, self._port, self._client_id, self._topic = host, port, client_id, topic
        self._context, self._path = context, path
        self._transport: Transport = transport
        self._client: paho.Client | None = None
        self._arrived = Batch()
        self._connected: str | None = None  # None: no answer yet; '': yes; else why not
        self._subscribed: bool | None = None

    def connect(self, timeout_s: float = 10) -> None:
        """Raises OSError: no connection, refused, or no right to read."""
        self.close()
        self._arrived, self._connected, self._subscribed = Batch(), None, None
        self._client = client = self._made()
        client.connect(self._host, self._port, KEEPALIVE_S)
        self._await(lambda: self._connected is not None, timeout_s)
        if self._connected:
            raise ConnectionError(self._connected)
        client.subscribe(self._topic, 1)
        self._await(lambda: self._subscribed is not None, timeout_s)
        if not self._subscribed:
            raise ConnectionError("the broker does not let us read " + self._topic)

    def _made(self) -> paho.Client:
        # The session outlives a restart of this process: the broker keeps what terminals say meanwhile.
        client = paho.Client(
            CallbackAPIVersion.VERSION2,
            self._client_id,
            clean_session=False,
            transport=self._transport,
            manual_ack=True,
            reconnect_on_failure=False,
        )
        if self._transport == "websockets":
            client.ws_set_options(self._path)
        if self._context is not None:
            client.tls_set_context(self._context)
        client.max_inflight_messages_set(IN_FLIGHT_MAX)
        client.on_socket_open = _without_delay
        client.on_connect = self._answered
        client.on_subscribe = self._may_read
        client.on_message = self._came
        return client

    def fileno(self) -> int:
        plugged = self._client.socket() if self._client else None
        return plugged.fileno() if plugged else -1

    def early(self) -> bool:
        return bool(self._arrived.frames)

    def pending(self) -> bool:
        plugged: Any = self._client.socket() if self._client else None
        return plugged is not None and hasattr(plugged, "pending") and plugged.pending() > 0

    def read(self) -> Batch:
        while len(self._arrived.frames) < BATCH_PACKETS and self._readable(0):
            _check(self._plugged().loop_read())
        batch, self._arrived = self._arrived, Batch()
        return batch

    def write(self, batch: Batch, frames: list[tuple[str, bytes]]) -> None:
        client = self._plugged()
        for packet_id in batch.acks:
            _check(client.ack(packet_id, 1))
        for topic, payload in frames:
            _check(client.publish(topic, payload, 1).rc)
        until_s = time.monotonic() + WRITE_TIMEOUT_S
        while client.want_write():
            select.select([], [self], [], 1)
            _check(client.loop_write())
            if time.monotonic() > until_s:
                raise TimeoutError("the broker does not take our bytes")

    def ping(self) -> None:
        _check(self._plugged().loop_misc())

    def close(self) -> None:
        plugged = self._client.socket() if self._client else None
        if plugged is not None:
            plugged.close()
        self._client = None

    def _answered(self, client: paho.Client, userdata: object, flags: object, reason: Any, properties: object) -> None:
        self._connected = str(reason) if reason.is_failure else ""

    def _may_read(self, client: paho.Client, userdata: object, mid: int, reasons: list, properties: object) -> None:
        self._subscribed = not any(reason.is_failure for reason in reasons)

    def _came(self, client: paho.Client, userdata: object, message: paho.MQTTMessage) -> None:
        payload = bytes(message.payload)
        self._arrived.frames.append((message.topic, payload if len(payload) <= FRAME_MAX else None))
        if message.qos:
            self._arrived.acks.append(message.mid)

    def _await(self, done: Callable[[], bool], timeout_s: float) -> None:
        until_s = time.monotonic() + timeout_s
        while not done():
            if time.monotonic() > until_s:
                raise TimeoutError("the broker does not answer")
            if self._readable(0.2):
                _check(self._plugged().loop_read())
            _check(self._plugged().loop_misc())

    def _readable(self, timeout_s: float) -> bool:
        return self.pending() or bool(select.select([self], [], [], timeout_s)[0])

    def _plugged(self) -> paho.Client:
        if self._client is None or self._client.socket() is None:
            raise ConnectionError("not connected")
        return self._client


def _check(code: int) -> None:
    """Raises OSError for what paho says by a number."""
    if code != paho.MQTT_ERR_SUCCESS:
        raise ConnectionError(paho.error_string(MQTTErrorCode(code)))


def _without_delay(client: paho.Client, userdata: object, plugged: Any) -> None:
    with socket.fromfd(plugged.fileno(), socket.AF_INET, socket.SOCK_STREAM) as same:  # a websocket hides its own
        same.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
