"""Tables and queries of stores, gateways, incarnations, terminals, their keys, certificates and one-time codes."""

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Integer,
    LargeBinary,
    Row,
    String,
    Table,
    Text,
    bindparam,
    func,
    select,
)

from hq_server import bulk
from hq_server.columns import CLIENT, HEX32, HEX64, STATUS, STORE, amount, at_s, words
from hq_server.db import metadata

shop = Table(
    "store",
    metadata,
    Column("code", STORE, primary_key=True),
    words("name", 48),
    words("region", 48),
    words("timezone", 40, "UTC"),  # IANA name: labels the business date
    words("language", 8, "en"),  # of its goods' names on screens and receipts
    amount("right_principal", 2000000),  # what its gateway may credit by itself before head office has booked it
    amount("right_bonus", 2000000),
    amount("right_points", 2000000),
    amount("right_adjust"),  # what its people may correct, per asset, in its unit; 0: only head office corrects
    amount("right_punches"),
    amount("loss_cap_cents", 200000),  # what head office may advance for it, and lose
    at_s("created_at_s"),
)

gateway = Table(
    "gateway",
    metadata,
    Column("store", STORE, primary_key=True),
    words("incarnation", 32),  # the enrolled one; empty before the first enrolment
    Column("status", STATUS, nullable=False, default="waiting"),  # waiting, enrolled, fenced
    at_s("heartbeat_at_s"),
    amount("head_seq"),  # what it said it has written
    amount("outbox"),  # what it said it has not yet delivered
    amount("clock_ahead_s"),  # its clock minus ours at the last heartbeat
    words("version", 24),
)

incarnation = Table(
    "incarnation",
    metadata,
    Column("incarnation", HEX32, primary_key=True),
    Column("store", STORE, nullable=False, index=True),
    Column("status", STATUS, nullable=False),  # enrolled, fenced, replaced, closed: its case is
    amount("cursor_seq"),  # last event booked
    Column("head", HEX64, nullable=False),  # hash chain up to there
    amount("last_receipt"),  # receipts have no gaps within a store
    at_s("enrolled_at_s"),
    at_s("fenced_at_s"),
    words("reason", 200),
)

terminal = Table(
    "terminal",
    metadata,
    Column("terminal", CLIENT, primary_key=True),
    Column("store", STORE, nullable=False, index=True),
    words("app", 8),  # reader, pos, pump
    Column("status", STATUS, nullable=False, default="waiting"),  # waiting, active, revoked
    words("serial", 40),  # of its certificate, hex
    amount("key_number"),
    at_s("enrolled_at_s"),
    at_s("seen_at_s"),
    Column("online", Boolean, nullable=False, default=False),
    amount("heap_free"),
    words("firmware", 24),
)

terminal_key = Table(
    "terminal_key",
    metadata,
    Column("terminal", CLIENT, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("link_key", LargeBinary, nullable=False),  # sealed
    Column("witness_key", LargeBinary, nullable=False),  # sealed
    at_s("created_at_s"),
)

certificate = Table(
    "certificate",
    metadata,
    Column("serial", String(40), primary_key=True),  # lower-case hex
    Column("name", CLIENT, nullable=False, index=True),  # common name = client id
    Column("store", STORE, nullable=False, default=""),
    Column("pem", Text, nullable=False),
    at_s("issued_at_s"),
    at_s("renew_by_s"),  # ten years: an alarm, never the end of trade
    at_s("revoked_at_s"),
    words("reason", 64),
)

code = Table(
    "enrolment_code",
    metadata,
    Column("hash", HEX64, primary_key=True),
    words("kind", 8),  # gateway, terminal
    words("subject", 20),  # store code or terminal
    at_s("created_at_s"),
    at_s("expires_at_s"),
    at_s("used_at_s"),
)


def stores(connection: Connection) -> list[Row]:
    """All stores with their gateway and the incarnation's cursor, by code."""
    joined = shop.outerjoin(gateway, gateway.c.store == shop.c.code).outerjoin(
        incarnation, incarnation.c.incarnation == gateway.c.incarnation
    )
    columns = [*shop.c, *(c for c in gateway.c if c.name != "store"), incarnation.c.cursor_seq, incarnation.c.reason]
    return list(connection.execute(select(*columns).select_from(joined).order_by(shop.c.code)))


def store_row(connection: Connection, store: str) -> Row | None:
    """One store, or None."""
    return connection.execute(select(shop).where(shop.c.code == store)).first()


def set_store(connection: Connection, store: str, **values) -> bool:
    """Changes a store; whether there is one."""
    return bool(connection.execute(shop.update().where(shop.c.code == store).values(**values)).rowcount)


def add_store(connection: Connection, store: str, now_s: int, **values) -> None:
    """A store and its gateway's empty place."""
    connection.execute(shop.insert().values(code=store, created_at_s=now_s, **values))
    connection.execute(gateway.insert().values(store=store, incarnation="", status="waiting"))


ONE_GATEWAY = select(gateway).where(gateway.c.store == bindparam("store"))  # asked for at every turn: built once


def gateway_row(connection: Connection, store: str) -> Row | None:
    """The gateway of a store, or None."""
    return connection.execute(ONE_GATEWAY, {"store": store}).first()


def enrolled_stores(connection: Connection) -> list[str]:
    """Stores with an enrolled gateway: those that are told of changes."""
    chosen = select(gateway.c.store).where(gateway.c.status == "enrolled")
    return list(connection.execute(chosen.order_by(gateway.c.store)).scalars())


def set_gateway(connection: Connection, store: str, **values) -> None:
    """Changes the gateway's row."""
    connection.execute(gateway.update().where(gateway.c.store == store).values(**values))


def gateway_values(connection: Connection, store: str, names: tuple[str, ...]) -> tuple | None:
    """Some columns of a store's gateway, or None."""
    return bulk.one(connection, gateway, "store", store, names)


def incarnation_values(connection: Connection, number: str, names: tuple[str, ...]) -> tuple | None:
    """Some columns of one life of a gateway, or None."""
    return bulk.one(connection, incarnation, "incarnation", number, names)


def incarnation_row(connection: Connection, number: str) -> Row | None:
    """One life of a gateway, or None."""
    return connection.execute(select(incarnation).where(incarnation.c.incarnation == number)).first()


def incarnations_of(connection: Connection, store: str) -> list[Row]:
    """All lives of a store's gateway, first one first."""
    lives = select(incarnation).where(incarnation.c.store == store)
    return list(connection.execute(lives.order_by(incarnation.c.enrolled_at_s, incarnation.c.incarnation)))


def lives_gone(connection: Connection) -> list[Row]:
    """Lives that were replaced, the latest first."""
    gone = select(incarnation).where(incarnation.c.status.in_(("replaced", "closed")))
    return list(connection.execute(gone.order_by(incarnation.c.fenced_at_s.desc(), incarnation.c.incarnation)))


def add_incarnation(connection: Connection, now_s: int, **values) -> None:
    """A new life."""
    connection.execute(incarnation.insert().values(enrolled_at_s=now_s, **values))


def last_receipt(connection: Connection, store: str) -> int:
    """The highest receipt number that is booked for a store."""
    highest = select(func.max(incarnation.c.last_receipt)).where(incarnation.c.store == store)
    return connection.execute(highest).scalar() or 0


def booked_by_store(connection: Connection) -> dict[str, int]:
    """Store -> events booked over all lives of its gateway."""
    booked = select(incarnation.c.store, func.sum(incarnation.c.cursor_seq)).group_by(incarnation.c.store)
    return {row[0]: int(row[1]) for row in connection.execute(booked)}


def open_lives(connection: Connection, store: str) -> list[str]:
    """Lives of a store whose cases nobody has closed yet."""
    mine = incarnation.c.store == store, incarnation.c.status.in_(("enrolled", "fenced", "replaced"))
    return sorted(connection.scalars(select(incarnation.c.incarnation).where(*mine)))


def set_incarnation(connection: Connection, number: str, **values) -> None:
    """Changes a life's row."""
    row = (*values.values(), number)
    bulk.change(connection, incarnation, tuple(values), ("incarnation",), [row])


def terminals(connection: Connection, store: str | None = None) -> list[Row]:
    """Terminals of a store or of all, by name."""
    statement = select(terminal).order_by(terminal.c.terminal)
    return list(connection.execute(statement if store is None else statement.where(terminal.c.store == store)))


def terminal_row(connection: Connection, name: str) -> Row | None:
    """One terminal, or None."""
    return connection.execute(select(terminal).where(terminal.c.terminal == name)).first()


def add_terminal(connection: Connection, name: str, store: str, app: str) -> None:
    """A terminal that may be enrolled."""
    connection.execute(terminal.insert().values(terminal=name, store=store, app=app, status="waiting"))


def set_terminal(connection: Connection, name: str, **values) -> None:
    """Changes a terminal's row."""
    connection.execute(terminal.update().where(terminal.c.terminal == name).values(**values))


def add_terminal_key(connection: Connection, name: str, number: int, link: bytes, witness: bytes, now_s: int) -> None:
    """Sealed keys under their number; old numbers stay as long as the events."""
    connection.execute(
        terminal_key.insert().values(
            terminal=name, number=number, link_key=link, witness_key=witness, created_at_s=now_s
        )
    )


def terminal_keys(connection: Connection, name: str) -> list[Row]:
    """All keys of a terminal, newest last."""
    kept = select(terminal_key).where(terminal_key.c.terminal == name)
    return list(connection.execute(kept.order_by(terminal_key.c.number)))


def sealed_witness_key(connection: Connection, name: str, number: int) -> bytes | None:
    """One sealed witness key, or None."""
    chosen = (terminal_key.c.terminal == name, terminal_key.c.number == number)
    return connection.execute(select(terminal_key.c.witness_key).where(*chosen)).scalar()


def add_certificate(connection: Connection, serial: str, name: str, store: str, pem: str, now_s: int, by_s: int):
    """A certificate that was issued."""
    connection.execute(
        certificate.insert().values(
            serial=serial, name=name, store=store, pem=pem, issued_at_s=now_s, renew_by_s=by_s, revoked_at_s=0,
            reason="",
        )
    )


def certificate_row(connection: Connection, serial: str) -> Row | None:
    """One certificate, or None."""
    return connection.execute(select(certificate).where(certificate.c.serial == serial)).first()


def revoke_certificates(
    connection: Connection, names: list[str], reason: str, now_s: int, but: tuple = ()
) -> list[str]:
    """Revokes all valid certificates of these names; their serials."""
    valid = (certificate.c.name.in_(names), certificate.c.revoked_at_s == 0, certificate.c.serial.not_in(but))
    serials = list(connection.execute(select(certificate.c.serial).where(*valid)).scalars())
    connection.execute(certificate.update().where(*valid).values(revoked_at_s=max(now_s, 1), reason=reason))
    return serials


def revoked(connection: Connection) -> list[Row]:
    """All revoked certificates: serial, name, revoked_at_s."""
    columns = (certificate.c.serial, certificate.c.name, certificate.c.revoked_at_s)
    ended = select(*columns).where(certificate.c.revoked_at_s > 0)
    return list(connection.execute(ended.order_by(certificate.c.serial)))


def certificates_to_renew(connection: Connection, before_s: int) -> list[Row]:
    """Valid certificates whose tenth year ends before then."""
    return list(
        connection.execute(
            select(certificate).where(certificate.c.revoked_at_s == 0, certificate.c.renew_by_s < before_s)
        )
    )


def add_code(connection: Connection, hashed: str, kind: str, subject: str, now_s: int, expires_at_s: int) -> None:
    """A new one-time code replaces unused ones of the same subject."""
    connection.execute(code.delete().where(code.c.kind == kind, code.c.subject == subject, code.c.used_at_s == 0))
    connection.execute(
        code.insert().values(
            hash=hashed, kind=kind, subject=subject, created_at_s=now_s, expires_at_s=expires_at_s, used_at_s=0
        )
    )


def code_row(connection: Connection, hashed: str) -> Row | None:
    """One code by its hash, or None."""
    return connection.execute(select(code).where(code.c.hash == hashed)).first()


def use_code(connection: Connection, hashed: str, now_s: int) -> bool:
    """Marks it used; False if somebody was faster."""
    unused = code.update().where(code.c.hash == hashed, code.c.used_at_s == 0)
    return bool(connection.execute(unused.values(used_at_s=max(now_s, 1))).rowcount)


def terminal_counts(connection: Connection) -> dict[str, tuple[int, int]]:
    """Store -> (terminals, of them online), without the revoked ones."""
    online = func.sum(terminal.c.online.cast(Integer))
    counted = select(terminal.c.store, func.count(), online).where(terminal.c.status != "revoked")
    rows = connection.execute(counted.group_by(terminal.c.store))
    return {store: (count, there or 0) for store, count, there in rows}


def enrolled_gateways(connection: Connection) -> list[Row]:
    """The gateways that are told of changes."""
    return list(connection.execute(select(gateway).where(gateway.c.status == "enrolled").order_by(gateway.c.store)))


def gateways_with_life(connection: Connection) -> list[Row]:
    """Gateways that may be selling, whether they are heard or not, by store."""
    chosen = (gateway.c.incarnation != "", gateway.c.status != "retired")
    return list(connection.execute(select(gateway).where(*chosen).order_by(gateway.c.store)))


def forget_link_keys(connection: Connection, names: list[str]) -> None:
    """Nobody speaks under them any more; witness keys stay, for what the events say."""
    chosen = terminal_key.c.terminal.in_(names)
    connection.execute(terminal_key.update().where(chosen).values(link_key=b""))


def forget_codes(connection: Connection, subjects: list[str]) -> None:
    """One-time codes that were not used."""
    connection.execute(code.delete().where(code.c.subject.in_(subjects), code.c.used_at_s == 0))
