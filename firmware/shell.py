"""Between the pure flow and the rest: events in by a bounded queue, effects carried out, timers, the picture.

One table says what each effect does; nothing here knows a chip.
"""

# pyright: reportAttributeAccessIssue=false, reportOptionalCall=false, reportReturnType=false
# link, lanes and on_language are None only until the composition root has set them.
from firmware.waits import Event
from protocol.clock import ticks_diff, ticks_ms

EVENTS_MAX = 48  # waiting events; when full the newest is dropped and counted
CARD = "card_task"  # tag of the questions that the card task asks by itself


class Shell:
    """`emit(event)` from anywhere; run() feeds the flow. Fields named after effects are set by the composition root."""

    def __init__(self, flow, views):
        self.flow = flow
        self.views = views
        self.link = None
        self.lanes = None
        self.dropped = 0
        self.picture = None
        self.paper = None
        self.sound = None
        self.identify = Event()
        self.drawn = Event()
        self.printing = Event()
        self.sounding = Event()
        self.card_answered = Event()
        self.card_answer = None
        self.others = {}  # tag -> who hears the answers to questions that are not the flow's
        self.on_language = None
        self._events = []
        self._some = Event()
        self._timers = {}

    def emit(self, event: tuple) -> bool:
        """Something happened; the flow hears it soon. False where there is no room for it."""
        if event[0] == "answer" and event[1] == CARD:
            self.card_answer = event[2:]
            self.card_answered.set()
        elif event[0] == "answer" and event[1] in self.others:
            self.others[event[1]](*event[2:])
        elif len(self._events) >= EVENTS_MAX:
            self.dropped += 1
            return False
        else:
            self._events.append(event)
            self._some.set()
        return True

    async def run(self) -> None:
        """For ever: one event, its effects."""
        while True:
            while self._events:
                for effect in self.flow.on(self._events.pop(0)):
                    EFFECTS[effect[0]](self, *effect[1:])
            self._some.clear()
            await self._some.wait()  # pyright: ignore

    def rests(self) -> bool:
        """Whether nobody is served and nothing waits."""
        return not self._events and self.flow.resting() and (self.lanes is None or not self.lanes.open)

    async def ask(self, message: str, values: dict) -> tuple:
        """(message, values) of the answer to a question of the card task; "no_answer" after its time."""
        self.card_answered.clear()
        self.link.ask(CARD, message, values, ticks_ms())
        await self.card_answered.wait()  # pyright: ignore
        told, self.card_answer = self.card_answer, None  # a member's figures: not kept until the next card
        return told

    def tick(self, now_ms: int) -> None:
        """Timers that are due."""
        for name in list(self._timers):
            if ticks_diff(now_ms, self._timers[name]) >= 0:
                del self._timers[name]
                self.emit(("timer", name))

    def _ask(self, tag: str, message: str, values: dict) -> None:
        self.link.ask(tag, message, values, ticks_ms())

    def _request(self, lane: int, message: str, values: dict) -> None:
        self.lanes.request(lane, message, values, ticks_ms())

    def _give_up(self, lane: int) -> None:
        self.lanes.give_up(lane, ticks_ms())

    def _show(self, view: str, params: dict) -> None:
        self.picture = (view, params)  # only the newest is drawn
        self.drawn.set()

    def _beep(self, name: str) -> None:
        self.sound = name
        self.sounding.set()

    def _print(self, lines) -> None:
        self.paper = lines
        self.printing.set()

    def _identify(self) -> None:
        self.identify.set()

    def _timer(self, name: str, ms: int) -> None:
        self._timers[name] = ticks_ms() + ms

    def _language(self, language: str) -> None:
        self.on_language(language)


EFFECTS = {
    "ask": Shell._ask,
    "request": Shell._request,
    "give_up": Shell._give_up,
    "show": Shell._show,
    "beep": Shell._beep,
    "print": Shell._print,
    "identify": Shell._identify,
    "timer": Shell._timer,
    "remember_language": Shell._language,
}
