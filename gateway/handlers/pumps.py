"""A nozzle says what it does under a hold."""

from gateway.core import hold_life
from gateway.core.asked import Asked, Told, refused
from gateway.shop import Shop


def pump_state(shop: Shop, asked: Asked) -> Told:
    """Noted before fuel may flow: the answer says what the hold is now."""
    return refused(asked, "fenced") if shop.fenced() else hold_life.note_state(shop, asked)
