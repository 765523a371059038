"""The store's Mosquitto: its configuration, access list and revocation list, written from what the store knows.

The broker is never a store of record: it keeps nothing on disk (persistence off), and a terminal repeats what was not
answered. On SIGHUP Mosquitto (2.0.11 tested) takes over new access and revocation lists: a revoked certificate is then
refused at the door, and one that is already inside may no longer write or read.
"""

import getpass
import os
import signal
import sqlite3
from pathlib import Path

from gateway.config import Config
from gateway.store import meta, terminals

CONF = """\
# Written by `tapwell gateway broker-config`; changes are overwritten.
per_listener_settings false
listener {port} {bind}
allow_anonymous false
require_certificate true
use_identity_as_username true
tls_version tlsv1.2
cafile {tls}/ca.pem
certfile {tls}/broker.pem
keyfile {tls}/broker.key
{crl}acl_file {directory}/broker.acl
set_tcp_nodelay true
max_inflight_messages 1000
max_queued_messages 10000
max_packet_size 70000
max_keepalive 300
persistence false
persistent_client_expiration 1d
allow_zero_length_clientid false
user {user}
pid_file {directory}/mosquitto.pid
log_dest stderr
log_type error
log_type warning
log_type notice
"""

ACL = """\
# Everybody writes below their own up and reads below their own down; the sale process is the other end of all.
user {gateway}
topic read tapwell/+/up/#
topic write tapwell/+/down/#

{denied}pattern write tapwell/%u/up/#
pattern read tapwell/%u/down/#
"""

DENIED = """\
user {client}
topic deny tapwell/{client}/#

"""


def write_all(config: Config, db: sqlite3.Connection) -> Path:
    """Writes mosquitto.conf and the lists it names; returns the path of mosquitto.conf."""
    write_lists(config, db)
    crl = config.tls / "crl.pem"
    text = CONF.format(
        port=config.broker_port,
        bind=config.broker_bind,
        tls=config.tls,
        directory=config.directory,
        user=getpass.getuser(),
        crl=f"crlfile {crl}\n" if crl.exists() else "",
    )
    return _write(config.directory / "mosquitto.conf", text)


def write_lists(config: Config, db: sqlite3.Connection) -> None:
    """Access list and revocation list from the database."""
    denied = "".join(DENIED.format(client=name) for name in terminals.revoked(db))
    _write(config.directory / "broker.acl", ACL.format(gateway=config.gateway_id, denied=denied))
    crl = meta.get(db, "crl_pem")
    if crl:
        _write(config.tls / "crl.pem", crl)


def reload(config: Config) -> bool:
    """Tells the running broker to read its lists again; False if its process is not known (mosquitto.pid)."""
    try:
        os.kill(int((config.directory / "mosquitto.pid").read_text()), signal.SIGHUP)
    except (OSError, ValueError):
        return False
    return True


def _write(path: Path, text: str) -> Path:
    """Replaces the file in one step, only if it changes, so that its time says when it last did."""
    if not path.exists() or path.read_text() != text:
        fresh = path.with_suffix(".new")
        fresh.write_text(text)
        os.replace(fresh, path)
    return path
