"""Tables and queries of access. Tokens and codes are kept as hashes only."""

from sqlalchemy import BigInteger, Column, Connection, Index, Row, String, Table, Text, func, select

from hq_server.access.rules import SESSION_TOUCH_S, THROTTLE_WINDOW_S
from hq_server.columns import ROW_ID
from hq_server.db import metadata

user = Table(
    "access_user", metadata,
    Column("name", String(32), primary_key=True),
    Column("role", String(16), nullable=False),
    Column("password_hash", String(256), nullable=False),
    Column("status", String(8), nullable=False),  # active, closed
    Column("created_at_s", BigInteger, nullable=False),
    Column("password_at_s", BigInteger, nullable=False),
    Column("stores", Text, nullable=False, default=""),  # of a store manager: codes, separated by spaces
)
session = Table(
    "access_session", metadata,
    Column("hash", String(64), primary_key=True),
    Column("user", String(32), nullable=False, index=True),
    Column("created_at_s", BigInteger, nullable=False),
    Column("seen_at_s", BigInteger, nullable=False),
    Column("address", String(64), nullable=False),
    Column("browser", String(160), nullable=False),
)
api_key = Table(
    "access_key", metadata,
    Column("hash", String(64), primary_key=True),
    Column("name", String(64), nullable=False, unique=True),
    Column("role", String(16), nullable=False),
    Column("created_at_s", BigInteger, nullable=False),
    Column("created_by", String(64), nullable=False),
    Column("seen_at_s", BigInteger, nullable=False),  # 0: never used
    Column("withdrawn_at_s", BigInteger, nullable=False),  # 0: valid
)
setup_code = Table(
    "access_setup_code", metadata,
    Column("hash", String(64), primary_key=True),
    Column("created_at_s", BigInteger, nullable=False),
    Column("used_at_s", BigInteger, nullable=False),  # 0: not yet
)
failure = Table(
    "access_failure", metadata,
    Column("id", ROW_ID, primary_key=True),
    Column("name", String(32), nullable=False),
    Column("address", String(64), nullable=False),
    Column("at_s", BigInteger, nullable=False, index=True),
)
audit = Table(
    "access_audit", metadata,
    Column("id", ROW_ID, primary_key=True),
    Column("at_s", BigInteger, nullable=False),
    Column("actor", String(64), nullable=False),  # user name, "key:<name>", "console" or "" before sign-in
    Column("address", String(64), nullable=False),
    Column("action", String(48), nullable=False),
    Column("object", String(128), nullable=False),
    Column("detail", Text, nullable=False),
    Index("access_audit_object", "object"),
)


def user_named(connection: Connection, name: str) -> Row | None:
    """One user, or None."""
    return connection.execute(select(user).where(user.c.name == name)).first()


def users(connection: Connection) -> list[Row]:
    """All users with the time of their last page, by name."""
    seen_at_s = func.coalesce(func.max(session.c.seen_at_s), 0).label("seen_at_s")
    sessions = func.count(session.c.hash).label("sessions")
    joined = user.outerjoin(session, session.c.user == user.c.name)
    own = (user.c.name, user.c.role, user.c.status, user.c.created_at_s, user.c.stores)
    grouped = select(*own, seen_at_s, sessions).select_from(joined).group_by(*own)
    return list(connection.execute(grouped.order_by(user.c.name)))


def users_exist(connection: Connection) -> bool:
    """Whether set-up is done."""
    return connection.execute(select(user.c.name).limit(1)).first() is not None


def active_administrators(connection: Connection) -> list[str]:
    """Names of the users who can manage users."""
    statement = select(user.c.name).where(user.c.role == "administrator", user.c.status == "active")
    return list(connection.execute(statement).scalars())


def add_user(connection: Connection, name: str, role: str, password_hash: str, now_s: int, stores: str = "") -> None:
    """Raises IntegrityError when the name is taken."""
    connection.execute(user.insert().values(
        name=name, role=role, password_hash=password_hash, status="active", created_at_s=now_s, password_at_s=now_s,
        stores=stores,
    ))


def change_user(connection: Connection, name: str, role: str, status: str, stores: str = "") -> None:
    connection.execute(user.update().where(user.c.name == name).values(role=role, status=status, stores=stores))


def set_password(connection: Connection, name: str, password_hash: str, now_s: int) -> None:
    changed = user.update().where(user.c.name == name)
    connection.execute(changed.values(password_hash=password_hash, password_at_s=now_s))


def add_session(connection: Connection, hashed_token: str, name: str, now_s: int, address: str, browser: str) -> None:
    connection.execute(session.insert().values(
        hash=hashed_token, user=name, created_at_s=now_s, seen_at_s=now_s, address=address[:64], browser=browser[:160],
    ))


def session_of(connection: Connection, hashed_token: str) -> Row | None:
    """The session and its user's role, for an active user; None otherwise."""
    joined = session.join(user, user.c.name == session.c.user)
    statement = select(session, user.c.role, user.c.stores).select_from(joined)
    return connection.execute(statement.where(session.c.hash == hashed_token, user.c.status == "active")).first()


def is_stale(seen_at_s: int, now_s: int) -> bool:
    """Whether a new use is worth writing down: at most once a minute."""
    return not seen_at_s or seen_at_s < now_s - SESSION_TOUCH_S


def touch_session(connection: Connection, hashed_token: str, now_s: int) -> None:
    """Note that a page was read."""
    connection.execute(session.update().where(session.c.hash == hashed_token).values(seen_at_s=now_s))


def end_session(connection: Connection, hashed_token: str) -> None:
    connection.execute(session.delete().where(session.c.hash == hashed_token))


def end_sessions(connection: Connection, name: str, but: str = "") -> int:
    """Sign a user out everywhere, but for one session; how many were ended."""
    return connection.execute(session.delete().where(session.c.user == name, session.c.hash != but)).rowcount


def add_key(connection: Connection, hashed_token: str, name: str, role: str, by: str, now_s: int) -> None:
    """Raises IntegrityError when the name is taken."""
    connection.execute(api_key.insert().values(
        hash=hashed_token, name=name, role=role, created_at_s=now_s, created_by=by, seen_at_s=0, withdrawn_at_s=0,
    ))


def key_of(connection: Connection, hashed_token: str) -> Row | None:
    """A key that has not been withdrawn."""
    valid = (api_key.c.hash == hashed_token) & (api_key.c.withdrawn_at_s == 0)
    return connection.execute(select(api_key).where(valid)).first()


def keys(connection: Connection) -> list[Row]:
    return list(connection.execute(select(api_key).order_by(api_key.c.name)))


def touch_key(connection: Connection, hashed_token: str, now_s: int) -> None:
    """Note a use."""
    connection.execute(api_key.update().where(api_key.c.hash == hashed_token).values(seen_at_s=now_s))


def withdraw_key(connection: Connection, name: str, now_s: int) -> bool:
    """Whether there was such a valid key."""
    valid = (api_key.c.name == name) & (api_key.c.withdrawn_at_s == 0)
    return connection.execute(api_key.update().where(valid).values(withdrawn_at_s=now_s)).rowcount == 1


def add_setup_code(connection: Connection, hashed_token: str, now_s: int) -> None:
    """A new code ends those before it."""
    connection.execute(setup_code.delete().where(setup_code.c.used_at_s == 0))
    connection.execute(setup_code.insert().values(hash=hashed_token, created_at_s=now_s, used_at_s=0))


def use_setup_code(connection: Connection, hashed_token: str, made_after_s: int, now_s: int) -> bool:
    """Whether the code was there, unused and made after that time; it is used from now on."""
    fresh = (setup_code.c.used_at_s == 0) & (setup_code.c.created_at_s > made_after_s)
    this = setup_code.update().where(setup_code.c.hash == hashed_token, fresh)
    return connection.execute(this.values(used_at_s=now_s)).rowcount == 1


def add_failure(connection: Connection, name: str, address: str, now_s: int) -> None:
    """Keep a failed try; those older than the window go."""
    connection.execute(failure.delete().where(failure.c.at_s < now_s - THROTTLE_WINDOW_S))
    connection.execute(failure.insert().values(name=name[:32], address=address[:64], at_s=now_s))


def failures(connection: Connection, name: str, address: str, now_s: int) -> dict[str, int]:
    """Failed tries within the window, by the keys of rules.THROTTLE_FAILURES_MAX."""
    by_name, by_address = failure.c.name == name[:32], failure.c.address == address[:64]
    conditions = {"name_at_address": by_name & by_address, "address": by_address, "name": by_name}
    recent = failure.c.at_s > now_s - THROTTLE_WINDOW_S
    counted = {key: select(func.count()).where(recent, where) for key, where in conditions.items()}
    return {key: connection.execute(statement).scalar_one() for key, statement in counted.items()}


def forget_failures(connection: Connection, name: str, address: str) -> None:
    """After a success the pair starts anew."""
    connection.execute(failure.delete().where(failure.c.name == name[:32], failure.c.address == address[:64]))


def add_audit(
    connection: Connection, at_s: int, actor: str, address: str, action: str, of: str = "", detail: str = ""
) -> None:
    """One line of the record of who did what. Never holds a password, token or personal data."""
    connection.execute(audit.insert().values(
        at_s=at_s, actor=actor[:64], address=address[:64], action=action, object=of[:128], detail=detail,
    ))


def audit_lines(connection: Connection, limit: int, before_id: int | None = None, actor: str = "", action: str = "",
                of: str = "") -> list[Row]:
    """Newest first, before that id, filtered by equality."""
    statement = select(audit).order_by(audit.c.id.desc()).limit(limit)
    if before_id:
        statement = statement.where(audit.c.id < before_id)
    for column, wanted in ((audit.c.actor, actor), (audit.c.action, action), (audit.c.object, of)):
        if wanted:
            statement = statement.where(column == wanted)
    return list(connection.execute(statement))


def audit_actions(connection: Connection) -> list[str]:
    """The actions that have occurred, for the filter."""
    return list(connection.execute(select(audit.c.action).distinct().order_by(audit.c.action)).scalars())
