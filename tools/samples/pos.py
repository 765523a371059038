"""A till of somebody else's making: one sale for cash over MQTT, with nothing of Tapwell's imported.

    python -m tools.samples.pos FOLDER CODE      FOLDER: what enrolment wrote (terminal.json and the certificates, PEM)

docs/messages.md has every message; protocol/README.md the seals. The journal number is made once and kept, a request's
id is written down before it is sent, and an answer is believed only when its seal fits.
"""

import hmac
import json
import pathlib
import queue
import secrets
import sys

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

OPERATOR, PIN, LANE = "7", "1234", 0
HELLO = {"app": "pos", "board": "other", "firmware": "1", "boots": 1, "witness_seq": 0, "heap_free": 0, "unanswered": 0}


class Till:
    def __init__(self, folder: pathlib.Path):
        self.settings = json.loads((folder / "terminal.json").read_text())
        self.name, self.inbox = self.settings["terminal"], queue.Queue()
        self.client = mqtt.Client(CallbackAPIVersion.VERSION2, self.name, clean_session=False)
        self.client.tls_set(str(folder / "ca.pem"), str(folder / "terminal.pem"), str(folder / "terminal.key"))
        self.client.on_connect = self.listen
        self.client.on_subscribe = lambda *_: self.inbox.put(("subscribed", {}))
        self.client.on_message = lambda _, __, message: self.inbox.put(
            self.opened(message.topic, bytes(message.payload))
        )
        self.client.connect(self.settings["gateway_host"], self.settings["gateway_port"])
        self.client.loop_start()
        self.answer("subscribed")
        self.journal = folder / "till.json"
        self.j, self.n = json.loads(self.journal.read_text()) if self.journal.exists() else (secrets.token_hex(4), 0)

    def listen(self, *_: object) -> None:
        self.client.subscribe(f"tapwell/{self.name}/down/#", 1)

    def next_number(self) -> None:
        self.n += 1
        self.journal.write_text(json.dumps((self.j, self.n)))  # before anything is sent under this id

    def seal(self, key: str, head: bytes, body: bytes, size: int) -> bytes:
        return hmac.digest(bytes.fromhex(self.settings[key]), head + body, "sha256")[:size].hex().encode()

    def send(self, message: str, witnessed: bool = False, **values) -> None:
        head = f"tapwell/{self.name}/up/{message}\n".encode()
        body = json.dumps({"v": 1, **values}, separators=(",", ":"), ensure_ascii=False).encode()[:-1]
        if witnessed:
            body += b',"w":"' + self.seal("witness_key", head, body, 8) + b'"'
        body += b',"k":%d' % self.settings["key_number"]
        self.client.publish(head[:-1].decode(), body + b',"mac":"' + self.seal("link_key", head, body, 16) + b'"}', 1)

    def opened(self, topic: str, frame: bytes) -> tuple[str, dict]:
        sealed = self.seal("link_key", topic.encode() + b"\n", frame[:-42], 16)
        return topic.rpartition("/")[2] if hmac.compare_digest(sealed, frame[-34:-2]) else "forged", json.loads(frame)

    def answer(self, *wanted: str) -> dict:
        while True:
            message, values = self.inbox.get(timeout=10)
            if message == "refused" and message not in wanted:
                raise SystemExit("refused: " + values["reason"])
            if message in wanted:
                return values

    def sell(self, code: str) -> dict:
        self.next_number()
        self.send("hello", r=1, j=self.j, **HELLO)
        self.answer("welcome")
        self.send("sign_on", r=2, operator=OPERATOR, pin=PIN)
        basket = {"operator": OPERATOR, "shift": self.answer("signed_on")["shift"], "basket": self.n}
        self.send("set_line", r=3, l=LANE, j=self.j, line=1, code=code, qty_milli=1000, **basket)
        cents = self.answer("priced")["total_cents"]
        paid = {
            "lines": 1,
            "total_cents": cents,
            "stored_cents": 0,
            "points": 0,
            "points_cents": 0,
            "cash_cents": cents,
        }
        self.send("pay", witnessed=True, j=self.j, l=LANE, n=self.n, at_s=0, **basket, **paid)
        return self.answer("receipt")

    def close(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()


if __name__ == "__main__":
    till = Till(pathlib.Path(sys.argv[1]))
    print(till.sell(sys.argv[2]))
    till.close()
