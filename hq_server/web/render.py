"""Pages from templates: one environment, one frame of values that every page has."""

import secrets
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from hq_server.access.guard import FORM_COOKIE, GUARD_FIELD, Visitor, session_cookie
from hq_server.access.rules import guard_of
from hq_server.alarms.kinds import kind_of
from hq_server.bootstrap import Hq
from hq_server.chain.store import the_chain
from hq_server.web import figures, language
from hq_server.web.icons import icon
from hq_server.web.navigation import navigation_for

FOLDER = Path(__file__).parent / "templates"
LANGUAGE_COOKIE = "tapwell_language"
THEME_COOKIE = "tapwell_theme"
TOLD_COOKIE = "tapwell_told"  # the text key of what the last form did, shown once on the next page
YEAR_S = 365 * 86400


@cache
def environment() -> Environment:
    """Autoescaped; a name that a template does not get is an error, not an empty string."""
    made = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals.update(icon=icon, masked=figures.masked, alarm_kind=kind_of)
    return made


def show(request: Request, template: str, status: int = 200, **values: Any) -> HTMLResponse:
    """The page; `values` join those of the frame."""
    hq: Hq = request.app.state.hq
    visitor: Visitor | None = getattr(request.state, "visitor", None)
    told = request.cookies.get(TOLD_COOKIE)
    form_token = request.cookies.get(FORM_COOKIE) or secrets.token_urlsafe(24)
    guard = guard_of(request.cookies[session_cookie(hq)] if visitor and visitor.session else form_token)
    frame = _frame(request, hq, visitor) | {"told": _told(told), "guard_field": partial(_guard_field, guard)}
    response = HTMLResponse(environment().get_template(template).render(frame | values), status)
    if told:
        response.delete_cookie(TOLD_COOKIE)
    if visitor is None and FORM_COOKIE not in request.cookies:
        set_cookie(hq, response, FORM_COOKIE, form_token)
    return response


def _frame(request: Request, hq: Hq, visitor: Visitor | None) -> dict[str, Any]:
    code = language_of(request)
    t = language.translator(code)
    query = "?" + request.url.query if request.url.query else ""
    return {
        "t": t,
        "has": lambda key: key in language.catalogues()[code],
        "language": code,
        "language_tag": t("language.tag"),
        "languages": [(other, texts["language.name"]) for other, texts in language.catalogues().items()],
        "theme": _theme(request),
        "here": request.url.path,
        "here_full": request.url.path + query if request.method == "GET" else "/",
        "visitor": visitor,
        "navigation": navigation_for(visitor) if visitor else [],
        "now_s": hq.now_s(),
    } | writing(hq, code)


def writing(hq: Hq, code: str) -> dict[str, Any]:
    """How this chain's figures are written, and its name."""
    with hq.db.read() as connection:
        this = the_chain(connection)
    t = language.translator(code)
    money = partial(figures.money, exponent=this.exponent)
    return {
        "chain_name": this.name,
        "currency": this.currency,
        "money": money,
        "written": lambda value, unit: _written(value, unit, money),
        "count": figures.count,
        "quantity": figures.quantity,
        "moment": figures.moment,
        "age": lambda seconds: _age(t, seconds),
        "share": figures.share,
        "named": lambda names: names[code] if code in names else names["en"],
    }


def _written(value: int | None, unit: str, money: Callable[..., str]) -> str:
    """A figure of a report by the unit of its column."""
    if value is None:
        return figures.EMPTY
    ways = {
        "money": money, "quantity": figures.quantity, "share": lambda parts: figures.share(parts, 100000),
        "date": figures.date, "grade": lambda grade: "ABC"[grade - 1],
    }  # fmt: skip
    return ways.get(unit, figures.count)(value)


def _age(t: language.Translate, seconds: int) -> str:
    key, number = figures.age(seconds)
    return t(key, n=number)


def _told(value: str | None) -> dict[str, str] | None:
    """Only keys of the catalogue's own `told.` texts: a cookie's text is never shown."""
    if value and value in language.catalogues()[language.DEFAULT] and value.startswith("told."):
        return {"key": value, "tone": "good"}
    return None


def _guard_field(guard: str) -> Markup:
    return Markup('<input type="hidden" name="%s" value="%s">') % (GUARD_FIELD, guard)


def language_of(request: Request) -> str:
    return language.choose(request.cookies.get(LANGUAGE_COOKIE), request.headers.get("accept-language", ""))


def _theme(request: Request) -> str:
    theme = request.cookies.get(THEME_COOKIE, "")
    return theme if theme in ("light", "dark") else ""


def set_cookie(hq: Hq, response: HTMLResponse | RedirectResponse, name: str, value: str, max_age_s: int | None = None):
    """Never readable by scripts; sent along only when our own pages or a plain link lead here."""
    response.set_cookie(
        name, value, max_age=max_age_s, httponly=True, samesite="lax", secure=hq.config.secure_cookies, path="/"
    )


def local_path(wish: str) -> str:
    """Where to go next, if that is a page of ours; otherwise the home page (no open redirect)."""
    parts = urlsplit(wish)
    ours = wish.startswith("/") and not wish.startswith(("//", "/\\")) and not (parts.scheme or parts.netloc)
    return wish if ours and not any(ord(sign) < 32 for sign in wish) else "/"


def go(hq: Hq, path: str, told: str = "") -> RedirectResponse:
    """After a form: to that page, which then says what was done (a key below `told.`)."""
    response = RedirectResponse(path, 303)
    if told:
        set_cookie(hq, response, TOLD_COOKIE, "told." + told, max_age_s=60)
    return response
