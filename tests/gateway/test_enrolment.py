"""A gateway's first day, against an authority that signs what it asks for."""

import json
import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from gateway import config, enrolment
from gateway.adapters import tls
from gateway.adapters.hq_enrol import Refused
from gateway.store import meta
from gateway.store.db import open_store
from tests.gateway.authority import Authority
from tests.gateway.shopfloor import free_port

CODE = "ABCDE-FGHJK"
PUBLIC_KEY = "7f" * 32
NAMES = ("192.0.2.7", "localhost", "127.0.0.1")


@pytest.fixture
def office(tmp_path):
    authority = Authority("Chain")
    (tmp_path / "hq").mkdir()
    authority.issue(tmp_path / "hq", "hq", "hq", ("127.0.0.1",))
    server = ThreadingHTTPServer(("127.0.0.1", free_port()), handler(authority))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "hq" / "hq.pem", tmp_path / "hq" / "hq.key")
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    server.fingerprint = authority.certificate.fingerprint(hashes.SHA256()).hex()
    server.url = f"https://127.0.0.1:{server.server_port}"
    yield server
    server.shutdown()
    server.server_close()


def handler(authority: Authority) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(200, {"ca_pem": authority.pem().decode()})

        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if asked["code"] != CODE:
                self._answer(403, {"reason": "bad_code"})
                return
            parts = ("gateway", "uplink", "broker")
            signed = {part: authority.sign(asked[f"csr_{part}_pem"], f"0001-{part}") for part in parts}
            self._answer(
                200,
                {
                    "store": "0001",
                    "store_name": "Am Ring",
                    "timezone": "Europe/Berlin",
                    "language": "zh",
                    "last_receipt": 41,
                    "last_fill": 12,
                    "certificates": signed,
                    "ca_pem": authority.pem().decode(),
                    "public_key": PUBLIC_KEY,
                    "chain": {"name": "Chain", "currency": "EUR", "exponent": 2},
                },
            )

        def _answer(self, status: int, told: dict) -> None:
            body = json.dumps(told).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    return Handler


def test_a_code_becomes_a_store(office, tmp_path):
    made = enrolment.enrol(tmp_path / "gw", office.url, CODE, office.fingerprint, NAMES, broker_port=18883, hq_page="")
    assert config.load(tmp_path / "gw") == made
    assert (made.store, made.broker_port, made.host_names) == ("0001", 18883, NAMES)
    db = open_store(made.database)
    assert (len(meta.get(db, "incarnation")), meta.get(db, "hq_key")) == (32, PUBLIC_KEY)
    assert meta.get_json(db, "configuration") == {
        "name": "Am Ring",
        "currency": "EUR",
        "exponent": 2,
        "timezone": "Europe/Berlin",
        "language": "zh",
    }
    for name in ("gateway", "uplink"):
        tls.client_context(made, name)
        assert (made.tls / f"{name}.key").stat().st_mode & 0o777 == 0o600
    broker = x509.load_pem_x509_certificate((made.tls / "broker.pem").read_bytes())
    reached_by = broker.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert [str(name.value) for name in reached_by] == list(NAMES)
    assert "crlfile" not in (made.directory / "mosquitto.conf").read_text()


def test_receipts_go_on_after_a_re_enrolment(office, tmp_path):
    made = enrolment.enrol(tmp_path / "gw", office.url, CODE, office.fingerprint, NAMES)
    db = open_store(made.database)
    assert (meta.get_int(db, "receipt"), meta.get_int(db, "fill")) == (41, 12)


def test_a_new_life_in_the_same_directory_keeps_the_disk_of_the_one_before(office, tmp_path):
    first = enrolment.enrol(tmp_path / "gw", office.url, CODE, office.fingerprint, NAMES)
    before = meta.get(open_store(first.database), "incarnation")
    second = enrolment.enrol(tmp_path / "gw", office.url, CODE, office.fingerprint, NAMES, again=True)
    db = open_store(second.database)
    assert meta.get(db, "life_before") == before != meta.get(db, "incarnation")
    assert meta.get(open_store(second.lives / f"{before}.db"), "incarnation") == before


# what is wrong -> what the operator reads
WRONG = {
    "a code that nobody gave": ({"code": "XXXXX"}, "bad_code"),
    "somebody else at that address": ({"ca_fingerprint": "00" * 32}, "not the head office you named"),
    "nobody at that address": ({"hq_url": "https://127.0.0.1:1"}, "not reached"),
}


@pytest.mark.parametrize("change, words", WRONG.values(), ids=WRONG.keys())
def test_it_is_refused(office, tmp_path, change, words):
    asked = {"hq_url": office.url, "code": CODE, "ca_fingerprint": office.fingerprint} | change
    with pytest.raises(Refused, match=words):
        enrolment.enrol(tmp_path / "gw", **asked, names=NAMES)
    assert not (tmp_path / "gw" / "gateway.toml").exists()


def test_a_store_is_not_enrolled_over(office, tmp_path):
    asked = (tmp_path / "gw", office.url, CODE, office.fingerprint, NAMES)
    enrolment.enrol(*asked)
    with pytest.raises(Refused, match="already"):
        enrolment.enrol(*asked)
