"""What else can stand behind the broker, each a process of its own on the gateway's side of `make bench BENCH=gateway`.

python -m tools.bench_peers echo DIR SIZE     our adapter over TLS without work: acknowledges and answers SIZE bytes
python -m tools.bench_peers naive DIR         the same desk behind paho as most write it: one commit per message
"""

import select
import signal
import sys
import threading
from pathlib import Path

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from gateway import bootstrap, config
from gateway.adapters import tls
from gateway.config import Config
from protocol import topics


def echo(settings: Config, size: str) -> None:
    """Until it is killed."""
    wire = bootstrap.wire(settings)
    wire.connect()
    print("ready", flush=True)
    filler = b"x" * int(size)
    while True:
        if wire.early() or wire.pending() or select.select([wire], [], [], 0.2)[0]:
            batch = wire.read()
            names = [topics.parse(topic)[0] for topic, _ in batch.frames if topic.endswith("/up/pay")]
            wire.write(batch, [(topics.down(name, "receipt"), filler) for name in names])
        wire.ping()


def naive(settings: Config) -> None:
    """Until SIGTERM."""
    sale = bootstrap.sale(settings)
    desk = sale.desk
    client = paho.Client(CallbackAPIVersion.VERSION2, settings.gateway_id, clean_session=False)
    client.tls_set_context(tls.client_context(settings, "gateway"))
    client.max_inflight_messages_set(65_000)
    stopping = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopping.set())

    def answer(_: object, __: object, message: paho.MQTTMessage) -> None:
        for topic, frame in desk.take([(message.topic, bytes(message.payload))]):
            client.publish(topic, frame, 1)

    def listen(*_: object) -> None:
        client.subscribe(topics.ALL_UP, 1)

    client.on_message = answer
    client.on_subscribe = lambda *_: print("ready", flush=True)
    client.on_connect = listen
    client.connect(settings.broker_host, settings.broker_port)
    client.loop_start()
    stopping.wait()
    client.loop_stop()


if __name__ == "__main__":
    {"echo": echo, "naive": naive}[sys.argv[1]](config.load(Path(sys.argv[2])), *sys.argv[3:])
