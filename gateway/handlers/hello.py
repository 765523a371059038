"""A terminal says hello and testifies the highest head it has seen; a board asks the time."""

from gateway.core import witness
from gateway.core.asked import Asked, Told
from gateway.handlers.asked import Opened
from gateway.shop import Shop
from gateway.store import terminals
from protocol import card


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
    if shop.cards.first_key != card.KEY_IDENTIFY:
        more["card_key"] = shop.cards.first_key
    return Told("welcome", head_values(shop, asked.name, values["j"]) | more)


def head_values(shop: Shop, terminal: str, journal: str) -> dict:
    """The values of `head`; `welcome` has them too."""
    testifies = shop.hearing.wanted(terminal)
    return witness.head(shop, terminal, testifies, lambda: terminals.booked(shop.db, terminal, journal))


def time_ask(shop: Shop, asked: Asked) -> Told:
    """The gateway's clock for a board that has none yet."""
    return Told("time_tell", {"nonce": asked.values["nonce"], "at_s": shop.clock.now_s()})
