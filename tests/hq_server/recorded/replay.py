"""Plays a record to a head office of today, as the gateway of that release would speak to it now.

Ids that head office makes (grants, one-time codes, signatures) are others each time: what the recorded answer had in
their place is replaced in everything said afterwards, and the chain of events is reckoned anew over those lines.
"""

import json
from typing import Any

from gateway.core import outbox as chain
from hq_server.bootstrap import Hq
from tests.hq_server.recorded.conversation import Line, set_scene

ID_CHARACTERS = 12  # shorter texts are words, not ids


class Difference(Exception):
    """Head office answers an old gateway differently from what that gateway knows."""


class Replay:
    """One record against one head office."""

    def __init__(self, hq: Hq, exchanges: list[dict]):
        self.line, self.exchanges = Line(hq), exchanges
        self.now: dict[str, str] = {}  # what the record says -> what it is called here
        self.head = b""
        code = json.loads(exchanges[0]["body"])["code"]
        self.now[code] = set_scene(hq)
        self.incarnation = json.loads(exchanges[0]["body"])["incarnation"]
        self.heard: list[dict] = []

    def play(self) -> None:
        """Says everything in turn. Raises Difference."""
        for number, exchange in enumerate(self.exchanges):
            answer = self._ask(exchange)
            if answer.status_code != exchange["status"]:
                raise Difference(f"{number} {exchange['path']}: {answer.status_code} {answer.text}")
            self._learn(exchange, json.loads(exchange["answer"]), answer.json())

    def _ask(self, exchange: dict) -> Any:
        body = exchange["body"]
        if exchange["path"].endswith("/events"):
            body = self.events(body)
        elif body:
            body = _dumped(self._renamed(json.loads(body)))
        query = {**exchange["query"]}
        if "after" in query:
            query["after"] = min(int(query["after"]), self._last())
        headers = {"content-type": "application/json"}
        return self.line.request(
            exchange["method"], exchange["path"], params=query, content=body.encode(), headers=headers
        )

    def events(self, body: str) -> str:
        """A batch with its ids as they are here, and the hash of the chain before it."""
        header, *lines = [json.loads(line) for line in body.splitlines()]
        self.head = self.head or chain.genesis(self.incarnation)
        told = [_dumped({**header, "prev_hash": self.head.hex()})]
        for line in lines:
            told.append(_dumped(self._renamed(line)))
            self.head = chain.link(self.head, told[-1].encode())
        return "\n".join(told) + "\n"

    def _learn(self, exchange: dict, then: dict, now: dict) -> None:
        where = exchange["path"]
        if "messages" in then:
            self._learn_messages(where, then.pop("messages"), now.pop("messages"))
        if where.endswith("/enrol"):
            self.line.certified(now["certificates"]["gateway"])
        self._pair(where, then, now)

    def _learn_messages(self, where: str, then: list[dict], now: list[dict]) -> None:
        """Those of a kind belong together in their order; every kind is one that was known then."""
        opened = [[json.loads(message["body"]) for message in some] for some in (then, now)]
        known = {one["kind"] for exchange in self.exchanges for one in _bodies(exchange)}
        self.heard += opened[1]
        for kind in {one["kind"] for some in opened for one in some}:
            before, after = ([at for at, one in enumerate(some) if one["kind"] == kind] for some in opened)
            if len(before) != len(after) or kind not in known:
                raise Difference(f"{where}: {len(after)} messages of kind {kind}, were {len(before)}")
            for old, new in zip(before, after, strict=True):
                self._pair(f"{where} {kind}", opened[0][old], opened[1][new])
                self.now[then[old]["body"]], self.now[then[old]["sig"]] = now[new]["body"], now[new]["sig"]

    def _pair(self, where: str, then: Any, now: Any) -> None:
        """What was answered then is still there, of the same type; ids are noted."""
        if isinstance(then, dict):
            for name, value in then.items():
                if not isinstance(now, dict) or name not in now:
                    raise Difference(f"{where}: {name} is gone")
                self._pair(f"{where}.{name}", value, now[name])
        elif isinstance(then, list):
            for old, new in zip(then, now, strict=False):
                self._pair(where, old, new)
        elif type(then) is not type(now):
            raise Difference(f"{where}: {then!r} was answered, now {now!r}")
        elif isinstance(then, str) and len(then) >= ID_CHARACTERS and then != now:
            self.now[then] = now

    def _renamed(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {name: self._renamed(one) for name, one in value.items()}
        if isinstance(value, list):
            return [self._renamed(one) for one in value]
        if not isinstance(value, str) or value in self.now:
            return self.now.get(value, value)
        for then, now in self.now.items():
            value = value.replace(then, now)
        return value

    def _last(self) -> int:
        return max((one["n"] for one in self.heard), default=0)


def _bodies(exchange: dict) -> list[dict]:
    told = json.loads(exchange["answer"])
    return [json.loads(message["body"]) for message in told.get("messages", [])]


def _dumped(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
