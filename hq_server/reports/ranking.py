"""Facts of the product ranking: sale lines by goods. What coupons and punches took off is no product and left out."""

from sqlalchemy import ColumnElement, Connection, Select, case, func, literal_column, select

from hq_server.goods.store import goods
from hq_server.ingest.store import event, sale_line
from hq_server.reports.declarations import Figures, Question

_NAME = case((goods.c.name_en.is_(None), literal_column("''")), else_=literal_column("' '") + goods.c.name_en)
DIMENSIONS: dict[str, ColumnElement] = {
    "product": sale_line.c.code + _NAME,
    "category": func.coalesce(goods.c.category, literal_column("''")),
    "store": event.c.store,
    "month": func.substr(event.c.business_date, 1, 7),
}


def facts(connection: Connection, question: Question, by: tuple[str, ...]) -> dict[tuple[str, ...], Figures]:
    """Place -> units, amount, sales, buyers."""
    found: dict[tuple[str, ...], Figures] = {}
    for row in connection.execute(_sold(question, by)).mappings():
        values = {name: int(row[name]) for name in row if not name.startswith("by_")}
        found[tuple(row["by_" + dimension] for dimension in by)] = values
    return found


def _sold(question: Question, by: tuple[str, ...]) -> Select:
    places = [DIMENSIONS[dimension].label("by_" + dimension) for dimension in by]
    buyer = case((event.c.account != "", event.c.account))
    measures = (
        func.coalesce(func.sum(sale_line.c.amount_cents), 0).label("amount"),
        func.coalesce(func.sum(sale_line.c.qty_milli), 0).label("units"),
        func.count(event.c.id.distinct()).label("txn_count"),
        func.count(buyer.distinct()).label("buyers"),
    )
    joined = event.join(sale_line, sale_line.c.event == event.c.id).outerjoin(goods, goods.c.code == sale_line.c.code)
    chosen = select(*measures, *places).select_from(joined).where(
        event.c.kind == "sale", event.c.duplicate_of == "", sale_line.c.code.not_like("%:%"),
        event.c.business_date.between(question.from_date, question.to_date),
    )  # fmt: skip
    if question.stores:
        chosen = chosen.where(event.c.store.in_(question.stores))
    return chosen.group_by(*(DIMENSIONS[dimension] for dimension in by))
