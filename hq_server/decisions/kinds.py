"""What may be decided, each with its body and what it does once a second person has agreed."""

from collections.abc import Callable
from typing import Annotated, Any, NamedTuple

import msgspec
from msgspec import Meta, Struct
from sqlalchemy import Connection

from hq_server.bootstrap import Hq
from hq_server.cards import store as cards
from hq_server.errors import HqError
from hq_server.fuel import changes as fuel
from hq_server.members.changes import gateway_status
from hq_server.vault import accounts, advancing, remembering

Account = Annotated[str, Meta(pattern="^[0-9a-f]{32}$")]


class Adjustment(Struct):
    """A balance in the pool is corrected. change: minor units or points, up or down; reason: protocol's table."""

    account: Account
    asset: Annotated[str, Meta(pattern="^(principal|bonus|points|punch:[^/]{1,24})$")]
    change: Annotated[int, Meta(ge=-999_999_999_999, le=999_999_999_999)]
    reason: Annotated[str, Meta(max_length=32)]
    expires: Annotated[str, Meta(pattern=r"^(\d{4}-\d{2}-\d{2})?$")] = ""


class CaseClosing(Struct):
    """No more evidence will come of a life that is gone: what waits goes to its members."""

    life: Account


class Merge(Struct):
    """One account becomes the heir of another."""

    account: Account
    heir: Account


class Closing(Struct):
    """An account is paid out and closed."""

    account: Account


class SettingAside(Struct):
    """A store that a restored head office has not heard is not waited for. cap: what may leave the pools before."""

    store: Annotated[str, Meta(pattern="^[0-9]{4,6}$")]
    cap: Annotated[int, Meta(ge=0, le=999_999_999_999)]


class Kind(NamedTuple):
    """Body, the permission of both people, what it is about, and what is done: (hq, connection, body, who, second)."""

    body: type
    permission: str
    subject: Callable[[Any], str]
    do: Callable[[Hq, Connection, Any, str, str], dict]


def _adjust(hq: Hq, connection: Connection, body: Adjustment, who: str, second: str) -> dict:
    vault = hq.vault_on(connection)
    transfer = accounts.adjust(
        vault, body.account, body.asset, body.change, body.reason, who, second, body.expires
    )
    return {"transfer": transfer}


def _close_case(hq: Hq, connection: Connection, body: CaseClosing, who: str, second: str) -> dict:
    return advancing.close(hq.vault_on(connection), body.life, who, second)._asdict()


def _merge(hq: Hq, connection: Connection, body: Merge, who: str, second: str) -> dict:
    moved = accounts.merge(hq.vault_on(connection), body.account, body.heir, who, second)
    mine = cards.cards_of(connection, [body.account])[body.account]
    for one in mine:
        cards.set_card(connection, one.card, account=body.heir)
        told = {"card": one.card, "account": body.heir, "status": gateway_status(one.status)}
        hq.post.send_all(connection, "card", told, body.heir)
    fuel.hand_over(connection, hq.post, body.account, body.heir, hq.now_s())
    return {"moved": moved, "cards": [one.card for one in mine]}


def _close(hq: Hq, connection: Connection, body: Closing, who: str, second: str) -> dict:
    return accounts.close(hq.vault_on(connection), body.account, who, second)


def _set_aside(hq: Hq, connection: Connection, body: SettingAside, who: str, second: str) -> dict:
    remembering.set_aside(hq.vault_on(connection), body.store, body.cap, who, second)
    return {"store": body.store, "cap": body.cap}


KINDS = {
    "adjust": Kind(Adjustment, "value.correct", lambda body: body.account, _adjust),
    "close_case": Kind(CaseClosing, "value.correct", lambda body: body.life, _close_case),
    "merge": Kind(Merge, "value.correct", lambda body: body.account, _merge),
    "close_account": Kind(Closing, "value.correct", lambda body: body.account, _close),
    "set_aside": Kind(SettingAside, "value.correct", lambda body: body.store, _set_aside),
}


def read(kind: str, body: object) -> Any:
    """The body of a decision. Raises HqError: bad_kind, malformed."""
    if kind not in KINDS:
        raise HqError("bad_kind", "one of " + ", ".join(KINDS))
    try:
        return msgspec.convert(body, KINDS[kind].body)
    except msgspec.ValidationError as wrong:
        raise HqError("malformed", str(wrong)) from None
