"""A terminal asks for a newer release of its app, and for one part of it after the other."""

from base64 import b64encode

from gateway.core.asked import Told
from gateway.handlers.asked import Opened
from gateway.shop import Shop


def update_ask(shop: Shop, asked: Opened) -> Told:
    """What this store offers such a terminal; number 0 if it runs that already or there is nothing."""
    values = asked.values
    offered = shop.releases.offer(values["app"], values["kind"], values["board"])
    if offered is None or offered.release.number == values["number"]:
        return Told("update_offer", {"r": values["r"], "number": 0, "size": 0})
    told = {"r": values["r"], "number": offered.release.number, "size": len(offered.manifest)}
    return Told("update_offer", told)


def update_part(shop: Shop, asked: Opened) -> Told:
    """Some bytes of a release; none where it ends, or when it is gone."""
    names = ("app", "kind", "number", "file", "offset", "size")
    data = shop.releases.part(*[asked.values[name] for name in names])
    return Told("update_data", {"r": asked.values["r"], "data": b64encode(data).decode()})
