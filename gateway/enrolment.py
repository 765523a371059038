"""A gateway's first day: makes its database and keys, and exchanges a one-time code for certificates at head office.

The private keys never leave this machine; head office's own certificate authority is recognised by its fingerprint.
"""

import ipaddress
import secrets
import sqlite3
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from gateway import broker, config
from gateway.adapters import hq_enrol
from gateway.adapters.hq_enrol import Refused
from gateway.config import Config
from gateway.health import VERSION
from gateway.store import meta
from gateway.store.db import fold_log, open_store

PARTS = ("gateway", "uplink", "broker")


def enrol(
    directory: Path,
    hq_url: str,
    code: str,
    ca_fingerprint: str,
    names: tuple[str, ...],
    again: bool = False,
    **set_: Any,
) -> Config:
    """Enrols DIR as a new life of its store. Raises Refused; a directory that is enrolled already is left alone.

    again: the life in DIR is over (fenced, or head office says so). Its database is kept in DIR/lives, and the new life
    tells head office what it still says.
    """
    if (directory / config.FILE_NAME).exists() and not again:
        raise Refused(f"{directory} is enrolled already; --again begins a new life in it")
    (directory / "tls").mkdir(parents=True, exist_ok=True)
    directory.chmod(0o700)
    incarnation = secrets.token_hex(16)
    body = request(directory, code, incarnation, names)
    told = hq_enrol.exchange(hq_url, ca_fingerprint, directory / "tls" / "ca.pem", body)
    if again:
        _lay_aside(directory, str(told.get("replaces") or ""))
    return settle(directory, hq_url, names, incarnation, told, set_)


def request(directory: Path, code: str, incarnation: str, names: tuple[str, ...]) -> dict:
    """What head office is asked with; the keys of the signing requests stay in DIR/tls."""
    body = {"code": code, "incarnation": incarnation, "broker_names": list(names), "version": VERSION}
    return body | {f"csr_{part}_pem": _request(directory / "tls", part, names) for part in PARTS}


def _lay_aside(directory: Path, replaces: str) -> None:
    """Moves the database of the life before to DIR/lives/<incarnation>.db, whole: its log is folded in first.

    One that is damaged is moved as it is, under the name that head office has for it.
    """
    old = directory / "store.db"
    if not old.exists():
        return
    life = _fold(old) or replaces or f"damaged-{time.time_ns()}"
    (directory / "lives").mkdir(mode=0o700, exist_ok=True)
    for end in ("", "-wal", "-shm"):
        part = directory / f"store.db{end}"
        if part.exists():
            part.rename(directory / "lives" / f"{life}.db{end}")


def _fold(old: Path) -> str:
    """The life of a database whose log is folded in; '' if it does not let itself be read."""
    db = sqlite3.connect(old, isolation_level=None)
    try:
        life = meta.get(db, "incarnation")
        fold_log(db)
    except sqlite3.DatabaseError:
        return ""
    finally:
        db.close()
    return life


def settle(directory: Path, hq_url: str, names: tuple[str, ...], incarnation: str, told: dict, set_: dict) -> Config:
    """Writes what head office has answered: certificates, a database with the new life in it, settings."""
    for part in PARTS:
        (directory / "tls" / f"{part}.pem").write_text(told["certificates"][part])
    settings = Config(directory=directory.resolve(), store=told["store"], hq_url=hq_url, host_names=names)
    settings = replace(settings, **{name: value for name, value in set_.items() if value})
    db = open_store(settings.database)
    db.execute("BEGIN IMMEDIATE")
    meta.begin_life(db, incarnation, told["store"], told["public_key"], _configuration(told))
    meta.put(db, "hq_life", told.get("hq_life") or "")
    meta.put(db, "life_before", told.get("replaces") or _newest_life(directory))
    meta.put(db, "lives_before", ",".join(told.get("lives_before") or ()))
    # A later life of a store goes on where the one before ended, as far as head office has booked it.
    meta.put_int(db, "receipt", int(told.get("last_receipt") or 0))
    meta.put_int(db, "fill", int(told.get("last_fill") or 0))
    db.execute("COMMIT")
    broker.write_all(settings, db)
    config.write(settings)
    db.close()
    return settings


def _newest_life(directory: Path) -> str:
    """The incarnation laid aside last in DIR, '' for none."""
    files = sorted((directory / "lives").glob("*.db"), key=lambda file: file.stat().st_mtime)
    return files[-1].stem if files else ""


def _configuration(told: dict) -> dict:
    """What a store must know of its chain and itself, flat, whatever part of the answer it came in."""
    found = {**(told.get("chain") or {}), **(told.get("configuration") or {})}
    found["name"] = told.get("store_name") or told.get("name") or told["store"]
    for name in ("currency", "exponent", "timezone", "language"):
        if name in told:
            found[name] = told[name]
    return found


def _request(directory: Path, part: str, names: tuple[str, ...]) -> str:
    """A new key in PART.key, and the signing request for it."""
    key = ec.generate_private_key(ec.SECP256R1())
    file = directory / f"{part}.key"
    file.touch(0o600)
    file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    builder = x509.CertificateSigningRequestBuilder()
    builder = builder.subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, part)]))
    if part == "broker":
        builder = builder.add_extension(x509.SubjectAlternativeName([_host(name) for name in names]), critical=False)
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM).decode()


def _host(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)
