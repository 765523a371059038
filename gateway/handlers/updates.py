"""A terminal asks for a newer release of its app, and for one part of it after the other."""

from base64 import b64encode

from gateway.core.asked import Told
from gateway.handlers.asked import Opened
from gateway.releases import Offered, loaded
from gateway.shop import Shop
from gateway.store import updates

NOTED_BYTES = 65536  # how far a terminal has loaded is written down each time it has so many more


def update_ask(shop: Shop, asked: Opened) -> Told:
    """What such a terminal is offered; number 0 if it runs that already or there is nothing."""
    values = asked.values
    updates.note_ask(shop.db, asked.name, values)
    offered = _offered(shop, asked.name, values["app"], values["kind"], values["board"])
    if offered is None or offered.release.number == values["number"]:
        return Told("update_offer", {"r": values["r"], "number": 0, "size": 0})
    told = {"r": values["r"], "number": offered.release.number, "size": len(offered.manifest)}
    return Told("update_offer", told)


def _offered(shop: Shop, terminal: str, *who: str) -> Offered | None:
    """Head office's word counts; without one, what lies in this machine's own folder."""
    wanted = updates.wanted_of(shop.db, terminal)
    return shop.releases.offer(*who) if wanted is None else shop.releases.wanted(wanted.digest, *who)


def update_part(shop: Shop, asked: Opened) -> Told:
    """Some bytes of a release; none where it ends, or when it is gone."""
    values = asked.values
    data = shop.releases.part(*[values[name] for name in ("app", "kind", "number", "file", "offset", "size")])
    if values["file"] and data:
        _note(shop, asked.name, values, values["offset"] + len(data))
    return Told("update_data", {"r": values["r"], "data": b64encode(data).decode()})


def _note(shop: Shop, terminal: str, values: dict, upto: int) -> None:
    """Writes down the beginning, the end, and now and then how far it is: each is a commit."""
    one = shop.releases.numbered(values["app"], values["kind"], values["number"])
    if one is None:
        return
    size, offset = one.release.files[values["file"] - 1][0], values["offset"]
    if offset == 0 or upto >= size or upto // NOTED_BYTES > offset // NOTED_BYTES:
        updates.note_loaded(shop.db, terminal, values["number"], loaded(one.release, values["file"], upto))
