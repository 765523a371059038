"""A terminal says hello and testifies the highest head it has seen; a board asks the time."""

from gateway.handlers.asked import Asked, Told
from gateway.shop import Shop
from gateway.store import meta, terminals


def hello(shop: Shop, asked: Asked) -> Told:
    """Notes the terminal, fences this gateway if the terminal has seen more of its life than it knows itself."""
    values = asked.values
    terminals.note_hello(shop.db, asked.name, values, shop.clock.now_s())
    check_witness(shop, asked)
    more = {
        "r": values["r"],
        "letter": asked.terminal.letter or "0" * 32,
        "business_date": shop.today(),
        "store_name": shop.configuration.get("name", shop.store)[:16],
        "currency": shop.configuration.get("currency", "EUR"),
        "exponent": shop.configuration.get("exponent", 2),
        "utc_offset_min": shop.utc_offset_min(),
    }
    return Told("welcome", head_values(shop, asked.name, values["j"]) | more)


def head_values(shop: Shop, terminal: str, journal: str) -> dict:
    """The values of `head`; `welcome` has them too."""
    return {
        "incarnation": shop.incarnation,
        "seq": shop.head().seq,
        "at_s": shop.clock.now_s(),
        "booked": terminals.booked(shop.db, terminal, journal),
        "selling": not shop.fenced(),
    }


def check_witness(shop: Shop, asked: Asked) -> None:
    """Fences when a terminal has seen a later head of this very incarnation: the disk was set back."""
    seen = asked.values["witness_seq"]
    if asked.values.get("witness_incarnation") != shop.incarnation or seen <= shop.head().seq or shop.fenced():
        return
    # Nothing is appended any more: a chain that was set back must not grow a second branch.
    meta.put(shop.db, "fenced", f"{asked.name} has seen event {seen}, this database ends at {shop.head().seq}")


def time_ask(shop: Shop, asked: Asked) -> Told:
    """The gateway's clock for a board that has none yet."""
    return Told("time_tell", {"nonce": asked.values["nonce"], "at_s": shop.clock.now_s()})
