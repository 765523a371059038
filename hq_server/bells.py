"""Waking those who wait: a commit tells topics, a waiting request sleeps until its topic rings or time is up.

Other processes on the same database ring nothing here, so every wait is also bounded by a short sleep (POLL_S) after
which the waiter looks again.
"""

import asyncio

POLL_S = 0.5


class Bells:
    """Topics such as "outbox:0001" and those who wait for them, within one event loop."""

    def __init__(self):
        self._loop: asyncio.AbstractEventLoop | None = None
        self._waiting: dict[str, set[asyncio.Future]] = {}
        self.silent = False  # this process ends: nobody should wait any more

    def attach(self) -> None:
        """Remembers the running loop: rings come from worker threads."""
        self._loop = asyncio.get_running_loop()

    def ring(self, topics: set[str]) -> None:
        """Wakes all who wait for one of the topics; from any thread."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._wake, topics)

    def hush(self) -> None:
        """Wakes everybody for the last time."""
        self.silent = True
        self._wake(set(self._waiting))

    def waiter(self, *topics: str) -> "Waiter":
        """Listens from now on: make it before looking, so that nothing rings unheard in between."""
        return Waiter(self._waiting, topics)

    def _wake(self, topics: set[str]) -> None:
        for topic in topics:
            for future in self._waiting.get(topic, ()):
                if not future.done():
                    future.set_result(None)


class Waiter:
    """One who waits for topics; a context manager."""

    def __init__(self, waiting: dict[str, set[asyncio.Future]], topics: tuple[str, ...]):
        self._waiting = waiting
        self._topics = topics
        self._future: asyncio.Future = asyncio.get_running_loop().create_future()

    def __enter__(self) -> "Waiter":
        for topic in self._topics:
            self._waiting.setdefault(topic, set()).add(self._future)
        return self

    def __exit__(self, *_exception) -> None:
        for topic in self._topics:
            waiters = self._waiting.get(topic, set())
            waiters.discard(self._future)
            if not waiters:
                self._waiting.pop(topic, None)

    def again(self) -> None:
        """Listens for the next ring; make it before looking, like the first."""
        if self._future.done():
            self.__exit__()
            self._future = asyncio.get_running_loop().create_future()
            self.__enter__()

    async def wait(self, seconds: float) -> bool:
        """True if it rang within that time, at most POLL_S; False means: look again."""
        done, _ = await asyncio.wait([self._future], timeout=max(0.0, min(seconds, POLL_S)))
        return bool(done)
