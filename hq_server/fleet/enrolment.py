"""One-time codes and what they are exchanged for: certificates, and for terminals the two keys, handed out once."""

import base64
import secrets
import zoneinfo

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlalchemy import Connection

from hq_server.chain import store as chain_store
from hq_server.chain.authority import LIFE_S, Issued, public_key_of, requested, server_names
from hq_server.chain.keys import Keys
from hq_server.errors import HqError, conflict, not_found
from hq_server.fleet import rules, store
from hq_server.fleet.schemas import GatewayEnrolment, NewStore, TerminalEnrolment
from hq_server.sealing import Sealer
from protocol.ids import is_hex, is_store


def add_store(connection: Connection, new: NewStore, now_s: int) -> str:
    """A store; the one-time code for its gateway."""
    if not is_store(new.code):
        raise HqError("bad_store", "a store code has 4 to 6 digits")
    if store.store_row(connection, new.code) is not None:
        raise conflict("store_exists", new.code)
    if new.timezone not in zoneinfo.available_timezones():
        raise HqError("bad_timezone", new.timezone)
    values = {name: getattr(new, name) for name in new.__struct_fields__ if name not in ("code", "name")}
    store.add_store(connection, new.code, now_s, name=new.name or new.code, **values)
    return new_code(connection, "gateway", new.code, now_s)


def add_terminal(connection: Connection, terminal: str, app: str, now_s: int) -> str:
    """A terminal; its one-time code."""
    code = terminal.partition("-")[0]
    problem = rules.terminal_problem(code, terminal, app)
    if problem:
        raise HqError("bad_terminal", problem)
    if store.store_row(connection, code) is None:
        raise not_found("store " + code)
    if store.terminal_row(connection, terminal) is not None:
        raise conflict("terminal_exists", terminal)
    store.add_terminal(connection, terminal, code, app)
    return new_code(connection, "terminal", terminal, now_s)


def new_code(connection: Connection, kind: str, subject: str, now_s: int) -> str:
    """A one-time code for a gateway (by store) or a terminal that exists; earlier unused ones end."""
    known = store.store_row(connection, subject) if kind == "gateway" else store.terminal_row(connection, subject)
    if known is None:
        raise not_found(f"{kind} {subject}")
    code = rules.new_code()
    store.add_code(connection, rules.code_hash(code), kind, subject, now_s, now_s + rules.CODE_LIFE_S)
    return code


def use_code(connection: Connection, code: str, kind: str, now_s: int) -> str:
    """Takes a code, once; the store or terminal it is for. Raises HqError('bad_code', 403)."""
    hashed = rules.code_hash(code)
    row = store.code_row(connection, hashed)
    if row is None or row.kind != kind or row.used_at_s:
        raise HqError("bad_code", "unknown or used", 403)
    if now_s > row.expires_at_s:
        raise HqError("bad_code", "expired: make a new one", 403)
    if not store.use_code(connection, hashed, now_s):
        raise HqError("bad_code", "unknown or used", 403)
    return row.subject


def enrol_gateway(connection: Connection, keys: Keys, body: GatewayEnrolment, now_s: int) -> dict:
    """Certificates for a gateway's three parts and a new incarnation; whoever was enrolled there before is replaced.

    The caller retires the old incarnation first and sends the snapshot afterwards (fleet/lives.py).
    """
    code = use_code(connection, body.code, "gateway", now_s)
    if not is_hex(body.incarnation, 32) or store.incarnation_row(connection, body.incarnation) is not None:
        raise conflict("bad_incarnation", "want 32 hex digits never seen before")
    before = store.gateway_row(connection, code)
    broker = requested(body.csr_broker_pem)
    names = tuple(dict.fromkeys((*server_names(broker), *body.broker_names, code + "-broker")))
    issued = {
        "gateway": keys.authority.issue(_public(body.csr_gateway_pem), code + "-gateway"),
        "uplink": keys.authority.issue(_public(body.csr_uplink_pem), code + "-uplink"),
        "broker": keys.authority.issue(public_key_of(_pem(broker)), code + "-broker", names),
    }
    fresh = tuple(one.serial for one in issued.values())
    store.revoke_certificates(connection, rules.gateway_names(code), "replaced", now_s, fresh)
    for part, one in issued.items():
        store.add_certificate(connection, one.serial, f"{code}-{part}", code, one.pem, now_s, now_s + LIFE_S)
    chain, shop = chain_store.the_chain(connection), store.store_row(connection, code)
    assert shop is not None
    return {
        "store": code, "store_name": shop.name, "timezone": shop.timezone, "language": shop.language,
        "last_receipt": store.last_receipt(connection, code), "replaces": before.incarnation if before else "",
        "lives_before": [one for one in store.open_lives(connection, code) if one != body.incarnation],
        "certificates": {part: one.pem for part, one in issued.items()}, "ca_pem": keys.authority.pem,
        "public_key": keys.public_hex,
        "chain": {"name": chain.name, "currency": chain.currency, "exponent": chain.exponent},
    }


def enrol_terminal(
    connection: Connection, keys: Keys, sealer: Sealer, body: TerminalEnrolment, now_s: int
) -> dict:
    """A certificate and the two keys of a terminal, told this once and never again."""
    terminal = use_code(connection, body.code, "terminal", now_s)
    row = store.terminal_row(connection, terminal)
    assert row is not None
    public = _public(body.csr_pem) if body.csr_pem else public_key_of(body.public_key)
    issued = keys.authority.issue(public, terminal)
    store.revoke_certificates(connection, [terminal], "replaced", now_s)
    store.add_certificate(connection, issued.serial, terminal, row.store, issued.pem, now_s, now_s + LIFE_S)
    link, witness = secrets.token_bytes(rules.KEY_BYTES), secrets.token_bytes(rules.KEY_BYTES)
    number = row.key_number + 1
    sealed_link = sealer.seal(f"{terminal}/{number}/link", link)
    sealed_witness = sealer.seal(f"{terminal}/{number}/witness", witness)
    store.add_terminal_key(connection, terminal, number, sealed_link, sealed_witness, now_s)
    store.set_terminal(
        connection, terminal, status="active", serial=issued.serial, key_number=number, enrolled_at_s=now_s
    )
    return _handed_out(connection, keys, row, issued, number, link, witness)


def terminal_message(connection: Connection, sealer: Sealer, row, incarnation: str) -> dict:
    """What a gateway must know of one of its terminals: link keys and the letter, never the witness key."""
    keys = []
    letter = ""
    for kept in store.terminal_keys(connection, row.terminal):
        witness = sealer.open(f"{row.terminal}/{kept.number}/witness", kept.witness_key)
        if kept.link_key:  # not forgotten with its store (retiring.py)
            link = sealer.open(f"{row.terminal}/{kept.number}/link", kept.link_key)
            keys.append({"k": kept.number, "link_key": link.hex()})
        letter = rules.letter(witness, row.store, row.terminal, incarnation)
    return {
        "terminal": row.terminal, "app": row.app, "keys": keys, "status": row.status, "serial": row.serial,
        "letter": letter,
    }


def revocation_message(connection: Connection, keys: Keys) -> dict:
    """All revoked serials, and the same as a list that a broker reads."""
    serials = [row.serial for row in store.revoked(connection)]
    return {"serials": serials, "crl_pem": keys.authority.revocation_list(serials)}


def _handed_out(connection: Connection, keys: Keys, row, issued: Issued, number: int, link: bytes, witness: bytes):
    chain = chain_store.the_chain(connection)
    shop = store.store_row(connection, row.store)
    return {
        "terminal": row.terminal, "store": row.store, "store_name": shop.name if shop else row.store, "app": row.app,
        "certificate_pem": issued.pem, "certificate_der_b64": base64.b64encode(issued.der).decode(),
        "ca_pem": keys.authority.pem, "ca_der_b64": base64.b64encode(keys.authority.der).decode(),
        "serial": issued.serial, "key_number": number, "link_key": link.hex(), "witness_key": witness.hex(),
        "currency": chain.currency, "exponent": chain.exponent,
    }


def _public(csr_pem: str):
    return public_key_of(_pem(requested(csr_pem)))


def _pem(request) -> str:
    return request.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
