"""Pure rules of a rollout: how far each terminal is, whether a ring is well, what comes next, who shall run what.

    waiting -> loading -> trial -> runs
                            |----> rolled_back     the board went back by itself
       |----------|-------------> refused          signature, hash, board, older, ...
       away: was not heard already when its ring began; it takes the release when it is back
       silent: was heard, and is not any more since it has the release, while its store is
"""

from collections.abc import Iterable
from typing import NamedTuple

SILENT_S = 600  # a terminal says hello each minute; loading and a trial take a few
GATEWAY_SILENT_S = 60
TROUBLE = ("rolled_back", "refused", "silent")
OPEN = ("waiting", "loading", "trial")  # a ring waits for these
STATES = ("waiting", "loading", "trial", "runs", "rolled_back", "refused", "silent", "away")

RUNNING, PAUSED, HALTED, DONE, ROLLED_BACK, REPLACED = "running", "paused", "halted", "done", "rolled_back", "replaced"

# what a person may do -> in which states of a rollout
ACTIONS = {
    "pause": (RUNNING,),
    "resume": (PAUSED, HALTED),
    "next": (RUNNING,),
    "roll_back": (RUNNING, PAUSED, HALTED, DONE),
}


class Seat(NamedTuple):
    """One terminal in a rollout, as it was last told."""

    terminal: str
    ring: int
    before: str
    was_online: bool
    online: bool
    seen_at_s: int
    gateway_at_s: int
    number: int
    failed: int
    why: str
    loading: int
    loaded: int


class Rollout(NamedTuple):
    """What the next step depends on."""

    number: int  # of the release
    size: int
    status: str
    rings: int
    ring: int
    trouble_max: int
    forgiven: int
    soak_s: int
    well_at_s: int


class Step(NamedTuple):
    """What is to be written: a new status, the next ring, since when the ring is well."""

    status: str
    ring: int
    well_at_s: int
    reason: str = ""


def state(seat: Seat, number: int, size: int, shop_open: bool, now_s: int) -> str:
    """One of STATES. shop_open: another terminal of the store is online, so that silence means something."""
    if seat.failed == number:
        return "rolled_back" if seat.why == "trial" else "refused"
    heard = seat.online or now_s - seat.seen_at_s <= SILENT_S or now_s - seat.gateway_at_s > GATEWAY_SILENT_S
    begun = seat.number == number or seat.loading == number
    on_trial = seat.loading == number and seat.number != number
    if not heard and seat.was_online and begun and (shop_open or on_trial):
        return "silent"
    if seat.number == number:
        return "runs"
    if not heard and not seat.was_online:
        return "away"
    if seat.loading == number:
        return "trial" if seat.loaded >= size else "loading"
    return "waiting"


def states(seats: Iterable[Seat], rollout: Rollout, now_s: int) -> dict[str, str]:
    """Terminal -> state."""
    seats = list(seats)
    online = {(store_of(seat.terminal), seat.terminal) for seat in seats if seat.online}
    return {
        seat.terminal: state(
            seat, rollout.number, rollout.size,
            any(store == store_of(seat.terminal) and other != seat.terminal for store, other in online), now_s,
        )
        for seat in seats
    }


def store_of(terminal: str) -> str:
    """The store that a terminal stands in."""
    return terminal.partition("-")[0]


def step(rollout: Rollout, seats: list[Seat], now_s: int) -> Step:
    """The next step of a rollout that runs; the same again where nothing is to be done."""
    found = states(seats, rollout, now_s)
    same = Step(rollout.status, rollout.ring, rollout.well_at_s)
    if rollout.status != RUNNING:
        return same
    troubled = sorted(terminal for terminal, one in found.items() if one in TROUBLE)
    if len(troubled) > rollout.trouble_max + rollout.forgiven:
        why = ", ".join(f"{terminal} {found[terminal]}" for terminal in troubled)
        return Step(HALTED, rollout.ring, 0, why[:200])
    mine = [found[seat.terminal] for seat in seats if seat.ring == rollout.ring]
    if not mine and 0 < rollout.ring == rollout.rings - 1:
        return Step(DONE, rollout.ring, max(now_s, 1))  # nobody is left: whoever comes later gets it then
    if "runs" not in mine or any(one in OPEN for one in mine):
        return same._replace(well_at_s=0)
    well_at_s = rollout.well_at_s or max(now_s, 1)
    if now_s - well_at_s < rollout.soak_s:
        return same._replace(well_at_s=well_at_s)
    if rollout.ring + 1 < rollout.rings:
        return Step(RUNNING, rollout.ring + 1, 0)
    return Step(DONE, rollout.ring, well_at_s)


def shall_run(release: str, before: str, status: str, runs: bool) -> str:
    """The release that a terminal of a rollout is offered; '' for none."""
    if status in (RUNNING, DONE):
        return release
    if status == ROLLED_BACK:
        return before
    return release if runs else before


def is_in(ring: dict, terminal: str, store: str) -> bool:
    """Whether a ring names that terminal, by itself, by its store, or by naming all."""
    return bool(ring.get("all")) or terminal in ring.get("terminals", ()) or store in ring.get("stores", ())


def ring_of(rings: list[dict], upto: int, terminal: str, store: str) -> int | None:
    """The first ring up to `upto` that names the terminal."""
    return next((at for at, ring in enumerate(rings[: upto + 1]) if is_in(ring, terminal, store)), None)
