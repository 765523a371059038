"""GET /metrics, for whoever knows the token; without one in hq.toml, for programs on this machine."""

import hmac

from fastapi import APIRouter, Depends, Request, Response
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4

from hq_server.bootstrap import Hq
from hq_server.errors import HqError
from hq_server.metrics.collect import page
from hq_server.web_tools import the_hq

router = APIRouter(include_in_schema=False)

HERE = ("127.0.0.1", "::1")
FORWARDED = ("x-forwarded-for", "forwarded", "x-real-ip")  # a proxy on this machine speaks for somebody elsewhere


@router.get("/metrics")
def get_metrics(request: Request, hq: Hq = Depends(the_hq)) -> Response:
    """All metrics of this process and of the chain."""
    check(request, hq.config.metrics_token)
    return Response(page(hq), media_type=CONTENT_TYPE_PLAIN_0_0_4)


def check(request: Request, token: str) -> None:
    """Raises HqError('not_allowed', 403)."""
    if token:
        sent = request.headers.get("authorization", "").encode()
        if not hmac.compare_digest(sent, b"Bearer " + token.encode()):
            raise HqError("not_allowed", "the token of [metrics] in hq.toml is wanted, as bearer", 403)
    elif any(name in request.headers for name in FORWARDED) or not request.client or request.client.host not in HERE:
        raise HqError("not_allowed", "name a token under [metrics] in hq.toml", 403)
