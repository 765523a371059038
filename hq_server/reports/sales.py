"""Facts of the sales summary, from the event log, sale lines, tenders and the entries of reversals.

Four small questions with the same grouping, put together by place; none of them joins lines with tenders, which
would count both too often.
"""

from collections.abc import Iterable

from sqlalchemy import ColumnElement, Connection, Select, and_, case, func, literal, select

from hq_server.ingest.store import event, sale_line, tender
from hq_server.ledger.store import entry
from hq_server.reports.declarations import Figures, Question
from hq_server.reports.stored_value import BACK

_MEMBER = case((event.c.account != "", literal("member")), else_=literal("none"))
DIMENSIONS: dict[str, ColumnElement] = {
    "store": event.c.store,
    "day": event.c.business_date,
    "month": func.substr(event.c.business_date, 1, 7),
    "terminal": event.c.terminal,
    "operator": event.c.operator,
    "membership": _MEMBER,
    "goods": sale_line.c.code,
}
_BOOKED = event.c.duplicate_of == ""


def facts(connection: Connection, question: Question, by: tuple[str, ...]) -> dict[tuple[str, ...], Figures]:
    """Place -> all columns that are not ratios."""
    found: dict[tuple[str, ...], Figures] = {}
    for statement in _statements(question, by):
        _gather(found, connection.execute(statement).mappings(), by)
    for values in found.values():
        _net(values)
    return found


def _statements(question: Question, by: tuple[str, ...]) -> list[Select]:
    return [_lines(question, by)] + ([] if "goods" in by else [_points(question, by), _returns(question, by)])


def _lines(question: Question, by: tuple[str, ...]) -> Select:
    amount = sale_line.c.amount_cents
    measures = (
        func.count(event.c.id.distinct()).label("txn_count"),
        _total(sale_line.c.qty_milli).label("units"),
        _total(amount).label("gross_amount"),
        _of_members(amount).label("member_gross"),
    )
    joined = event.join(sale_line, sale_line.c.event == event.c.id)
    return _grouped(select(*measures).select_from(joined), question, by, event.c.kind == "sale")


def _points(question: Question, by: tuple[str, ...]) -> Select:
    paid = tender.c.amount
    measures = (_total(paid).label("discount_amount"), _of_members(paid).label("member_discount"))
    joined = event.join(tender, and_(tender.c.event == event.c.id, tender.c.tender == "points_value"))
    return _grouped(select(*measures).select_from(joined), question, by, event.c.kind == "sale")


def _returns(question: Question, by: tuple[str, ...]) -> Select:
    """What reversals and refunds took out of revenue; points had lowered the net before: their value comes not back."""
    amount = entry.c.amount
    measures = (_total(amount).label("returns_amount"), _of_members(amount).label("member_returns"))
    back = and_(entry.c.debit_book == "revenue", entry.c.debit_asset != "points_value")
    joined = event.join(entry, and_(entry.c.event == event.c.id, back))
    return _grouped(select(*measures).select_from(joined), question, by, event.c.kind.in_(BACK))


def _total(amount: ColumnElement) -> ColumnElement:
    return func.coalesce(func.sum(amount), 0)


def _of_members(amount: ColumnElement) -> ColumnElement:
    return func.coalesce(func.sum(case((event.c.account != "", amount), else_=0)), 0)


def _grouped(statement: Select, question: Question, by: tuple[str, ...], kind: ColumnElement) -> Select:
    places = [DIMENSIONS[dimension].label("by_" + dimension) for dimension in by]
    period = event.c.business_date.between(question.from_date, question.to_date)
    statement = statement.add_columns(*places).where(kind, _BOOKED, period)
    if question.stores:
        statement = statement.where(event.c.store.in_(question.stores))
    return statement.group_by(*(DIMENSIONS[dimension] for dimension in by))


def _gather(found: dict[tuple[str, ...], Figures], rows: Iterable, by: tuple[str, ...]) -> None:
    for row in rows:
        values = found.setdefault(tuple(row["by_" + dimension] for dimension in by), {})
        values.update({name: int(row[name]) for name in row if not name.startswith("by_")})


def _net(values: Figures) -> None:
    parts = [values.get(name, 0) for name in ("gross_amount", "discount_amount", "returns_amount")]
    values["net_sales"] = parts[0] - parts[1] - parts[2]
    of_members = [values.get(name, 0) for name in ("member_gross", "member_discount", "member_returns")]
    values["member_net_sales"] = of_members[0] - of_members[1] - of_members[2]


def paid_with(connection: Connection, question: Question) -> dict[str, int]:
    """How the sales of the period were paid: tender -> minor units; points themselves are left out."""
    joined = event.join(tender, tender.c.event == event.c.id)
    statement = select(tender.c.tender, _total(tender.c.amount).label("amount")).select_from(joined)
    paid = statement.where(event.c.kind == "sale", _BOOKED, tender.c.tender != "points")
    paid = paid.where(event.c.business_date.between(question.from_date, question.to_date))
    if question.stores:
        paid = paid.where(event.c.store.in_(question.stores))
    return {name: int(amount) for name, amount in connection.execute(paid.group_by(tender.c.tender)) if amount}
