"""Runs head office: two listeners in one process, and the loop that places value.

Gateways speak TLS with certificates of the chain's own authority; enrolment comes without one, so the handshake only
asks for a certificate and each route checks it. Dates in certificates are not looked at (chain/authority.py says why).
"""

import asyncio
import contextlib
import gc
import logging
import os
import signal
import socket
import ssl
import subprocess
import sys
from pathlib import Path

import uvicorn
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from fastapi.concurrency import run_in_threadpool
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from hq_server.alarms.watch import keep_watch
from hq_server.app import create_app, create_gateway_app
from hq_server.bootstrap import Hq
from hq_server.chain.authority import common_name, key_pem, serial_text
from hq_server.errors import HqError
from hq_server.fleet.peer import SCOPE_KEY, Peer
from hq_server.floats.service import PLACE_EVERY_S, place_due
from hq_server.fuel.store import forget_days
from hq_server.outbox.store import KEEP_S, forget_acknowledged

log = logging.getLogger("hq_server")

NO_CHECK_TIME = 0x200000  # X509_V_FLAG_NO_CHECK_TIME, openssl/x509_vfy.h
SERVER_NAME = "tapwell-hq"
GRACEFUL_S = 1
TIDY_EVERY_S = 3600
FOLLOW_AGAIN_S = 5
COLLECT_AFTER = 50_000  # new containers: those of some batches of 500 events, a few megabytes


class PeerProtocol(HttpToolsProtocol):
    """uvicorn's own protocol that also tells the application whose certificate the client showed."""

    _peer: Peer | None = None

    def connection_made(self, transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._peer = peer_of(transport.get_extra_info("ssl_object"))

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["state"][SCOPE_KEY] = self._peer  # type: ignore[typeddict-item]


def peer_of(tls: ssl.SSLObject | None) -> Peer | None:
    """The client's certificate; the handshake has checked that our authority signed it."""
    der = tls.getpeercert(binary_form=True) if tls else None
    if not der:
        return None
    certificate = x509.load_der_x509_certificate(der)
    return Peer(common_name(certificate), serial_text(certificate))


class Server(uvicorn.Server):
    """One of two listeners: signals are for run(), not for each of them."""

    @contextlib.contextmanager
    def capture_signals(self):
        yield

async def run(hq: Hq, ready=lambda gateway_port, pages_port: None) -> None:
    """Serves until SIGINT or SIGTERM. `ready` is told both ports once they are open."""
    hq.bells.attach()
    config = hq.config
    context = server_context(hq)
    calm_memory()
    gateways = Server(
        uvicorn.Config(
            create_gateway_app(hq), host=config.gateway_host, port=config.gateway_port, http=PeerProtocol,
            ssl_context_factory=lambda _config, _default: context, log_config=None, access_log=False,
            timeout_graceful_shutdown=GRACEFUL_S, timeout_keep_alive=75, server_header=False, ws="none",
        )
    )
    pages = Server(
        uvicorn.Config(
            create_app(hq), host=config.pages_host, port=config.pages_port, log_config=None, access_log=False,
            timeout_graceful_shutdown=GRACEFUL_S, server_header=False, ws="none",
        )
    )
    sockets = [listen(config.gateway_host, config.gateway_port), listen(config.pages_host, config.pages_port)]
    await _serve(hq, (gateways, pages), sockets, ready)


def calm_memory() -> None:
    """What is loaded by now lives as long as this process: the collector need not look at it with every batch."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER, 20, 20)


def listen(host: str, port: int) -> socket.socket:
    """A listening socket. Raises HqError('cannot_listen') naming what keeps it from that."""
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server((host, port), family=family, backlog=512)
    except OSError as taken:
        raise HqError("cannot_listen", f"{host}:{port}: {taken.strerror}") from taken


async def _serve(hq: Hq, servers: tuple[Server, Server], sockets: list[socket.socket], ready) -> None:
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopping.set)
    serving = [
        asyncio.create_task(server.serve([bound])) for server, bound in zip(servers, sockets, strict=True)
    ]
    placing = asyncio.create_task(keep_placing(hq, stopping))
    following = asyncio.create_task(keep_following(hq, stopping))
    watching = asyncio.create_task(keep_watch(hq, stopping))
    while not all(server.started for server in servers) and not any(task.done() for task in serving):
        await asyncio.sleep(0.01)
    ready(*[bound.getsockname()[1] for bound in sockets])
    waiting = asyncio.create_task(stopping.wait())
    await asyncio.wait([waiting, *serving], return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    stopping.set()
    hq.bells.hush()
    for server in servers:
        server.should_exit = True
    await asyncio.gather(*serving, placing, watching, following)


async def keep_placing(hq: Hq, stopping: asyncio.Event) -> None:
    """Places value and tidies up, until stopped. A failure is logged whole and tried again."""
    tidy_in_s = 0.0
    while not stopping.is_set():
        try:
            more = await run_in_threadpool(place_due, hq)
            if tidy_in_s <= 0:
                tidy_in_s = TIDY_EVERY_S
                await run_in_threadpool(tidy, hq)
        except Exception:
            log.exception("placing value")
            more = 0
        tidy_in_s -= PLACE_EVERY_S
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(stopping.wait(), 0.01 if more else PLACE_EVERY_S)


async def keep_following(hq: Hq, stopping: asyncio.Event) -> None:
    """A process of its own takes the log into the facts, so that booking never waits for it; begun anew if it ends."""
    command = (sys.executable, "-m", "hq_server.facts.commands", "follow", "--dir", str(hq.config.dir))
    while not stopping.is_set():
        child = await asyncio.create_subprocess_exec(*command, stdin=subprocess.PIPE)
        done, _ = await asyncio.wait(
            [ended := asyncio.create_task(child.wait()), stop := asyncio.create_task(stopping.wait())],
            return_when=asyncio.FIRST_COMPLETED,
        )
        if ended in done and not stopping.is_set():
            log.warning("facts are not followed any more (%s); begun anew", child.returncode)
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(stopping.wait(), FOLLOW_AGAIN_S)
        stop.cancel()
        if child.returncode is None:
            child.terminate()  # at any moment: a manifest is there or not; should we be killed, its input closes
        await ended


def tidy(hq: Hq) -> None:
    """Once an hour: messages acknowledged long ago go, and what cards had on days long past."""
    with hq.db.write() as connection:
        forget_acknowledged(connection, hq.now_s() - KEEP_S)
        forget_days(connection, hq.now_s())


def server_context(hq: Hq) -> ssl.SSLContext:
    """TLS 1.2 and up, a client certificate asked for but not demanded; its dates are not looked at."""
    certificate, key = _server_files(hq)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(certificate, key, hq.sealer.file_password.decode())
    context.load_verify_locations(cadata=hq.keys.authority.pem)
    context.verify_mode = ssl.CERT_OPTIONAL
    context.verify_flags |= ssl.VerifyFlags(NO_CHECK_TIME)
    return context


def _server_files(hq: Hq) -> tuple[Path, Path]:
    """A fresh certificate and enciphered key of this machine for its names in hq.toml, with the root behind it."""
    folder = hq.config.dir / "tls"
    folder.mkdir(mode=0o700, exist_ok=True)
    key = ec.generate_private_key(ec.SECP256R1())
    issued = hq.keys.authority.issue(key.public_key(), SERVER_NAME, hq.config.names)
    mark = str(os.getpid())  # several processes may serve the same chain
    paths = folder / f"server-{mark}.pem", folder / f"server-{mark}.key"
    for old in folder.glob("server-*"):
        if not Path("/proc", old.stem.partition("-")[2]).exists():
            old.unlink()
    paths[0].write_text(issued.pem + hq.keys.authority.pem)
    paths[1].touch(0o600)
    paths[1].write_bytes(key_pem(key, hq.sealer.file_password))
    return paths
