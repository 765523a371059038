"""Signing in and out, the first administrator, language and theme."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, Response

from hq_server.access import sign_in, store
from hq_server.access.guard import Visitor, guarded, guarded_form, known_visitor, session_cookie, visit_of
from hq_server.access.rules import SESSION_LIFE_S
from hq_server.bootstrap import Hq
from hq_server.errors import not_found
from hq_server.web import language
from hq_server.web.render import LANGUAGE_COOKIE, THEME_COOKIE, YEAR_S, go, local_path, set_cookie, show
from hq_server.web_tools import the_hq

router = APIRouter(include_in_schema=False)
Text = Annotated[str, Form()]


@router.get("/sign-in")
def sign_in_page(
    request: Request, then: str = "/", hq: Hq = Depends(the_hq), visitor: Visitor | None = Depends(known_visitor)
) -> Response:
    if visitor:
        return go(hq, local_path(then))
    with hq.db.read() as connection:
        if not store.users_exist(connection):
            return go(hq, "/setup")
    return show(request, "sign_in.html", then=local_path(then), name="", problem="")


@router.post("/sign-in", dependencies=[Depends(guarded_form)])
def sign_in_form(
    request: Request, name: Text, password: Text, then: Text = "/", hq: Hq = Depends(the_hq)
) -> Response:
    done = sign_in.sign_in(hq.db, name, password, visit_of(request, hq))
    if isinstance(done, str):
        status = 429 if done == "too_many_tries" else 401
        return show(request, "sign_in.html", status, then=local_path(then), name=name, problem=done)
    return _welcome(hq, done, local_path(then))


@router.get("/setup")
def setup_page(request: Request, hq: Hq = Depends(the_hq), code: str = "") -> Response:
    with hq.db.read() as connection:
        if store.users_exist(connection):
            return go(hq, "/sign-in")
    return show(request, "setup.html", code=code, name="", problem="")


@router.post("/setup", dependencies=[Depends(guarded_form)])
def setup_form(request: Request, code: Text, name: Text, password: Text, hq: Hq = Depends(the_hq)) -> Response:
    done = sign_in.set_up(hq.db, code, name, password, visit_of(request, hq))
    if isinstance(done, str):
        status = 429 if done == "too_many_tries" else 400
        return show(request, "setup.html", status, code=code, name=name, problem=done)
    return _welcome(hq, done, "/", told="set_up")


def _welcome(hq: Hq, done: sign_in.SignedIn, path: str, told: str = "") -> Response:
    response = go(hq, path, told)
    set_cookie(hq, response, session_cookie(hq), done.token, SESSION_LIFE_S)
    return response


@router.post("/sign-out")
def sign_out(visitor: Visitor = Depends(guarded), hq: Hq = Depends(the_hq)) -> Response:
    with hq.db.write() as connection:
        store.end_session(connection, visitor.session)
        visitor.note(connection, "signed_out")
    response = go(hq, "/sign-in", told="signed_out")
    response.delete_cookie(session_cookie(hq))
    return response


@router.get("/language/{code}")
def choose_language(code: str, then: str = "/", hq: Hq = Depends(the_hq)) -> Response:
    if code not in language.catalogues():
        raise not_found("language " + code)
    return _remember(hq, LANGUAGE_COOKIE, code, then)


@router.get("/theme/{name}")
def choose_theme(name: str, then: str = "/", hq: Hq = Depends(the_hq)) -> Response:
    if name not in ("light", "dark"):
        raise not_found("theme " + name)
    return _remember(hq, THEME_COOKIE, name, then)


def _remember(hq: Hq, cookie: str, value: str, wish: str) -> Response:
    response = go(hq, local_path(wish))
    set_cookie(hq, response, cookie, value, YEAR_S)
    return response
