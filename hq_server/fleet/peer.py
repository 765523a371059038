"""Who is at the other end of a TLS connection, by its certificate: never by what a body says.

uvicorn does not show a client's certificate to the application; the protocol class of serve.py puts it in the scope.
"""

from typing import NamedTuple

from fastapi import Depends, Request
from fastapi.concurrency import run_in_threadpool

from hq_server.bootstrap import Hq
from hq_server.errors import HqError
from hq_server.fleet import store
from hq_server.fleet.rules import store_of_gateway
from hq_server.web_tools import the_hq

SCOPE_KEY = "tapwell_peer"


class Peer(NamedTuple):
    """A certificate that our authority signed: common name and serial."""

    name: str
    serial: str


class Gateway(NamedTuple):
    """The store whose gateway is asking, and the incarnation that is enrolled there."""

    store: str
    incarnation: str
    status: str


async def the_gateway(request: Request, hq: Hq = Depends(the_hq)) -> Gateway:
    """The asking gateway. Raises HqError: no_certificate 401, revoked 403, not_allowed 403."""
    peer: Peer | None = request.scope.get("state", {}).get(SCOPE_KEY)
    if peer is None:
        raise HqError("no_certificate", "show the gateway's certificate", 401)
    code = store_of_gateway(peer.name)
    if code is None:
        raise HqError("not_allowed", peer.name + " is not a gateway", 403)
    return await run_in_threadpool(_known, hq, code, peer)


def _known(hq: Hq, code: str, peer: Peer) -> Gateway:
    with hq.db.read() as connection:
        certificate = store.certificate_row(connection, peer.serial)
        gateway = store.gateway_row(connection, code)
    if certificate is None or certificate.name != peer.name or gateway is None:
        raise HqError("not_allowed", "a certificate that head office does not know", 403)
    if certificate.revoked_at_s:
        raise HqError("revoked", certificate.reason, 403)
    return Gateway(code, gateway.incarnation, gateway.status)
