"""`tapwell hq ...`: setting up and running head office, and what people do at its console.

Every command works on DIR while head office runs or not: it opens the database itself, and running processes notice
within half a second. --json prints one JSON object for programs.
"""

import logging
import sys
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
import uvloop

from hq_server.access import sign_in
from hq_server.alarms.commands import app as alarm_app
from hq_server.backup import commands as backups
from hq_server.bootstrap import open_hq, set_up
from hq_server.cards.commands import app as card_app
from hq_server.cards.commands import member_status
from hq_server.config import Config, read_config, write_config
from hq_server.console import HERE, WHO, Dir, Json, told_when_done, writing
from hq_server.errors import HqError
from hq_server.fleet import enrolment, terminals
from hq_server.fleet.commands import retire_store
from hq_server.fleet.schemas import NewStore
from hq_server.fuel.commands import app as fuel_app
from hq_server.goods import changes as goods
from hq_server.imports.commands import app as import_app
from hq_server.members import changes as members
from hq_server.members.schemas import NewMember, Person
from hq_server.releases.commands import app as release_app
from hq_server.rules import changes as rules
from hq_server.staff.changes import StaffMember, put_staff
from hq_server.vault import lives

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Head office.", pretty_exceptions_enable=False)

store_app = typer.Typer(no_args_is_help=True, help="Stores and their gateways.")
terminal_app = typer.Typer(no_args_is_help=True, help="Terminals.")
member_app = typer.Typer(no_args_is_help=True, help="Members.")
goods_app = typer.Typer(no_args_is_help=True, help="The catalogue.")
staff_app = typer.Typer(no_args_is_help=True, help="Attendants.")
rules_app = typer.Typer(no_args_is_help=True, help="The chain's rules.")
key_app = typer.Typer(no_args_is_help=True, help="Keys for programs.")
for name, area in (
    ("store", store_app), ("terminal", terminal_app), ("member", member_app), ("card", card_app),
    ("goods", goods_app), ("staff", staff_app), ("rules", rules_app), ("key", key_app),
    ("fuel", fuel_app), ("release", release_app), ("alarm", alarm_app), ("import", import_app),
):
    app.add_typer(area, name=name)
app.command("backup")(backups.backup)
app.command("restore")(backups.restore_backup)
app.command("retire")(retire_store)


@app.command()
def init(
    directory: Dir = HERE,
    name: Annotated[str, typer.Option(help="Name of the chain.")] = "Tapwell",
    currency: Annotated[str, typer.Option(help="ISO 4217 code.")] = "EUR",
    exponent: Annotated[int, typer.Option(help="Digits of the minor unit: 0, 2 or 3.")] = 2,
    gateway_host: Annotated[str, typer.Option(help="Where to listen for stores.")] = Config.gateway_host,
    gateway_port: Annotated[int, typer.Option(help="Port for stores.")] = Config.gateway_port,
    pages_host: Annotated[str, typer.Option(help="Where to listen for browsers.")] = Config.pages_host,
    pages_port: Annotated[int, typer.Option(help="Port for browsers.")] = Config.pages_port,
    host_name: Annotated[list[str] | None, typer.Option(help="A name or address by which stores reach it.")] = None,
    database: Annotated[str, typer.Option(help="Database URL; empty: SQLite in DIR.")] = "",
    as_json: Json = False,
) -> None:
    """Makes database, certificate authority and signing key; prints the first administrator's one-time code."""
    names = (*Config.names, *(host_name or ()))
    with told_when_done(as_json) as told:
        hq = open_hq(write_config(directory, gateway_port, pages_port, gateway_host, pages_host, names, database))
        keys = set_up(hq, name, currency, exponent)
        with hq.db.write() as connection:
            code = sign_in.make_setup_code(connection, hq.now_s())
        told(
            {"dir": str(hq.config.dir), "admin_code": code, "ca_fingerprint": keys.authority.fingerprint},
            f"Head office of {name} is set up in {hq.config.dir}.\n"
            f"Its authority's fingerprint, for enrolling gateways: {keys.authority.fingerprint}\n"
            f"One-time code of the first administrator: {code}\n"
            f"Now: tapwell hq run --dir {directory}, then open http://{pages_host}:{pages_port}",
        )
        hq.close()


@app.command()
def run(directory: Dir = HERE) -> None:
    """Serves stores and browsers until it is stopped."""
    from hq_server.serve import run as serve

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(levelname)s %(message)s", stream=sys.stderr)
    for noisy in ("alembic", "uvicorn"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    with told_when_done(False):
        hq = open_hq(read_config(directory))
        assert hq.keys

        def ready(gateway_port: int, pages_port: int) -> None:
            print(f"stores: https://{hq.config.gateway_host}:{gateway_port}", flush=True)
            print(f"pages: http://{hq.config.pages_host}:{pages_port}", flush=True)

        uvloop.run(serve(hq, ready))
        hq.close()


@app.command("admin-code")
def admin_code(directory: Dir = HERE, as_json: Json = False) -> None:
    """A new one-time code for the first administrator; earlier ones end."""
    with writing(directory, as_json) as (hq, connection, told):
        code = sign_in.make_setup_code(connection, hq.now_s())
        told({"admin_code": code}, f"One-time code: {code}")


@app.command()
def fingerprint(directory: Dir = HERE, as_json: Json = False) -> None:
    """The authority's SHA-256 fingerprint, for enrolling gateways and terminals."""
    with told_when_done(as_json) as told:
        hq = open_hq(read_config(directory))
        told({"ca_fingerprint": hq.keys.authority.fingerprint}, hq.keys.authority.fingerprint)
        hq.close()


@store_app.command("add")
def store_add(
    code: Annotated[str, typer.Option(help="4 to 6 digits.")],
    directory: Dir = HERE,
    name: Annotated[str, typer.Option(help="For screens and receipts.")] = "",
    region: str = "",
    timezone: Annotated[str, typer.Option(help="IANA name, for the business date.")] = "UTC",
    language: Annotated[str, typer.Option(help="zh or en: goods on screens and receipts.")] = "en",
    right_principal: Annotated[int, typer.Option(help="Minor units it may credit by itself.")] = 2000000,
    right_bonus: Annotated[int, typer.Option(help="Minor units of bonus.")] = 2000000,
    right_points: Annotated[int, typer.Option(help="Points.")] = 2000000,
    right_adjust: Annotated[int, typer.Option(help="What its people may correct, per asset; 0: nothing.")] = 0,
    right_punches: Annotated[int, typer.Option(help="Punches it may give by itself.")] = 2000,
    loss_cap: Annotated[int, typer.Option(help="Minor units that may be advanced and lost there.")] = 200000,
    as_json: Json = False,
) -> None:
    """Adds a store; prints its gateway's one-time code."""
    issuing = (right_principal, right_bonus, right_points, right_adjust, right_punches)
    new = NewStore(code, name, region, timezone, language, *issuing, loss_cap)
    with writing(directory, as_json) as (hq, connection, told):
        once = enrolment.add_store(connection, new, hq.now_s())
        known = hq.keys.authority.fingerprint
        told({"store": code, "code": once, "ca_fingerprint": known}, f"Gateway's one-time code of {code}: {once}")


@store_app.command("code")
def store_code(code: str, directory: Dir = HERE, as_json: Json = False) -> None:
    """Another one-time code for a store's gateway: a new machine, or an old one that starts over."""
    with writing(directory, as_json) as (hq, connection, told):
        once = enrolment.new_code(connection, "gateway", code, hq.now_s())
        told({"store": code, "code": once}, f"Gateway's one-time code of {code}: {once}")


@store_app.command("fence")
def store_fence(code: str, directory: Dir = HERE, reason: str = "by an operator", as_json: Json = False) -> None:
    """Books nothing more from a store's gateway until it is enrolled again."""
    with writing(directory, as_json) as (hq, connection, told):
        lives.fence(hq.vault_on(connection), code, reason)
        told({"store": code, "status": "fenced"}, f"{code} is fenced.")


@terminal_app.command("add")
def terminal_add(
    terminal: Annotated[str, typer.Argument(help="'0001-pos1'")],
    application: Annotated[str, typer.Option("--app", help="reader, pos or pump")],
    directory: Dir = HERE,
    as_json: Json = False,
) -> None:
    """Adds a terminal; prints its one-time code."""
    with writing(directory, as_json) as (hq, connection, told):
        code = enrolment.add_terminal(connection, terminal, application, hq.now_s())
        known = hq.keys.authority.fingerprint
        told({"terminal": terminal, "code": code, "ca_fingerprint": known}, f"One-time code of {terminal}: {code}")


@terminal_app.command("code")
def terminal_code(terminal: str, directory: Dir = HERE, as_json: Json = False) -> None:
    """Another one-time code for a terminal: new keys, and the old certificate ends."""
    with writing(directory, as_json) as (hq, connection, told):
        code = enrolment.new_code(connection, "terminal", terminal, hq.now_s())
        told({"terminal": terminal, "code": code}, f"One-time code of {terminal}: {code}")


@terminal_app.command("revoke")
def terminal_revoke(terminal: str, directory: Dir = HERE, reason: str = "lost", as_json: Json = False) -> None:
    """Ends a terminal's certificate; its store hears so within seconds."""
    with writing(directory, as_json) as (hq, connection, told):
        terminals.revoke_terminal(connection, hq.post, hq.keys, hq.sealer, terminal, reason, hq.now_s())
        told({"terminal": terminal, "status": "revoked"}, f"{terminal} is revoked.")


@member_app.command("add")
def member_add(
    directory: Dir = HERE,
    display: Annotated[str, typer.Option(help="The name the member chose to be shown.")] = "",
    home: Annotated[str, typer.Option(help="Home store.")] = "",
    level: str = "regular",
    card: Annotated[list[str] | None, typer.Option(help="'0001:04A1B2C3D4E5F6'")] = None,
    account: Annotated[str, typer.Option(help="32 hex digits; made here if empty.")] = "",
    person_name: str = "",
    phone: str = "",
    file: Annotated[Path | None, typer.Option("--from", help="Many: one JSON object a line, as in the API.")] = None,
    as_json: Json = False,
) -> None:
    """Adds a member, or many from a file."""
    person = Person(person_name, phone) if person_name or phone else None
    many = [NewMember(account, level, display, home, card or [], person=person)]
    with writing(directory, as_json) as (hq, connection, told):
        if file is not None:
            many = [_read(line, NewMember, number) for number, line in enumerate(file.read_bytes().splitlines(), 1)]
        accounts = members.add_members(connection, hq.post, many, hq.now_s())
        told({"accounts": accounts}, "\n".join(accounts))


member_app.command("status")(member_status)


@goods_app.command("import")
def goods_import(file: Path, directory: Dir = HERE, as_json: Json = False) -> None:
    """Reads goods from CSV: code,name_zh,name_en,price_milli,unit,tax_code,tax_bp,category."""
    with writing(directory, as_json) as (hq, connection, told):
        items = goods.read_csv(file.read_text(encoding="utf-8"))
        version = goods.put_goods(connection, hq.post, items)
        told({"version": version, "items": len(items)}, f"{len(items)} items; the catalogue is at version {version}.")


@staff_app.command("add")
def staff_add(
    operator: str,
    directory: Dir = HERE,
    name: str = "",
    role: Annotated[str, typer.Option(help="attendant or supervisor")] = "attendant",
    store: Annotated[str, typer.Option(help="Empty: every store.")] = "",
    pin: Annotated[str, typer.Option(help="4 to 12 digits; empty: the one before, or none.")] = "",
    card: Annotated[list[str] | None, typer.Option(help="Staff card.")] = None,
    status: str = "active",
    as_json: Json = False,
) -> None:
    """Writes an attendant, new or known."""
    with writing(directory, as_json) as (hq, connection, told):
        one = StaffMember(operator, name or operator, role, store, pin or None, card or [], status)
        put_staff(connection, hq.post, one, hq.now_s())
        told({"operator": operator}, f"Attendant {operator} is written.")


@rules_app.command("set")
def rules_set(
    file: Annotated[Path, typer.Argument(help="JSON")], directory: Dir = HERE, as_json: Json = False
) -> None:
    """Lays down the chain's rules as a new version."""
    with writing(directory, as_json) as (hq, connection, told):
        version = rules.put_rules(connection, hq.post, _read(file.read_bytes(), dict[str, Any], 1), WHO, hq.now_s())
        told({"version": version}, f"The rules are at version {version}.")


@rules_app.command("show")
def rules_show(directory: Dir = HERE) -> None:
    """Prints the rules that count, as JSON."""
    with writing(directory, True) as (_, connection, told):
        told(rules.message(connection), "")


@key_app.command("add")
def key_add(name: str, directory: Dir = HERE, role: str = "finance", as_json: Json = False) -> None:
    """Makes a key for a program: Authorization: Bearer KEY. It is shown this once."""
    with writing(directory, as_json) as (hq, connection, told):
        try:
            key = sign_in.make_key(connection, WHO, name, role, sign_in.Visit(hq.now_s(), WHO))
        except ValueError as wrong:
            raise HqError("bad_key", str(wrong)) from None
        told({"name": name, "role": role, "key": key}, key)


def _read(raw: bytes, shape, line: int):
    try:
        return msgspec.json.decode(raw, type=shape)
    except msgspec.DecodeError as wrong:
        raise HqError("malformed", f"line {line}: {wrong}") from None
