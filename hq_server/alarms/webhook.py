"""Alarms by HTTP: one POST each, signed. Nothing is followed: no redirect, no proxy of the environment.

    POST <address>
    Content-Type: application/json
    Tapwell-Signature: t=<epoch seconds>,v1=<hex>     HMAC-SHA256 of "<t>." and the body, by the secret of both sides
    Tapwell-Step: <number>                            grows; a repeat has the number of the first

An answer of 2xx ends it; anything else is tried again later, in order.
"""

import hmac
import http.client
import json
import ssl
from hashlib import sha256
from urllib.parse import urlsplit

from sqlalchemy import Row

from hq_server.alarms.kinds import kind_of
from hq_server.config import Webhook

TIMEOUT_S = 10
LANGUAGES = ("en", "zh")


class NotSent(Exception):
    """Why, in a few words."""


def post(webhook: Webhook, step: Row, now_s: int) -> None:
    """Tells one beginning or end. Raises NotSent."""
    body = json.dumps(told(step), ensure_ascii=False).encode()
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "tapwell-hq",
        "Tapwell-Step": str(step.id),
        "Tapwell-Signature": signature(webhook.secret, now_s, body),
    }
    where = urlsplit(webhook.url)
    line = _line(where.scheme, where.hostname or "", where.port)
    try:
        line.request("POST", (where.path or "/") + (f"?{where.query}" if where.query else ""), body, headers)
        status = line.getresponse().status
    except (OSError, http.client.HTTPException) as trouble:
        raise NotSent(repr(trouble)) from trouble
    finally:
        line.close()
    if not 200 <= status < 300:
        raise NotSent(f"answered {status}")


def _line(scheme: str, host: str, port: int | None) -> http.client.HTTPConnection:
    if scheme == "https":
        return http.client.HTTPSConnection(host, port, timeout=TIMEOUT_S, context=ssl.create_default_context())
    if scheme == "http":
        return http.client.HTTPConnection(host, port, timeout=TIMEOUT_S)
    raise NotSent(f"webhook wants http or https, not {scheme!r}")


def signature(secret: bytes, at_s: int, body: bytes) -> str:
    """The value of Tapwell-Signature."""
    return f"t={at_s},v1={hmac.new(secret, b'%d.' % at_s + body, sha256).hexdigest()}"


def told(step: Row) -> dict:
    """One step as the receiver gets it: ids and words, never a member's data."""
    kind = kind_of(step.kind)
    words = {language: kind.words(language) for language in LANGUAGES}
    return {
        "step": step.id, "what": step.what, "at_s": step.at_s, "alarm": step.alarm, "kind": step.kind,
        "severity": kind.severity, "store": step.store, "terminal": step.terminal, "detail": step.detail,
        "since_s": step.first_at_s,
        "title": {language: title for language, (title, _) in words.items()},
        "do": {language: do for language, (_, do) in words.items()},
    }  # fmt: skip
