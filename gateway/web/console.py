"""The forecourt page's way to the sale process: a command and its answer, and what nozzles say as they say it.

Nothing here decides: commands carry an id made before they were first sent, and a repeat gets the first answer.
"""

import json
import secrets
import threading
import time
from collections.abc import Callable

ANSWER_S = 4  # how long a page waits for the sale process before it tries the same command again
LOOK_EVERY_S = 3
SILENT_S = 10  # no word for so long: the sale process is away

Say = Callable[[str, dict], bool]


class Console:
    """Shared by all threads of the page. `say(message, payload)` publishes to the sale process."""

    def __init__(self, say: Say, now_s: Callable[[], float] = time.monotonic, answer_s: float = ANSWER_S):
        self._say, self._now_s, self._answer_s = say, now_s, answer_s
        self._changed = threading.Condition()
        self._answers: dict[str, dict | None] = {}
        self._rows: dict[str, list[dict]] = {}
        self._heard_s: dict[str, float] = {}
        self._looked_s = self._last_word_s = self._watched_s = -float("inf")
        self.version = 0

    def hear(self, message: str, payload: bytes) -> None:
        """What the broker brought from the sale process: an answer, or a terminal's nozzles."""
        told = json.loads(payload)
        with self._changed:
            self._last_word_s = self._now_s()
            if message == "nozzles":
                self._keep(told["terminal"], told["nozzles"], 0)
            elif "nozzles" in told:  # the answer to a look
                for terminal, rows in told["nozzles"].items():
                    self._keep(terminal, rows, told.get("heard_s", {}).get(terminal, 0))
            if message == "console_done" and told["id"] in self._answers:
                self._answers[told["id"]] = told
            self.version += 1
            self._changed.notify_all()

    def ask(self, command: dict) -> dict | None:
        """The answer to a command (it has an id), None if none came: the same command may be asked again."""
        with self._changed:
            self._answers[command["id"]] = None
        try:
            if not self._say("console", command):
                return None
            with self._changed:
                self._changed.wait_for(lambda: self._answers.get(command["id"]) is not None, self._answer_s)
                return self._answers.get(command["id"])
        finally:
            with self._changed:
                self._answers.pop(command["id"], None)

    def look(self) -> None:
        """Asks for all nozzles and a sign of life, at most each LOOK_EVERY_S."""
        with self._changed:
            since_s = self._now_s() - self._looked_s
            if since_s < LOOK_EVERY_S:
                return
            if since_s > SILENT_S:
                self._watched_s = self._now_s()
            self._looked_s = self._now_s()
        self._say("console", {"id": secrets.token_hex(16), "do": "look"})

    def wait(self, version: int, within_s: float) -> int:
        """Waits for something newer than `version`; the version there is then."""
        with self._changed:
            self._changed.wait_for(lambda: self.version != version, within_s)
            return self.version

    def nozzles(self) -> dict[str, list[dict]]:
        """terminal -> its nozzles as they were told last."""
        with self._changed:
            return dict(self._rows)

    def silent_s(self, terminal: str) -> float:
        """For how long nothing was heard of a terminal."""
        with self._changed:
            return self._now_s() - self._heard_s.get(terminal, -float("inf"))

    def there(self) -> bool:
        """Whether the sale process has spoken lately; when somebody begins to watch it is given a moment."""
        with self._changed:
            now_s = self._now_s()
            return now_s - self._last_word_s < SILENT_S or now_s - self._watched_s < LOOK_EVERY_S

    def _keep(self, terminal: str, rows: list[dict], ago_s: float) -> None:
        self._rows[terminal] = rows
        self._heard_s[terminal] = self._now_s() - ago_s
