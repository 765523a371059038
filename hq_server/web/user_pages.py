"""The administrator's page of users and keys, and everybody's own account page."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, Response

from hq_server.access import sign_in, store
from hq_server.access.guard import Visitor, guarded, require
from hq_server.access.roles import PERMISSIONS, ROLES
from hq_server.bootstrap import Hq
from hq_server.errors import HqError, not_found
from hq_server.web.render import go, show
from hq_server.web_tools import the_hq

router = APIRouter(include_in_schema=False)
key_manager = require("keys.manage")
Text = Annotated[str, Form()]
manager = require("users.manage")


@router.get("/users")
def users_page(request: Request, visitor: Visitor = Depends(manager), hq: Hq = Depends(the_hq)) -> Response:
    return _users_page(request, hq)


def _users_page(request: Request, hq: Hq, status: int = 200, problem: str = "", name: str = "", role: str = "viewer"):
    with hq.db.read() as connection:
        users, keys = store.users(connection), store.keys(connection)
    return show(request, "users.html", status, users=users, keys=keys, roles=ROLES, permissions=PERMISSIONS,
                problem=problem, name=name, role=role)


@router.post("/users")
def add_user(
    request: Request, name: Text, role: Text, password: Text, stores: Text = "",
    visitor: Visitor = Depends(manager), hq: Hq = Depends(the_hq),
) -> Response:
    problem = sign_in.add_user(hq.db, visitor.name, name, role, password, visitor.visit(), stores)
    if problem:
        return _users_page(request, hq, 400, problem, name, role)
    return go(hq, "/users", told="user_added")


@router.post("/users/{name}")
def change_user(
    request: Request, name: str, role: Text, status: Text, stores: Text = "",
    visitor: Visitor = Depends(manager), hq: Hq = Depends(the_hq),
) -> Response:
    with hq.db.write() as connection:
        problem = sign_in.change_user(connection, visitor.name, name, role, status, visitor.visit(), stores)
    if problem:
        return _users_page(request, hq, 400, problem)
    return go(hq, "/users", told="user_changed")


@router.post("/users/{name}/sign-out")
def sign_user_out(name: str, visitor: Visitor = Depends(manager), hq: Hq = Depends(the_hq)) -> Response:
    with hq.db.write() as connection:
        sign_in.sign_out_everywhere(connection, visitor.name, name, visitor.visit())
    return go(hq, "/users", told="signed_out_everywhere")


@router.post("/keys/{name}/withdraw")
def withdraw_key(
    name: str, visitor: Visitor = Depends(key_manager), hq: Hq = Depends(the_hq)
) -> Response:
    with hq.db.write() as connection:
        if not sign_in.withdraw_key(connection, visitor.name, name, visitor.visit()):
            raise not_found("key " + name)
    return go(hq, "/users", told="key_withdrawn")


@router.get("/account")
def account_page(request: Request, visitor: Visitor = Depends(guarded)) -> Response:
    return _account_page(request, visitor)


def _account_page(request: Request, visitor: Visitor, status: int = 200, problem: str = "") -> Response:
    if not visitor.session:
        raise HqError("not_allowed", "programs have no account page", 403)
    granted = [permission for permission in PERMISSIONS if visitor.may(permission)]
    return show(request, "account.html", status, problem=problem, granted=granted)


@router.post("/account/password")
def change_password(
    request: Request, old: Text, new: Text, visitor: Visitor = Depends(guarded), hq: Hq = Depends(the_hq)
) -> Response:
    problem = sign_in.change_password(hq.db, visitor.name, old, new, visitor.session, visitor.visit())
    if problem:
        return _account_page(request, visitor, 429 if problem == "too_many_tries" else 400, problem)
    return go(hq, "/account", told="password_changed")


@router.post("/account/sign-out-everywhere")
def sign_out_everywhere(visitor: Visitor = Depends(guarded), hq: Hq = Depends(the_hq)) -> Response:
    with hq.db.write() as connection:
        sign_in.sign_out_everywhere(connection, visitor.name, visitor.name, visitor.visit())
    return go(hq, "/sign-in", told="signed_out_everywhere")
