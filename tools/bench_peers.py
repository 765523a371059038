"""What else can stand behind the broker, each a process of its own on the gateway's side of `make bench BENCH=gateway`.

python -m tools.bench_peers echo DIR SIZE     our adapter over TLS without work: acknowledges and answers SIZE bytes
python -m tools.bench_peers naive DIR         the same desk behind paho as most write it: one commit per message
python -m tools.bench_peers alone DIR BATCH   no broker: the desk takes DIR/frames.bin in batches, prints a line
"""

import json
import select
import signal
import sys
import threading
import time
from pathlib import Path

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from gateway import bootstrap, config
from gateway.adapters import tls
from gateway.config import Config
from protocol import topics

FRAMES = "frames.json"


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


def alone(settings: Config, batch: str) -> None:
    """Prints approvals and seconds."""
    desk = bootstrap.sale(settings).desk
    told = json.loads((settings.directory / FRAMES).read_text())
    frames = [(topic, frame.encode()) for topic, frame in told]
    size, approved, began = int(batch), 0, time.perf_counter()
    for at in range(0, len(frames), size):
        approved += sum(topic.endswith("/receipt") for topic, _ in desk.take(frames[at : at + size]))
    print("alone %d %f" % (approved, time.perf_counter() - began), flush=True)


if __name__ == "__main__":
    {"echo": echo, "naive": naive, "alone": alone}[sys.argv[1]](config.load(Path(sys.argv[2])), *sys.argv[3:])
