"""A terminal says hello and testifies the highest head it has seen; a board asks the time."""

from gateway.core import witness
from gateway.core.asked import Asked, Told
from gateway.handlers.asked import Opened
from gateway.shop import Shop
from gateway.store import terminals


def hello(shop: Shop, asked: Opened) -> Told:
    """Notes the terminal, fences this gateway if the terminal has seen more of its life than it knows itself."""
    values = asked.values
    terminals.note_hello(shop.db, asked.name, values, shop.clock.now_s())
    witness.hello(
        shop, asked.name, values.get("witness_incarnation", ""), values["witness_seq"], values.get("answers", "")
    )
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
    asks = {"asks": shop.asks} if terminal in shop.awaited else {}
    # Until its journal has said what the life before approved, nothing in it counts as booked: it would be passed over.
    sure = witness.vouches(shop, terminal) and not shop.hearing.wanted(terminal)
    return asks | {
        "incarnation": shop.incarnation,
        "seq": witness.head_for(shop, terminal),
        "at_s": shop.clock.now_s(),
        "booked": terminals.booked(shop.db, terminal, journal) if sure else [],
        "selling": not shop.fenced(),
    }


def time_ask(shop: Shop, asked: Asked) -> Told:
    """The gateway's clock for a board that has none yet."""
    return Told("time_tell", {"nonce": asked.values["nonce"], "at_s": shop.clock.now_s()})
