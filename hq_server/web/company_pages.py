"""Companies and their drivers' cards: limits, statements, found excess. Who drives is shown to few."""

import datetime as dt
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import Response as Plain

from hq_server.access.guard import Visitor, require
from hq_server.bootstrap import Hq
from hq_server.cards.store import card_row, cards_of
from hq_server.chain.store import the_chain
from hq_server.errors import HqError, not_found
from hq_server.fuel import changes, files, telling
from hq_server.fuel import store as fuel
from hq_server.fuel.api import stated, the_company
from hq_server.fuel.schemas import Company
from hq_server.web import fuel_forms
from hq_server.web.language import translator
from hq_server.web.render import go, language_of, show
from hq_server.web_tools import the_hq
from protocol.money import money_text

router = APIRouter(include_in_schema=False)
viewer, people, editor = require("members.view"), require("members.personal"), require("members.edit")
Text = Annotated[str, Form(max_length=200)]
Long = Annotated[str, Form(max_length=2000)]
DAYS = 31
TYPES = {
    "csv": ("text/csv; charset=utf-8", files.as_csv),
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", files.as_xlsx),
}


@router.get("/fuel/companies")
def companies_page(request: Request, visitor: Visitor = Depends(people), hq: Hq = Depends(the_hq)) -> Response:
    with hq.db.read() as connection:
        rows = fuel.companies(connection)
        cards = cards_of(connection, [row.account for row in rows])
    return show(request, "companies.html", companies=rows, cards=cards)


@router.post("/fuel/companies")
def new_company(
    account: Text, name: Text, tax_number: Text = "", contact: Text = "", phone: Text = "", email: Text = "",
    address: Text = "", visitor: Visitor = Depends(editor), hq: Hq = Depends(the_hq),
) -> Response:  # fmt: skip
    """A member becomes a company, or a company is changed."""
    account = account.strip()
    new = Company(name.strip()[:96], tax_number.strip()[:32], contact.strip()[:96], phone.strip()[:32],
                  email.strip()[:128], address.strip())  # fmt: skip
    if not new.name:
        raise HqError("bad_name", "a company has a name")
    with hq.db.write() as connection:
        changes.put_company(connection, account, new, hq.now_s())
        visitor.note(connection, "company_changed", "member:" + account)
    return go(hq, "/fuel/companies/" + account, told="company_changed")


@router.get("/fuel/companies/{account}")
def company_page(
    request: Request, account: str, from_date: str = "", to_date: str = "", visitor: Visitor = Depends(people),
    hq: Hq = Depends(the_hq),
) -> Response:  # fmt: skip
    first, last = _span(hq, from_date, to_date)
    with hq.db.write() as connection:  # a look is an entry in the audit record: both or none
        row = the_company(connection, account)
        visitor.note(connection, "member_seen", "member:" + account)
        values = {
            "cards": cards_of(connection, [account])[account],
            "limits": {card: telling.limits(one) for card, one in fuel.limits_of(connection, account).items()},
            "statement": stated(connection, account, first, last),
        }
    return show(request, "company.html", row=row, first=first, last=last, **values)


@router.get("/fuel/companies/{account}/statement.{form}")
def statement_file(
    request: Request, account: str, form: str, from_date: str = "", to_date: str = "",
    visitor: Visitor = Depends(people), hq: Hq = Depends(the_hq),
) -> Response:  # fmt: skip
    """The same as a file."""
    if form not in TYPES:
        raise not_found("statement." + form)
    if not visitor.may("reports.view"):
        raise HqError("not_allowed", "reports.view", 403)
    first, last = _span(hq, from_date, to_date)
    with hq.db.write() as connection:
        the_company(connection, account)
        visitor.note(connection, "company_statement", "member:" + account, f"{first} {last}")
        told, exponent = stated(connection, account, first, last), the_chain(connection).exponent
    t = translator(language_of(request))
    titles = {name: t("statement." + name) for name in {*files.COLUMNS, *files.SUMS, "by_driver", "by_car", "fills"}}
    media, made = TYPES[form]
    named = {"content-disposition": f'attachment; filename="statement-{account[:8]}-{first}-{last}.{form}"'}
    return Plain(made(told, exponent, titles), media_type=media, headers=named)


@router.post("/fuel/companies/{account}/plates")
def learn_plate(
    account: str, plate: Text, visitor: Visitor = Depends(editor), hq: Hq = Depends(the_hq)
) -> Response:
    """A plate by which fills are told that named their car by number only."""
    with hq.db.write() as connection:
        the_company(connection, account)
        number = changes.put_vehicle(connection, account, plate)
        visitor.note(connection, "plate_learnt", "member:" + account, number)
    return go(hq, "/fuel/companies/" + account, told="company_changed")


@router.get("/fuel/cards/{card}")
def card_page(request: Request, card: str, visitor: Visitor = Depends(people), hq: Hq = Depends(the_hq)) -> Response:
    return _card(request, hq, visitor, card)


@router.post("/fuel/cards/{card}")
def set_limits(
    request: Request, card: str, driver: Text = "", plates: Long = "", grades: Text = "", day_litres: Text = "",
    day_amount: Text = "", shares: Long = "", asks: Annotated[list[str] | None, Form()] = None,
    visitor: Visitor = Depends(editor), hq: Hq = Depends(the_hq),
) -> Response:  # fmt: skip
    """What the card may have from now on."""
    form = {"driver": driver, "plates": plates, "grades": grades, "day_litres": day_litres}
    form |= {"day_amount": day_amount, "shares": shares}
    try:
        with hq.db.write() as connection:
            new = fuel_forms.card_limits(form, asks or [], the_chain(connection).exponent)
            version = changes.put_limits(connection, hq.post, card, new, visitor.name, hq.now_s())
            visitor.note(connection, "fuel_limits_changed", card, f"version {version}")
    except HqError as wrong:
        if wrong.status == 404:
            raise
        return _card(request, hq, visitor, card, wrong.reason, form, wrong.status)
    return go(hq, "/fuel/cards/" + card, told="fuel_limits_changed")


@router.get("/fuel/excess")
def excess_page(
    request: Request, from_date: str = "", to_date: str = "", visitor: Visitor = Depends(viewer),
    hq: Hq = Depends(the_hq),
) -> Response:  # fmt: skip
    first, last = _span(hq, from_date, to_date)
    with hq.db.read() as connection:
        rows = fuel.excesses(connection, first, last)
        cut = telling.cut_stores(connection, hq.now_s())
    return show(request, "fuel_excess.html", rows=rows, first=first, last=last, cut=cut)


def _card(
    request: Request, hq: Hq, visitor: Visitor, card: str, problem: str = "", form: dict[str, str] | None = None,
    status: int = 200,
) -> Response:  # fmt: skip
    with hq.db.write() as connection:
        known = card_row(connection, card)
        if known is None:
            raise not_found("card " + card)
        visitor.note(connection, "member_seen", "member:" + known.account)
        row = fuel.limit_row(connection, card)
        exponent = the_chain(connection).exponent
        today = dt.datetime.fromtimestamp(hq.now_s()).date().isoformat()
        values = {
            "limits": telling.limits(row),
            "possible": telling.possible_excess(connection, row, hq.now_s()) if row else None,
            "day": fuel.day_by_store(connection, fuel.counts_as(connection, card), today),
            "company": fuel.company_row(connection, known.account),
        }
    values |= {"known": known, "problem": problem, "form": form or _as_form(values["limits"], exponent)}
    return show(request, "fuel_card.html", status, card=card, **values)


def _as_form(limits: dict | None, exponent: int) -> dict[str, str]:
    if limits is None:
        return {}
    by_volume = bool(limits["day_ml"])
    return {
        "driver": limits["driver"],
        "plates": ", ".join(limits["plates"]),
        "grades": " ".join(limits["grades"]),
        "day_litres": money_text(limits["day_ml"], 3) if by_volume else "",
        "day_amount": money_text(limits["day_cents"], exponent) if limits["day_cents"] else "",
        "shares": fuel_forms.shares_text(limits["shares"], by_volume, exponent),
    }


def _span(hq: Hq, from_date: str, to_date: str) -> tuple[str, str]:
    """The span that was asked for, or the last month. Raises HqError('bad_question')."""
    today = dt.datetime.fromtimestamp(hq.now_s()).date()
    try:
        last = dt.date.fromisoformat(to_date) if to_date else today
        first = dt.date.fromisoformat(from_date) if from_date else last - dt.timedelta(days=DAYS)
    except (ValueError, OverflowError):
        raise HqError("bad_question", "dates are YYYY-MM-DD") from None
    return first.isoformat(), last.isoformat()

