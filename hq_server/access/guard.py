"""FastAPI dependencies: who is asking, whether he may, and whether his own page sent the form.

    @router.get("/stores", dependencies=[Depends(require("stores.view"))])
    def page(visitor: Visitor = Depends(require("stores.view"))): ...

A browser shows its session cookie, a program its key as `Authorization: Bearer twk_...`. Whatever changes something
and comes with a cookie must also carry the page's guard value, as form field `guard` or header `X-Tapwell-Guard`.
"""

from collections.abc import Callable
from typing import NamedTuple

from fastapi import Depends, Request
from sqlalchemy import Connection

from hq_server.access import store
from hq_server.access.roles import PERMISSIONS, STORE_MANAGER, may
from hq_server.access.rules import guard_fits, hashed, session_lives
from hq_server.access.sign_in import KEY_PREFIX, Visit
from hq_server.bootstrap import Hq
from hq_server.errors import HqError
from hq_server.web_tools import the_hq

GUARD_FIELD = "guard"
GUARD_HEADER = "X-Tapwell-Guard"
FORM_COOKIE = "tapwell_form"  # stands in for the session on the pages before sign-in
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
PROGRAM_PATHS = "/api/"  # bodies there are JSON, and their own to read: the guard comes as a header
FORM_TYPES = ("application/x-www-form-urlencoded", "multipart/form-data")


class Visitor(NamedTuple):
    """Who is asking. `name` is the user's, or "key:<name>" for a program."""

    name: str
    role: str
    address: str
    session: str  # hash of the session token; "" for a program
    now_s: int
    stores: tuple[str, ...] | None = None  # whose figures he may see; None: all stores'

    def may(self, permission: str) -> bool:
        return may(self.role, permission)

    def visit(self) -> Visit:
        return Visit(self.now_s, self.address)

    def note(self, connection: Connection, action: str, of: str = "", detail: str = "") -> None:
        """A line in the audit record, in the transaction of what was done."""
        store.add_audit(connection, self.now_s, self.name, self.address, action, of, detail)


def session_cookie(hq: Hq) -> str:
    """The cookie's name; the __Host- prefix makes browsers insist on HTTPS and on no other path or domain."""
    return "__Host-tapwell" if hq.config.secure_cookies else "tapwell"


def address_of(request: Request) -> str:
    """Where the request comes from."""
    return request.client.host if request.client else ""


def visit_of(request: Request, hq: Hq) -> Visit:
    return Visit(hq.now_s(), address_of(request), request.headers.get("user-agent", ""))


def known_visitor(request: Request, hq: Hq = Depends(the_hq)) -> Visitor | None:
    """The visitor, or None for one who has not signed in; also kept in request.state for the page's frame."""
    kind, _, key = request.headers.get("authorization", "").partition(" ")
    if kind.lower() == "bearer":
        request.state.visitor = _by_key(hq, key.strip(), address_of(request))
    else:
        token = request.cookies.get(session_cookie(hq), "")
        request.state.visitor = _by_session(hq, token, address_of(request)) if token else None
    return request.state.visitor


def _by_session(hq: Hq, token: str, address: str) -> Visitor | None:
    now_s, hash_ = hq.now_s(), hashed(token)
    with hq.db.read() as connection:
        session = store.session_of(connection, hash_)
    if session is None or not session_lives(session.created_at_s, session.seen_at_s, now_s):
        return None
    if store.is_stale(session.seen_at_s, now_s):
        with hq.db.write() as connection:
            store.touch_session(connection, hash_, now_s)
    stores = tuple(session.stores.split()) if session.role == STORE_MANAGER else None
    return Visitor(session.user, session.role, address, hash_, now_s, stores)


def _by_key(hq: Hq, key: str, address: str) -> Visitor | None:
    if not key.startswith(KEY_PREFIX):
        return None
    now_s = hq.now_s()
    with hq.db.read() as connection:
        row = store.key_of(connection, hashed(key))
    if row is None:
        return None
    if store.is_stale(row.seen_at_s, now_s):
        with hq.db.write() as connection:
            store.touch_key(connection, row.hash, now_s)
    return Visitor("key:" + row.name, row.role, address, "", now_s, () if row.role == STORE_MANAGER else None)


def signed_in(visitor: Visitor | None = Depends(known_visitor)) -> Visitor:
    """Anyone who has signed in. Raises HqError('not_signed_in', 401): pages turn it into the sign-in page."""
    if visitor is None:
        raise HqError("not_signed_in", "sign in, or send a key as bearer token", 401)
    return visitor


async def guarded(request: Request, visitor: Visitor = Depends(signed_in), hq: Hq = Depends(the_hq)) -> Visitor:
    """Signed in, and a change comes from a page of this very session. Raises HqError('no_guard', 403)."""
    if request.method not in SAFE_METHODS and visitor.session:
        await check_guard(request, request.cookies[session_cookie(hq)])
    return visitor


async def guarded_form(request: Request) -> None:
    """The same for forms before sign-in: the form must come from a page that this browser was shown."""
    await check_guard(request, request.cookies.get(FORM_COOKIE, ""))


async def check_guard(request: Request, token: str) -> None:
    """Raises HqError('no_guard', 403) unless header or form field carries the guard of that token."""
    guard = request.headers.get(GUARD_HEADER, "")
    is_form = request.headers.get("content-type", "").startswith(FORM_TYPES)
    if not guard and is_form and not request.url.path.startswith(PROGRAM_PATHS):
        guard = str((await request.form()).get(GUARD_FIELD, ""))
    if not token or not guard_fits(token, guard):
        raise HqError("no_guard", "the form is out of date; open the page again", 403)


def require(permission: str) -> Callable[..., Visitor]:
    """A dependency: a signed-in visitor with that permission. Raises HqError('not_allowed', 403)."""
    PERMISSIONS[permission]

    def allowed(visitor: Visitor = Depends(guarded)) -> Visitor:
        if not visitor.may(permission):
            raise HqError("not_allowed", permission, 403)
        return visitor

    return allowed
