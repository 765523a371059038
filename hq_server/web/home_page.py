"""The chain at a glance: today's trade, every store's state, what needs a look, the newest taps."""

import datetime as dt
from typing import Any

from fastapi import APIRouter, Depends, Request, Response

from hq_server.access.guard import Visitor, guarded
from hq_server.alarms.kinds import worst_first
from hq_server.alarms.store import open_alarms
from hq_server.bootstrap import Hq
from hq_server.fleet.store import stores, terminal_counts
from hq_server.members.store import member_counts
from hq_server.reports import books, desk, taps
from hq_server.reports.catalogue import REPORTS
from hq_server.reports.declarations import Answer, Question
from hq_server.reports.run import run
from hq_server.web import charts
from hq_server.web.render import go, language_of, show, writing
from hq_server.web.states import gateway_state, lag_events
from hq_server.web_tools import the_hq

router = APIRouter(include_in_schema=False)
CHART_DAYS = 14
TAPS_SHOWN = 8
ALARMS_SHOWN = 4
SALES_SUMMARY = REPORTS["sales_summary"]
SHOWN = ("net_sales", "txn_count", "member_net_sales", "avg_txn_value", "member_sales_share")


@router.get("/")
def home(request: Request, visitor: Visitor = Depends(guarded), hq: Hq = Depends(the_hq)) -> Response:
    if not visitor.may("stores.view"):
        return go(hq, "/reports")  # a store manager's own
    with hq.db.read() as connection:
        day = taps.latest_day(connection) or dt.date.today().isoformat()
        start = (dt.date.fromisoformat(day) - dt.timedelta(days=CHART_DAYS - 1)).isoformat()
    with desk.open_facts(hq) as base:
        mine = {"measures": SHOWN, "rights": visitor.stores}
        day_by_store = run(base, SALES_SUMMARY, Question(day, day, ("store",), **mine))
        by_day = run(base, SALES_SUMMARY, Question(start, day, ("day",), **mine))
    with hq.db.read() as connection:
        counts = terminal_counts(connection)
        shown = [_store(row, counts, day_by_store, hq.now_s()) for row in stores(connection)]
        values = {
            "today": day_by_store.total.values,
            "owed": books.owed_by_asset(connection),
            "members": member_counts(connection),
            "alarms": worst_first(open_alarms(connection)),
            "latest": taps.latest(connection, TAPS_SHOWN),
            "outcomes": taps.outcomes(connection, day),
        }
    return show(request, "home.html", day=day, stores=shown, alarms_shown=ALARMS_SHOWN,
                chart=_chart(request, hq, by_day), start=start, **values)


def _store(row, counts: dict[str, tuple[int, int]], day_by_store: Answer, now_s: int) -> dict[str, Any]:
    sold = {line.key[0]: line.values for line in day_by_store.rows}.get(row.code, {})
    terminals, online = counts.get(row.code, (0, 0))
    return {
        "row": row, "state": gateway_state(row, now_s), "lag": lag_events(row), "terminals": terminals,
        "online": online, "net_sales": sold.get("net_sales", 0), "txn_count": sold.get("txn_count", 0),
    }


def _chart(request: Request, hq: Hq, by_day: Answer):
    write = writing(hq, language_of(request))
    name = write["named"](SALES_SUMMARY.column("net_sales").name)
    members = write["named"](SALES_SUMMARY.column("member_net_sales").name)
    found = [
        charts.Column(line.key[0][5:], [line.values[name] or 0 for name in ("net_sales", "member_net_sales")])
        for line in by_day.rows
    ]
    return charts.columns(found, write["money"], name, (name, members)) if found else ""
