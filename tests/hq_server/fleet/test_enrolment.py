"""One-time codes, certificates, keys handed out once, the letter, revocation."""

import hmac
import json
from hashlib import sha256

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from hq_server.chain.authority import requested
from hq_server.errors import HqError
from hq_server.fleet import enrolment, rules, store, terminals
from hq_server.fleet.schemas import GatewayEnrolment, NewStore, TerminalEnrolment
from hq_server.outbox.store import messages_after
from hq_server.vault import lives
from tests.hq_server.little_gateway import gateway_requests, signing_request

LIFE = "8" * 32


def enrolled(hq, code: str, life: str = LIFE) -> dict:
    _, requests = gateway_requests()
    with hq.db.write() as connection:
        body = GatewayEnrolment(code=code, incarnation=life, **requests)
        told = enrolment.enrol_gateway(connection, hq.keys, body, hq.now_s())
        lives.begin(hq.vault_on(connection), told["store"], life)
    return told


def new_store(hq, code: str) -> str:
    with hq.db.write() as connection:
        return enrolment.add_store(connection, NewStore(code), hq.now_s())


def messages(hq, life: str, kind: str) -> list[dict]:
    with hq.db.read() as connection:
        bodies = [json.loads(row.body) for row in messages_after(connection, life, 0, 1000)]
    return [body for body in bodies if body["kind"] == kind]


def test_a_gateway_gets_three_certificates_of_the_chain(hq):
    told = enrolled(hq, new_store(hq, "0003"))
    root = x509.load_pem_x509_certificate(told["ca_pem"].encode())
    for part, pem in told["certificates"].items():
        certificate = x509.load_pem_x509_certificate(pem.encode())
        certificate.verify_directly_issued_by(root)
        assert certificate.subject.rfc4514_string() == f"CN=0003-{part}"
        assert certificate.not_valid_before_utc.year == 1970 and certificate.not_valid_after_utc.year == 9999
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["broker.example", "0003-broker"]
    assert told["public_key"] == hq.keys.public_hex and told["chain"]["currency"] == "USD"


# what is done with the code -> what is said
CODES = (
    (lambda code: "AAAAA-BBBBB-CCCCC-DDDDD", 0, "unknown"),
    (lambda code: code, rules.CODE_LIFE_S + 1, "expired"),
    (lambda code: code.lower().replace("-", " "), 0, None),
)


@pytest.mark.parametrize(("typed", "later_s", "detail"), CODES)
def test_codes(hq, typed, later_s, detail):
    code, start_s = new_store(hq, "0003"), hq.now_s()
    hq.now_s = lambda: start_s + later_s
    if detail is None:
        assert enrolled(hq, typed(code))["store"] == "0003"
        return
    with pytest.raises(HqError, match="bad_code.*" + detail):
        enrolled(hq, typed(code))


def test_a_code_is_good_once_and_only_the_newest_counts(hq):
    first = new_store(hq, "0003")
    with hq.db.write() as connection:
        second = enrolment.new_code(connection, "gateway", "0003", hq.now_s())
    for code in (first, second, second):
        try:
            enrolled(hq, code)
        except HqError as wrong:
            assert wrong.reason == "bad_code" and code in (first, second)
    with hq.db.read() as connection:
        assert len(store.incarnations_of(connection, "0003")) == 1
        assert code not in str(connection.execute(store.code.select()).all()), "only its hash is kept"


def test_an_incarnation_is_never_enrolled_twice(hq):
    enrolled(hq, new_store(hq, "0003"))
    with pytest.raises(HqError, match="bad_incarnation"):
        enrolled(hq, new_store(hq, "0004"))


def test_a_terminal_gets_its_keys_once_and_its_gateway_the_link_key_and_the_letter(hq):
    with hq.db.write() as connection:
        code = enrolment.add_terminal(connection, "0001-pos7", "pos", hq.now_s())
        _, request = signing_request()
        told = enrolment.enrol_terminal(connection, hq.keys, hq.sealer, TerminalEnrolment(code, request), hq.now_s())
        terminals.terminal_enrolled(connection, hq.post, hq.keys, hq.sealer, "0001-pos7")
        kept = store.terminal_keys(connection, "0001-pos7")[0]
    (message,) = messages(hq, "1" * 32, "terminal")[-1:]
    assert message["keys"] == [{"k": 1, "link_key": told["link_key"]}]
    text = "incarnation\n0001\n0001-pos7\n" + "1" * 32
    assert message["letter"] == hmac.digest(bytes.fromhex(told["witness_key"]), text.encode(), sha256).hex()[:32]
    assert told["witness_key"] not in json.dumps(messages(hq, "1" * 32, "terminal"))
    for sealed in (kept.link_key, kept.witness_key):
        assert bytes.fromhex(told["link_key"]) not in sealed and bytes.fromhex(told["witness_key"]) not in sealed
    with pytest.raises(HqError, match="wrong_secret"):
        hq.sealer.open("0001-pos7/1/witness", kept.link_key)


def test_a_new_machine_gets_all_that_its_terminals_need_from_head_office(hq):
    """No terminal is touched by hand: same link keys, a letter for the new life, a broker of the same authority."""
    with hq.db.write() as connection:
        _, request = signing_request()
        codes = [enrolment.add_terminal(connection, f"0001-pos{n}", "pos", hq.now_s()) for n in (7, 8)]
        bodies = [TerminalEnrolment(code, request) for code in codes]
        told = [enrolment.enrol_terminal(connection, hq.keys, hq.sealer, body, hq.now_s()) for body in bodies]
        code = enrolment.new_code(connection, "gateway", "0001", hq.now_s())
    machine = enrolled(hq, code)
    assert machine["replaces"] == "1" * 32 and machine["lives_before"] == ["1" * 32] and machine["last_receipt"] == 0
    heard = {one["terminal"]: one for one in messages(hq, LIFE, "terminal")}
    for one in told:
        here = heard[one["terminal"]]
        assert here["keys"] == [{"k": 1, "link_key": one["link_key"]}] and here["status"] == "active"
        assert here["letter"] == rules.letter(bytes.fromhex(one["witness_key"]), "0001", one["terminal"], LIFE)
    broker = x509.load_pem_x509_certificate(machine["certificates"]["broker"].encode())
    broker.verify_directly_issued_by(x509.load_pem_x509_certificate(told[0]["ca_pem"].encode()))


def test_a_revoked_terminal_is_named_to_every_store(hq):
    with hq.db.write() as connection:
        code = enrolment.add_terminal(connection, "0001-pos7", "pos", hq.now_s())
        point = ec.generate_private_key(ec.SECP256R1()).public_key().public_bytes(
            serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
        )
        body = TerminalEnrolment(code, public_key=point.hex())
        told = enrolment.enrol_terminal(connection, hq.keys, hq.sealer, body, hq.now_s())
        terminals.revoke_terminal(connection, hq.post, hq.keys, hq.sealer, "0001-pos7", "lost", hq.now_s())
    assert messages(hq, "1" * 32, "terminal")[-1]["status"] == "revoked"
    for life in ("1" * 32, "2" * 32):
        named = messages(hq, life, "revocation")[-1]
        assert told["serial"] in named["serials"]
        listed = x509.load_pem_x509_crl(named["crl_pem"].encode())
        assert listed.get_revoked_certificate_by_serial_number(int(told["serial"], 16))


def test_other_keys_are_refused():
    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([])
    pem = x509.CertificateSigningRequestBuilder().subject_name(name).sign(key, hashes.SHA256())
    with pytest.raises(HqError, match="P-256"):
        requested(pem.public_bytes(serialization.Encoding.PEM).decode())
    with pytest.raises(HqError, match="bad_csr"):
        requested("-----BEGIN NOTHING")


NAMES = (("0001-gateway", "pos"), ("0002-pos1", "tv"), ("0001-Pos", "pos"), ("1", "pos"))


@pytest.mark.parametrize(("name", "app"), NAMES)
def test_names_of_terminals(hq, name, app):
    with pytest.raises(HqError), hq.db.write() as connection:
        enrolment.add_terminal(connection, name, app, 1)
