"""Asks a report of a head office as its pages do."""

from hq_server.reports import desk
from hq_server.reports.catalogue import REPORTS
from hq_server.reports.declarations import Answer, Question


def ask(hq, report: str, by: tuple[str, ...] | str, period: tuple[str, str], **only) -> Answer:
    """`only`: dimension=key or keys."""
    chosen = {name: (keys,) if isinstance(keys, str) else tuple(keys) for name, keys in only.items()}
    asked = (by,) if isinstance(by, str) else tuple(by)
    return desk.answer(hq, REPORTS[report], Question(*period, asked, chosen))
