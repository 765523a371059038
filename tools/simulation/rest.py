"""At rest: all lines mended, all messages delivered. What must be so then."""

from typing import TYPE_CHECKING

from hq_server.vault import recovery
from protocol.ledger.entries import HQ, TRANSIT

if TYPE_CHECKING:
    from tools.simulation.store import Store
    from tools.simulation.world import World


TESTIFIED = ("receipt", "topped_up", "captured", "filled")  # answers that a new life asks terminals for


def quiet(world: "World") -> bool:
    """Whether nothing is on its way any more."""
    return not any(stuck(world))


def stuck(world: "World") -> list[str]:
    """What still waits, in words."""
    found = [f"{name} waits for an answer" for name, one in world.terminals.items() if one.lanes.open]
    found += [f"{name} has no gateway" for name, one in world.terminals.items() if not one.link.ready]
    for code, store in sorted(world.stores.items()):
        found += [f"{code}: {what}" for what in _stuck_store(world, store)]
    moves = [line.text for line, left in world.truth.balance.items() if line.holder == TRANSIT and left]
    heard = [row.status for row in recovery.awaited(world.office.vault)]
    found += ["head office awaits a store" for status in heard if status == recovery.AWAITED]
    # What a restored head office had to book from loss has come home, unless a store died before it was heard: what it
    # had sent home waits in its case then, and makes that loss good when people close it.
    if recovery.SET_ASIDE not in heard and not world.truth.died_untold:
        balance = world.truth.balance.items()
        found += [f"{line.text} is open" for line, left in balance if (line.book, line.party) == ("loss", HQ) and left]
    return found + [f"{text} is in transit" for text in moves]


def _stuck_store(world: "World", store: "Store") -> list[str]:
    books, life = store.books, world.office.vault.life(store.books.incarnation)
    found = [] if store.alive else ["does not run"]
    if store.lost or books.value("fenced") or life.status != "enrolled":
        return [*found, "is fenced: " + books.value("fenced")]
    if int(books.value("booked_seq") or 0) != books.head().seq:
        found.append("has events that are not booked")
    # A line that has rotted is noticed with the next event, if there is one.
    same = life.head == books.head().hash.hex() or "rotten" in world.truth.lives[books.incarnation].harm
    if life.cursor_seq != books.head().seq or not same:
        found.append(f"ends at {books.head().seq}, head office at {life.cursor_seq}")
    if int(books.value("hq_cursor") or 0) != world.depth.last_message(world.office.vault, books.incarnation):
        found.append("has not heard everything")
    held = [account for account in world.people.accounts if books.holding(account).holds]
    return found + [f"holds of {account[:4]} are open" for account in held]


def check(world: "World") -> None:
    """Raises Violated for whatever is not as it must be at rest."""
    truth = world.truth
    waits = stuck(world)
    if waits:
        truth.wrong("at rest: " + "; ".join(waits[:4]))
    truth.compare(world.depth.balances(world.office.vault))
    for code, store in world.stores.items():
        for account in sorted({account for account, holder in truth.slices if holder == code}):
            truth.check_holding(store.books.holding(account))
        flashes = [world.terminals[name].flash for name in world.terminals_of[code]]
        life = truth.lives[store.books.incarnation]
        # Where there was a copy, a terminal's record may be the copy's head: that one is told by the chain.
        if "copied" not in life.harm and any(one in flashes for one in life.betrayed_by):
            truth.wrong(f"{code} sells on a disk that was set back behind what a terminal has on record")
    _every_tap(world)
    world.litres.at_rest()


def _every_tap(world: "World") -> None:
    """Every approved tap that a terminal still testifies is booked, unless its gateway's disk has come to harm."""
    truth, vault = world.truth, world.office.vault
    booked = world.depth.places(vault, list(truth.shown))
    missing: dict[str, int] = {}
    for key, (incarnation, message, _) in truth.shown.items():
        if key in booked:
            continue
        life = truth.lives[incarnation]
        # What a copied disk approved in secret may stay unknown: the design bounds it and does not claim it away.
        if not life.harm or ("copied" not in life.harm and message in TESTIFIED and _testified(world, key)):
            truth.wrong(f"{key} was approved and shown and is not at head office")
        world.summary.happened[f"{message}_died_with_its_disk"] += 1
        missing[incarnation] = missing.get(incarnation, 0) + truth.lost.get(key, ("", 0))[1]
    for incarnation, cents in missing.items():
        carried = truth.lives[incarnation].carried
        if cents > carried:
            truth.wrong(f"{cents} died with {incarnation[:4]}, which never held more than {carried}")


def _testified(world: "World", key: str) -> bool:
    """Whether the terminal's flash still has the request and its answer."""
    name, journal, lane, sequence = key.split("/")
    flash = world.terminals[name].flash
    # What a disk set back twice within one start has lost nobody may ask for: see README.md.
    asked_for = key not in world.truth.unwitnessed and flash.number == journal
    return asked_for and (int(lane), int(sequence)) in flash.answers
