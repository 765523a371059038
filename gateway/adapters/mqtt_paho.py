"""The uplink's end of the broker: publishes from any thread, hears what the sale process has to say."""

import logging
import socket
import ssl
from collections.abc import Callable
from typing import Any

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from gateway.config import Config
from protocol import topics

log = logging.getLogger("gateway.uplink")

QUEUE_MAX = 1000  # messages waiting for the broker; above that publishing fails and is made up for later


class MqttPaho:
    """A paho client under the uplink's name; `hear(message, payload)` is called for what comes down."""

    def __init__(self, config: Config, context: ssl.SSLContext, hear: Callable[[str, bytes], None]):
        self._config, self._hear = config, hear
        self._name = config.uplink_id
        self._client = paho.Client(CallbackAPIVersion.VERSION2, client_id=self._name, clean_session=True)
        self._client.tls_set_context(context)
        self._client.max_queued_messages_set(QUEUE_MAX)
        self._client.max_inflight_messages_set(QUEUE_MAX)
        self._client.reconnect_delay_set(1, 5)
        self._client.will_set(topics.up(self._name, "line"), b'{"up":false}', 1)
        self._client.on_socket_open = _without_delay
        self._client.on_connect = self._subscribe
        self._client.on_message = self._told

    def start(self) -> None:
        """Connects in the background and stays connected."""
        self._client.connect_async(self._config.broker_host, self._config.broker_port, 60)
        self._client.loop_start()

    def publish(self, message: str, payload: bytes) -> bool:
        """Whether the broker will get it; False while there is no connection."""
        told = self._client.publish(topics.up(self._name, message), payload, 1)
        return told.rc == paho.MQTT_ERR_SUCCESS

    def connected(self) -> bool:
        return self._client.is_connected()

    def stop(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def _subscribe(self, client: paho.Client, *_: object) -> None:
        client.subscribe(topics.all_down(self._name), 1)

    def _told(self, client: paho.Client, userdata: object, message: paho.MQTTMessage) -> None:
        self._hear(topics.parse(message.topic)[2], bytes(message.payload))


def _without_delay(client: paho.Client, userdata: object, sock: Any) -> None:
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
