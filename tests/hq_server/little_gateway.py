"""A gateway of a few lines: enrols, shows its certificate, delivers a SmallShop's events, obeys grants and recalls."""

import json
import ssl
from pathlib import Path

import httpx
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from protocol.ledger import floats
from protocol.ledger.lots import Slice
from protocol.ledger.refund_rights import decode, encode
from tests.hq_server.small_shop import SmallShop

DAY = "2026-11-23"
NO_CHECK_TIME = ssl.VerifyFlags(0x200000)


def signing_request(names: tuple[str, ...] = ()) -> tuple[bytes, str]:
    """A new P-256 key and a signing request for it, both PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "whatever it says")])
    builder = x509.CertificateSigningRequestBuilder().subject_name(subject)
    if names:
        told = x509.SubjectAlternativeName([x509.DNSName(name) for name in names])
        builder = builder.add_extension(told, critical=False)
    pem = builder.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM).decode()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()), pem


def gateway_requests() -> tuple[dict[str, bytes], dict[str, str]]:
    """Keys by part, and the three members of the enrolment body."""
    names = {"gateway": (), "uplink": (), "broker": ("broker.example",)}
    made = {part: signing_request(asked) for part, asked in names.items()}
    return {part: key for part, (key, _) in made.items()}, {f"csr_{part}_pem": pem for part, (_, pem) in made.items()}


def line_to(url: str, ca_pem: str, certificate: Path | None = None, key: Path | None = None) -> httpx.Client:
    """HTTPS to head office, with a certificate or without."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.verify_flags |= NO_CHECK_TIME
    context.load_verify_locations(cadata=ca_pem)
    if certificate:
        context.load_cert_chain(certificate, key)
    return httpx.Client(base_url=url, verify=context, timeout=10, trust_env=False)


GIVEN = {"grant": "grant", "right_grant": "grant", "recall": "recall"}  # kind -> its id: answered once


class LittleGateway:
    """One store's gateway at work over real HTTPS."""

    life = "0" * 32  # of head office, as it knows it

    def __init__(self, url: str, code: str, incarnation: str, directory: Path):
        directory.mkdir(parents=True, exist_ok=True)
        ca_pem = httpx.get(url + "/gateway/v1/ca", verify=False, trust_env=False).json()["ca_pem"]
        keys, requests = gateway_requests()
        body = {"code": code, "incarnation": incarnation, **requests}
        told = line_to(url, ca_pem).post("/gateway/v1/enrol", json=body)
        assert told.status_code == 200, told.text
        self.told = told.json()
        files = directory / "gateway.pem", directory / "gateway.key"
        files[0].write_text(self.told["certificates"]["gateway"])
        files[1].write_bytes(keys["gateway"])
        self.url, self.ca_pem, self.files = url, ca_pem, files
        self.line = line_to(url, ca_pem, *files)
        self.shop = SmallShop(self.told["store"], incarnation)
        self.cursor, self.life = 0, self.told["hq_life"]
        self.heard: list[dict] = []
        self.seen: set[str] = set()

    def deliver(self) -> httpx.Response:
        """Posts what the shop has written; once more from where head office says that it knows less."""
        said = self.line.post("/gateway/v1/events", content=self.shop.batch())
        if said.status_code == 409 and said.json()["reason"] == "gap":
            self.shop.again_after(said.json()["upto"])
            said = self.line.post("/gateway/v1/events", content=self.shop.batch())
        return said

    def beat(self, **more) -> dict:
        """A sign of life."""
        return self.line.post("/gateway/v1/heartbeat", json={"head_seq": self.shop.seq, **more}).json()

    def fetch(self, wait_s: float = 0) -> list[dict]:
        """The next messages, their signatures checked; obeyed where they move value."""
        bodies = []
        for message in self.messages(wait_s):
            bodies.append(self._opened(message))
            self._obey(bodies[-1] | {"order": {"body": message["body"], "sig": message["sig"]}})
        self.heard += bodies
        return bodies

    def messages(self, wait_s: float) -> list[dict]:
        """What follows the last message, as it is on the wire."""
        asked = {"after": self.cursor, "wait_s": wait_s, "life": self.life}
        return self.line.get("/gateway/v1/messages", params=asked).json()["messages"]

    def fetch_all(self) -> list[dict]:
        """Everything there is now."""
        bodies: list[dict] = []
        while more := self.fetch():
            bodies += more
        return bodies

    def _opened(self, message: dict) -> dict:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(self.told["public_key"]))
        key.verify(bytes.fromhex(message["sig"]), message["body"].encode())
        body = json.loads(message["body"])
        assert body["n"] == message["n"] == self.cursor + 1, "numbers have no gaps"
        assert body["incarnation"] == self.shop.incarnation
        assert body["hq"] == self.life or (body["kind"], body["was"]) == ("restored", self.life)
        self.cursor = message["n"]
        return body

    def _obey(self, body: dict) -> None:
        shop = self.shop
        if body["kind"] in ("grant", "right_grant", "recall") and body[GIVEN[body["kind"]]] in self.seen:
            return
        self.seen.add(body.get(GIVEN.get(body["kind"], ""), ""))
        if body["kind"] == "restored":
            self.life = body["hq"]
            shop.write("hq_met", DAY, 1, "", hq=body["hq"], was=body["was"])
        elif body["kind"] == "lent_settled":
            told = {"account": body["account"], "order": body["order"]}
            shop.write("lent_settled", DAY, 1, body["settle"], **told)
        elif body["kind"] == "retired":
            shop.write("retired", DAY, 1, "")
        elif body["kind"] == "right_grant":
            shop.take_right(DAY, 1, body["right"], body["amount"], body["grant"], order=body["order"])
        elif body["kind"] == "refund_right_grant":
            told = {"grant": body["grant"], "sale": body["sale"], "account": body["account"] or None}
            shop.refund_rights[body["sale"]] = decode(body["right"])
            shop.write("refund_right_taken", DAY, 1, body["grant"], **told, order=body["order"])
        elif body["kind"] == "recall_refund":
            right = shop.refund_rights.pop(body["sale"], None) or shop.right_of(body["sale"], body["account"])
            told = {"recall": body["recall"], "sale": body["sale"], "account": body["account"] or None}
            shop.write("refund_right_returned", DAY, 1, body["recall"][::-1], **told, right=encode(right))
        elif body["kind"] == "grant":
            slices = [Slice(**one) for one in body["slices"]]
            booking = floats.take(shop.holding(body["account"]), body["grant"], slices)
            shop.holdings[body["account"]] = booking.holding
            told = {"grant": body["grant"], "account": body["account"], "order": body["order"]}
            shop.write("grant_taken", DAY, 1, body["grant"], booking.entries, **told)
        elif body["kind"] == "recall":
            want = floats.want_of(shop.holding(body["account"]), body["asset"], body["up_to"])
            booking, _ = floats.give_back(shop.holding(body["account"]), body["recall"][::-1], want)
            shop.holdings[body["account"]] = booking.holding
            told = {"recall": body["recall"], "account": body["account"]}
            shop.write("recall_answered", DAY, 1, body["recall"][::-1], booking.entries, **told)
