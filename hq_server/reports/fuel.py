"""Facts of fuel by grade: the sales of pump terminals, whose one line is what the nozzle gave."""

from sqlalchemy import ColumnElement, Connection, Select, and_, case, func, literal_column, select

from hq_server.fleet.store import terminal
from hq_server.goods.store import goods
from hq_server.ingest.store import event, sale_line, tender
from hq_server.reports.declarations import Figures, Question

_NAME = case((goods.c.name_en.is_(None), literal_column("''")), else_=literal_column("' '") + goods.c.name_en)
DIMENSIONS: dict[str, ColumnElement] = {
    "grade": sale_line.c.code + _NAME,
    "store": event.c.store,
    "day": event.c.business_date,
    "month": func.substr(event.c.business_date, 1, 7),
    "terminal": event.c.terminal,
}
_OWED = and_(tender.c.event == event.c.id, tender.c.tender == "receivable")


def facts(connection: Connection, question: Question, by: tuple[str, ...]) -> dict[tuple[str, ...], Figures]:
    """Place -> all columns that are not ratios."""
    found: dict[tuple[str, ...], Figures] = {}
    for row in connection.execute(_fills(question, by)).mappings():
        values = {name: int(row[name]) for name in row if not name.startswith("by_")}
        found[tuple(row["by_" + dimension] for dimension in by)] = values
    return found


def _fills(question: Question, by: tuple[str, ...]) -> Select:
    places = [DIMENSIONS[dimension].label("by_" + dimension) for dimension in by]
    measures = (
        func.count(event.c.id.distinct()).label("fills"),
        _total(sale_line.c.qty_milli).label("litres"),
        _total(sale_line.c.amount_cents).label("amount"),
        _total(tender.c.amount).label("owed"),
    )
    pumped = event.join(terminal, and_(terminal.c.terminal == event.c.terminal, terminal.c.app == "pump"))
    lines = pumped.join(sale_line, sale_line.c.event == event.c.id).outerjoin(tender, _OWED)
    named = lines.outerjoin(goods, goods.c.code == sale_line.c.code)
    period = event.c.business_date.between(question.from_date, question.to_date)
    chosen = select(*measures, *places).select_from(named)
    chosen = chosen.where(event.c.kind == "sale", event.c.duplicate_of == "", period)
    if question.stores:
        chosen = chosen.where(event.c.store.in_(question.stores))
    return chosen.group_by(*(DIMENSIONS[dimension] for dimension in by))


def _total(amount: ColumnElement) -> ColumnElement:
    return func.coalesce(func.sum(amount), 0)
