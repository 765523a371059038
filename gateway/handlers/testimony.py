"""A terminal's journal testifies what a life of this store that is gone has approved: asked for, one pair at a time."""

from gateway.core.asked import Told
from gateway.core.salvage import Testimony
from gateway.handlers.asked import Opened
from gateway.shop import Shop
from protocol import codec, topics
from protocol.errors import Theirs
from protocol.messages import MONEY


def ask(shop: Shop, terminal: str, at: int = 0) -> Told | None:
    """The next question to a terminal that has not said all yet."""
    return Told("testify", {"life": shop.hearing.life, "at": at}) if shop.hearing.wanted(terminal) else None


def testimony(shop: Shop, asked: Opened) -> Told | None:
    """One pair, or the end; the answer asks for the next."""
    values = asked.values
    if values["life"] != shop.hearing.life or not shop.hearing.wanted(asked.name):
        return None
    at = shop.hearing.heard(asked.name, _checked(asked), values["at"])
    return ask(shop, asked.name, at) if at else None


def _checked(asked: Opened) -> Testimony | None:
    """The pair if both frames bear the seals of this terminal's key, under one request id."""
    values, keys = asked.values, asked.terminal.keys
    try:
        name, told = values["name"], values["told"]
        frame, answer_frame = values["request"], values["answer"]
        if name not in MONEY:
            return None
        request = codec.open_sealed(topics.up(asked.name, name), name, frame.encode(), keys.get)
        answer = codec.open_sealed(topics.down(asked.name, told), told, answer_frame.encode(), keys.get)
    except (Theirs, KeyError):
        return None
    one = Opened(asked.name, name, request, frame.encode(), asked.terminal)
    same = all(answer.get(field) == request[field] for field in ("j", "l", "n"))
    return Testimony(one.request, name, frame, request, told, answer) if same else None
