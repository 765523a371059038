"""Who is signed in at the forecourt page: random tokens in memory, gone with the process, after a while, and at night.

A PIN is checked by the sale process, which counts wrong ones on disk per number; here tries are counted per device.
"""

import hashlib
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

IDLE_S = 15 * 60  # without a command
LONGEST_S = 12 * 3600
SESSIONS_MAX = 64  # the oldest goes
TRIES_MAX = 12  # wrong sign-ins from one address before it waits
TRIES_S = 15 * 60
ADDRESSES_MAX = 1000


@dataclass
class Session:
    """One person at one browser. token: what the sale process knows them by; csrf: what their page repeats."""

    operator: str
    name: str
    role: str
    token: str
    csrf: str
    began_s: float
    used_s: float


class Sessions:
    """All of them, for every thread of the page."""

    def __init__(self, now_s: Callable[[], float] = time.monotonic):
        self._now_s, self._lock = now_s, threading.Lock()
        self._sessions: dict[str, Session] = {}
        self._wrong: dict[str, list[float]] = {}

    def begin(self, told: dict) -> tuple[str, Session]:
        """The cookie and the session of an attendant as the sale process told them."""
        cookie, now_s = secrets.token_urlsafe(32), self._now_s()
        session = Session(
            told["operator"], told["name"], told["role"], told["token"], secrets.token_urlsafe(24), now_s, now_s
        )
        with self._lock:
            if len(self._sessions) >= SESSIONS_MAX:
                self._sessions.pop(min(self._sessions, key=lambda one: self._sessions[one].used_s))
            self._sessions[_hidden(cookie)] = session
        return cookie, session

    def find(self, cookie: str, used: bool = False) -> Session | None:
        """The session of a cookie; `used` by a person's command, which keeps it alive. Watching does not."""
        with self._lock:
            session, now_s = self._sessions.get(_hidden(cookie)), self._now_s()
            if session is None:
                return None
            if now_s - session.used_s > IDLE_S or now_s - session.began_s > LONGEST_S:
                del self._sessions[_hidden(cookie)]
                return None
            if used:
                session.used_s = now_s
            return session

    def end(self, cookie: str) -> None:
        with self._lock:
            self._sessions.pop(_hidden(cookie), None)

    def may_try(self, address: str) -> bool:
        """Whether this address has not been wrong too often lately."""
        with self._lock:
            return len(self._recent(address)) < TRIES_MAX

    def was_wrong(self, address: str) -> None:
        with self._lock:
            if len(self._wrong) >= ADDRESSES_MAX:
                self._wrong.clear()
            self._wrong[address] = [*self._recent(address), self._now_s()]

    def _recent(self, address: str) -> list[float]:
        return [at_s for at_s in self._wrong.get(address, []) if self._now_s() - at_s < TRIES_S]


def _hidden(cookie: str) -> str:
    # What is looked up is a hash, so that comparing takes no longer for a cookie that is nearly right.
    return hashlib.sha256(cookie.encode()).hexdigest()
