"""Signing in, out and up, and what an administrator does with users and keys.

What is expected to go wrong comes back as a text key (`error.*` of the catalogues), never as an exception.
"""

import secrets
from typing import NamedTuple

from sqlalchemy import Connection, Row
from sqlalchemy.exc import IntegrityError

from hq_server.access import store
from hq_server.access.passwords import is_outdated, password_fits, password_hash
from hq_server.access.roles import ADMINISTRATOR, ROLES, STORE_MANAGER
from hq_server.access.rules import SETUP_CODE_LIFE_S, hashed, password_problem, throttled, user_name
from hq_server.db import Database
from protocol.ids import is_store

KEY_PREFIX = "twk_"


class Visit(NamedTuple):
    """What is known of a caller before he has a session."""

    now_s: int
    address: str
    browser: str = ""


class SignedIn(NamedTuple):
    """`token` goes into the cookie and is kept nowhere else."""

    token: str
    name: str


def sign_in(database: Database, name: str, password: str, visit: Visit) -> SignedIn | str:
    """A new session, or why not. The password is checked outside any transaction: that takes 50 ms of work."""
    name = name.strip().lower()
    user = _begin_try(database, name, visit)
    if isinstance(user, str):
        return user
    fits = password_fits(user.password_hash if user else None, password)
    if user is None or not fits:
        with database.write() as connection:
            store.add_audit(connection, visit.now_s, name, visit.address, "sign_in_refused")
        return "wrong_password"
    fresh = password_hash(password) if is_outdated(user.password_hash) else ""
    with database.write() as connection:
        store.forget_failures(connection, name, visit.address)
        if fresh:
            store.set_password(connection, name, fresh, user.password_at_s)
        return _open_session(connection, name, visit)


def _begin_try(database: Database, name: str, visit: Visit) -> Row | str | None:
    """The active user of that name. The try counts as failed until it has succeeded, so parallel ones all count."""
    with database.write() as connection:
        if throttled(store.failures(connection, name, visit.address, visit.now_s)):
            store.add_audit(connection, visit.now_s, name, visit.address, "sign_in_throttled")
            return "too_many_tries"
        store.add_failure(connection, name, visit.address, visit.now_s)
        user = store.user_named(connection, name)
        return user if user and user.status == "active" else None


def _open_session(connection: Connection, name: str, visit: Visit) -> SignedIn:
    token = secrets.token_urlsafe(32)
    store.add_session(connection, hashed(token), name, visit.now_s, visit.address, visit.browser)
    store.add_audit(connection, visit.now_s, name, visit.address, "signed_in")
    return SignedIn(token, name)


def make_setup_code(connection: Connection, now_s: int) -> str:
    """The one-time code for the first administrator, 4 x 5 letters and digits (over 90 bits), to be printed once."""
    letters = "abcdefghjkmnpqrstuvwxyz23456789"
    code = "-".join("".join(secrets.choice(letters) for _ in range(5)) for _ in range(4))
    store.add_setup_code(connection, hashed(code), now_s)
    return code


def set_up(database: Database, code: str, name: str, password: str, visit: Visit) -> SignedIn | str:
    """The first administrator, who is signed in at once; refused once there is any user."""
    problem = _name_problem(name) or password_problem(password, name.strip().lower())
    if problem:
        return problem
    encoded = password_hash(password)
    with database.write() as connection:
        return _set_up(connection, code, user_name(name), encoded, visit)


def _set_up(connection: Connection, code: str, name: str, encoded: str, visit: Visit) -> SignedIn | str:
    if store.users_exist(connection):
        return "set_up_done"
    if throttled(store.failures(connection, "setup", visit.address, visit.now_s)):
        return "too_many_tries"
    made_after_s = visit.now_s - SETUP_CODE_LIFE_S
    if not store.use_setup_code(connection, hashed(code.strip().lower()), made_after_s, visit.now_s):
        store.add_failure(connection, "setup", visit.address, visit.now_s)
        store.add_audit(connection, visit.now_s, "", visit.address, "set_up_refused")
        return "wrong_code"
    store.add_user(connection, name, ADMINISTRATOR, encoded, visit.now_s)
    store.add_audit(connection, visit.now_s, name, visit.address, "set_up", f"user:{name}")
    return _open_session(connection, name, visit)


def _name_problem(name: str) -> str | None:
    try:
        user_name(name)
    except ValueError:
        return "bad_name"
    return None


def add_user(
    database: Database, by: str, name: str, role: str, password: str, visit: Visit, stores: str = ""
) -> str | None:
    """Why the user was not added, or None."""
    problem = _name_problem(name) or password_problem(password, name.strip().lower())
    if problem or role not in ROLES:
        return problem or "bad_role"
    kept = stores_of(role, stores)
    if kept is None:
        return "bad_stores"
    encoded = password_hash(password)
    with database.write() as connection:
        if store.user_named(connection, user_name(name)):
            return "name_taken"
        store.add_user(connection, user_name(name), role, encoded, visit.now_s, kept)
        told = f"{role} {kept}".strip()
        store.add_audit(connection, visit.now_s, by, visit.address, "user_added", f"user:{user_name(name)}", told)
    return None


def stores_of(role: str, told: str) -> str | None:
    """The stores of a store manager as they are kept, None for none or no codes; '' for every other role: all."""
    if role != STORE_MANAGER:
        return ""
    codes = told.replace(",", " ").split()
    return " ".join(dict.fromkeys(codes)) if codes and all(is_store(code) for code in codes) else None


def change_user(
    connection: Connection, by: str, name: str, role: str, status: str, visit: Visit, stores: str = ""
) -> str | None:
    """New role or status; ends the user's sessions. The last active administrator stays one."""
    user = store.user_named(connection, name)
    if user is None or role not in ROLES or status not in ("active", "closed"):
        return "bad_role"
    stays = role == ADMINISTRATOR and status == "active"
    if not stays and store.active_administrators(connection) == [name]:
        return "last_administrator"
    kept = stores_of(role, stores or user.stores)
    if kept is None:
        return "bad_stores"
    if (user.role, user.status, user.stores) == (role, status, kept):
        return None
    store.change_user(connection, name, role, status, kept)
    store.end_sessions(connection, name)
    detail = f"{user.role} {user.status} -> {role} {status}"
    store.add_audit(connection, visit.now_s, by, visit.address, "user_changed", f"user:{name}", detail)
    return None


def change_password(database: Database, name: str, old: str, new: str, keep_session: str, visit: Visit) -> str | None:
    """Own password; every other session of the user ends. Wrong old ones count as failed sign-ins."""
    problem = password_problem(new, name)
    if problem:
        return problem
    user = _begin_try(database, name, visit)
    if isinstance(user, str):
        return user
    if not password_fits(user.password_hash if user else None, old):
        return "wrong_password"
    encoded = password_hash(new)
    with database.write() as connection:
        store.forget_failures(connection, name, visit.address)
        store.set_password(connection, name, encoded, visit.now_s)
        store.end_sessions(connection, name, but=keep_session)
        store.add_audit(connection, visit.now_s, name, visit.address, "password_changed", f"user:{name}")
    return None


def sign_out_everywhere(connection: Connection, by: str, name: str, visit: Visit) -> int:
    """How many sessions were ended."""
    ended = store.end_sessions(connection, name)
    store.add_audit(connection, visit.now_s, by, visit.address, "signed_out_everywhere", f"user:{name}", str(ended))
    return ended


def make_key(connection: Connection, by: str, name: str, role: str, visit: Visit) -> str:
    """A key for a program, shown once. Raises ValueError for a taken name or an unknown role."""
    if role not in ROLES:
        raise ValueError(f"no such role: {role}")
    token = KEY_PREFIX + secrets.token_urlsafe(32)
    try:
        store.add_key(connection, hashed(token), name, role, by, visit.now_s)
    except IntegrityError:
        raise ValueError(f"there is a key of this name already: {name}") from None
    store.add_audit(connection, visit.now_s, by, visit.address, "key_made", f"key:{name}", role)
    return token


def withdraw_key(connection: Connection, by: str, name: str, visit: Visit) -> bool:
    """Whether there was such a valid key."""
    done = store.withdraw_key(connection, name, visit.now_s)
    if done:
        store.add_audit(connection, visit.now_s, by, visit.address, "key_withdrawn", f"key:{name}")
    return done
