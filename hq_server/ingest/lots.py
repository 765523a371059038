"""The lots that events open: who credited them, of what kind, until when they are good."""

import json
from collections.abc import Iterable

from sqlalchemy import Connection

from hq_server.ingest.rules import Told, credits_from_outside
from hq_server.ingest.schemas import Event
from hq_server.ledger import store as books
from hq_server.rules import store as rule_store
from hq_server.rules.rules import Rules, expiry_date

KINDS = {"cash": "top_up", "gift_cost": "top_up", "points_cost": "earned"}


def add_opened_lots(connection: Connection, store_code: str, events: Iterable[Told]) -> None:
    """Writes the lots that these events have opened."""
    versions: dict[int | None, Rules] = {}
    credited = [
        (told, one) for told in events if told.event.kind != "void" for one in credits_from_outside(told)
    ]
    known = books.known_lots(connection, (one.credit.lot for _, one in credited))
    rows = {}
    for told, one in credited:
        line = one.credit
        if (line.party, line.lot) not in known:
            rows[line.party, line.lot] = {
                "account": line.party, "lot": line.lot, "asset": line.asset, "origin": store_code,
                "kind": KINDS.get(one.debit.book, one.debit.book), "opened_s": told.event.at_s,
                "expires": _expires(connection, told.event, line.asset, versions), "transfer": one.transfer,
            }
    books.add_lots(connection, list(rows.values()))


def _expires(connection: Connection, event: Event, asset: str, versions: dict[int | None, Rules]) -> str:
    """As the event says, or as the rules it names say. Principal never expires."""
    said = {"bonus": event.bonus_expires, "points": event.points_expire}.get(asset)
    if said or asset == "principal":
        return said or ""
    if event.rules not in versions:
        row = rule_store.rule_set_row(connection, event.rules) or rule_store.latest(connection)
        versions[event.rules] = Rules.read(json.loads(row.body)) if row else Rules()
    days = versions[event.rules].points_days if asset == "points" else versions[event.rules].bonus_days
    return expiry_date(event.business_date, days)
