"""Head office over HTTPS with mutual TLS: what a gateway may ask it, and what its answers mean."""

import json
from dataclasses import dataclass
from typing import Any

import httpx

from gateway.adapters import tls
from gateway.config import Config

WAIT_S = 10  # head office holds an empty long poll that long; a line that died silently is found soon after
TIMEOUT = httpx.Timeout(10, connect=3)
FLOAT_TIMEOUT = httpx.Timeout(3, connect=1)  # a tap waits 1.5 s; a later answer still brings the float
RELEASE_PART_BYTES = 65536  # within TIMEOUT on the slowest line that can carry a store
HEARTBEAT_TIMEOUT = httpx.Timeout(4, connect=2)


class HqAway(Exception):
    """Head office was not reached, or answered what only a broken way answers: try again later."""


@dataclass(frozen=True)
class Booked:
    """Answer to a batch of events: booked up to `upto`, or refused with a reason (then upto may be -1)."""

    upto: int
    reason: str = ""
    detail: str = ""


def line_of(config: Config) -> "Hq":
    """The line that a gateway's directory describes."""
    context = tls.client_context(config, "gateway")
    return Hq(config.store, httpx.Client(base_url=config.hq_url, verify=context, timeout=TIMEOUT, trust_env=False))


class Hq:
    """One gateway's line to head office; safe to use from several threads."""

    def __init__(self, store: str, client: httpx.Client):
        self._gateway, self._client = store, client

    def events(self, incarnation: str, from_seq: int, prev_hash: bytes, lines: list[bytes]) -> Booked:
        """Uploads a batch. Raises HqAway."""
        head = {"gateway": self._gateway, "incarnation": incarnation, "from_seq": from_seq}
        head["prev_hash"] = prev_hash.hex()
        body = b"\n".join([json.dumps(head).encode(), *lines]) + b"\n"
        answer = self._ask("POST", "/gateway/v1/events", (200, 400, 403, 409), content=body)
        told = _json(answer)
        if answer.status_code == 200:
            return Booked(int(told["upto"]))
        return Booked(int(told.get("upto", -1)), told.get("reason") or "refused", str(told.get("detail") or ""))

    def messages(self, after: int, life: str, wait_s: float = WAIT_S) -> list[dict]:
        """What head office has to say after message `after`, which also acknowledges up to it. Raises HqAway.

        life: of head office, as this gateway knows it; a restored one learns by it that it must be heard anew.
        """
        query = {"after": after, "wait_s": wait_s, "life": life}
        timeout = httpx.Timeout(wait_s + 4, connect=3)
        return _json(self._ask("GET", "/gateway/v1/messages", (200,), params=query, timeout=timeout))["messages"]

    def float(self, want: dict) -> list[dict]:
        """Asks for float of an account; the grants made for it. Raises HqAway."""
        told = _json(self._ask("POST", "/gateway/v1/float", (200, 404, 409), json=want, timeout=FLOAT_TIMEOUT))
        return told.get("messages") or []

    def heartbeat(self, told: dict) -> dict:
        """A sign of life; what head office says of us: status, booked_seq, at_s. Raises HqAway."""
        return _json(self._ask("POST", "/gateway/v1/heartbeat", (200,), json=told, timeout=HEARTBEAT_TIMEOUT))

    def release_manifest(self, name: str) -> bytes:
        """The signed manifest of a release. Raises HqAway."""
        return self._ask("GET", f"/gateway/v1/releases/{name}/manifest", (200,)).content

    def release_part(self, name: str, file: int, offset: int) -> bytes:
        """Some bytes of its file number `file` from there on, none at its end. Raises HqAway."""
        query = {"offset": offset, "size": RELEASE_PART_BYTES}
        return self._ask("GET", f"/gateway/v1/releases/{name}/files/{file}", (200,), params=query).content

    def close(self) -> None:
        self._client.close()

    def _ask(self, method: str, path: str, good: tuple[int, ...], **more: Any) -> httpx.Response:
        try:
            answer = self._client.request(method, path, **more)
        except httpx.HTTPError as trouble:
            raise HqAway(f"{path}: {trouble!r}") from trouble
        if answer.status_code not in good:
            raise HqAway(f"{path}: {answer.status_code} {answer.text[:200]}")
        return answer


def _json(answer: httpx.Response) -> dict:
    try:
        told = answer.json()
    except ValueError as wrong:
        raise HqAway("not JSON") from wrong
    if not isinstance(told, dict):
        raise HqAway("not an object")
    return told
