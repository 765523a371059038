"""`tapwell desk ...`: issue one card or a list, read, block and replace, at a PC with a reader."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from gateway.cards.keyfile import KeyFileError, read_keys
from protocol.errors import ProtocolError
from tools.desk import lists
from tools.desk.office import Office, OfficeError, open_office
from tools.desk.readers import open_reader
from tools.desk.session import CARD_WAIT_S, Desk, GivenUp, Written
from tools.pn532_host import ReaderError

app = typer.Typer(no_args_is_help=True, add_completion=False, help="The issuing desk.", pretty_exceptions_enable=False)
console = Console(highlight=False, markup=False, soft_wrap=True)
FAULTS = (GivenUp, OfficeError, ReaderError, KeyFileError, ProtocolError, lists.BadList, OSError)

WAYS = "pcsc, serial:PORT, tcp:HOST:PORT or libnfc"
ReaderName = Annotated[str, typer.Option("--reader", envvar="TAPWELL_READER", help=WAYS)]
Keys = Annotated[Path, typer.Option("--keys", help="The desk's sealed key file.")]
Secret = Annotated[Path, typer.Option("--secret", help="The file with the secret that opens it.")]
Hq = Annotated[str, typer.Option("--hq", envvar="TAPWELL_HQ", help="Head office's pages; empty: it is told later.")]
KeyFile = Annotated[Path, typer.Option("--hq-key", help="File with the desk's key for head office.")]
Reason = Annotated[str, typer.Option(help="Why, for the deny list.")]
Wait = Annotated[float, typer.Option("--wait", help="Seconds to wait for a card.")]
KEYS, SECRET, HQ_KEY = Path("cards.key"), Path("cards.secret"), Path("desk.key")


@app.command()
def issue(
    account: Annotated[str, typer.Option(help="The member's account, 32 hex digits.")] = "",
    operator: Annotated[str, typer.Option(help="Or an attendant's number.")] = "",
    reader: ReaderName = "pcsc",
    keys: Keys = KEYS,
    secret: Secret = SECRET,
    hq: Hq = "",
    hq_key: KeyFile = HQ_KEY,
    wait: Wait = CARD_WAIT_S,
) -> None:
    """Makes one card, a member's or an attendant's."""
    if bool(account) == bool(operator):
        raise typer.BadParameter("--account or --operator")
    with at_the_desk(reader, keys, secret, wait) as desk:
        console.print("put a fresh card on the reader")
        written = desk.issue(account or operator, "member" if account else "staff")
        if account and hq:
            open_office(hq, hq_key).add_card(written.card, account, written.key_sets)
        what = "tied to " + account if account and hq else "made for " + (account or operator)
        console.print(f"{written.card}  {what}, key sets {written.key_sets}")


@app.command()
def bulk(
    todo: Annotated[Path, typer.Argument(help="CSV: account[,note]")],
    done: Annotated[Path | None, typer.Option(help="What was made; beside the list if empty.")] = None,
    reader: ReaderName = "pcsc",
    keys: Keys = KEYS,
    secret: Secret = SECRET,
    hq: Hq = "",
    hq_key: KeyFile = HQ_KEY,
    wait: Wait = CARD_WAIT_S,
) -> None:
    """Makes the cards of a list, one after the other; stopped, it goes on where it was."""
    done = done or todo.with_suffix(".done.csv")
    office = open_office(hq, hq_key) if hq else None
    with faults():
        rows, before = lists.read_todo(todo), {one.row: one for one in lists.read_done(done)}
        left = [one for one in rows if one.row not in before]
        console.print(f"{len(rows)} cards, {len(rows) - len(left)} made before")
        _tell_late(office, done, list(before.values()))
    with at_the_desk(reader, keys, secret, wait) as desk:
        for number, one in enumerate(left, len(rows) - len(left) + 1):
            console.print(f"{number}/{len(rows)}  row {one.row} {one.note or one.account}: put a fresh card")
            written = desk.issue(one.account, again=True)
            told = _tell(office, written)
            lists.write_done(done, _done(one.row, written, told))
            console.print(f"{number}/{len(rows)}  {written.card}{'' if told else '  (head office is told later)'}")
    console.print(lists.printed(lists.read_done(done), {one.row: one.note for one in rows}))


@app.command("list")
def list_(todo: Annotated[Path, typer.Argument(help="CSV: account[,note]")], done: Path | None = None) -> None:
    """What was made of a list, to print."""
    with faults():
        notes = {one.row: one.note for one in lists.read_todo(todo)}
        console.print(lists.printed(lists.read_done(done or todo.with_suffix(".done.csv")), notes))


@app.command()
def who(reader: ReaderName = "pcsc", keys: Keys = KEYS, secret: Secret = SECRET, wait: Wait = CARD_WAIT_S) -> None:
    """Whose card lies on the reader, proven by its key."""
    with at_the_desk(reader, keys, secret, wait) as desk:
        found = desk.read()
        console.print(f"{found.card}  {found.kind} {found.party}")


@app.command()
def rekey(
    reader: ReaderName = "pcsc",
    keys: Keys = KEYS,
    secret: Secret = SECRET,
    hq: Hq = "",
    hq_key: KeyFile = HQ_KEY,
    wait: Wait = CARD_WAIT_S,
) -> None:
    """Gives a card that is out the newest key sets of all regions."""
    with at_the_desk(reader, keys, secret, wait) as desk:
        written, regions = desk.rekey()
        if hq:
            open_office(hq, hq_key).made_with(written.card, written.key_sets)
        what = "new keys for region " + ", ".join(map(str, regions)) if regions else "had the newest keys"
        console.print(f"{written.card}  {what}, key sets {written.key_sets}")


@app.command()
def block(
    hq: Hq,
    card: Annotated[str, typer.Argument(help="Empty: the card on the reader.")] = "",
    reason: Reason = "lost",
    reader: ReaderName = "pcsc",
    keys: Keys = KEYS,
    secret: Secret = SECRET,
    hq_key: KeyFile = HQ_KEY,
    wait: Wait = CARD_WAIT_S,
) -> None:
    """Blocks a card at every store, by its number or as it lies on the reader."""
    if not card:
        with at_the_desk(reader, keys, secret, wait) as desk:
            card = desk.read().card
    with faults():
        console.print(f"{card}: {_where(open_office(hq, hq_key).block(card, reason)['block'])}")


@app.command()
def replace(
    old: Annotated[str, typer.Argument(help="The card that is gone: '0001:04A1B2C3D4E5F6'")],
    hq: Hq,
    reason: Reason = "lost",
    reader: ReaderName = "pcsc",
    keys: Keys = KEYS,
    secret: Secret = SECRET,
    hq_key: KeyFile = HQ_KEY,
    wait: Wait = CARD_WAIT_S,
) -> None:
    """Makes a new card for the member of an old one, which is blocked as head office ties the new one."""
    with faults():
        office = open_office(hq, hq_key)
        account = office.account_of(old)
    with at_the_desk(reader, keys, secret, wait) as desk:
        console.print(f"{old} belongs to {account}: put a fresh card on the reader")
        new = desk.issue(account)
        told = office.replace(old, new.card, new.key_sets, reason)
        console.print(f"{new.card} takes its place\n{old}: {_where(told['block'])}")


@contextmanager
def at_the_desk(reader: str, keys: Path, secret: Path, wait_s: float) -> Iterator[Desk]:
    """Keys first, then the reader; it is given up at the end."""
    with faults():
        held = read_keys(keys, secret.read_bytes())
        opened = open_reader(reader)
        try:
            yield Desk(opened, held, console.print, wait_s=wait_s)
        finally:
            opened.close()


@contextmanager
def faults() -> Iterator[None]:
    """What goes wrong at a desk is one line, and exit code 1."""
    try:
        yield
    except FAULTS as wrong:
        Console(stderr=True, highlight=False, markup=False, soft_wrap=True).print(str(wrong))
        raise SystemExit(1) from None


def _tell(office: Office | None, written: Written) -> bool:
    """Whether head office knows the card now; being away does not stop the pile."""
    if office is None:
        return False
    try:
        office.add_card(written.card, written.party, written.key_sets)
    except OfficeError as wrong:
        if wrong.reason:
            raise
        return False
    return True


def _tell_late(office: Office | None, path: Path, before: list[lists.Done]) -> None:
    """Cards of earlier that head office was not told of."""
    for one in before:
        if one.told != "yes" and _tell(office, Written(one.card, one.account, one.key_sets)):
            lists.write_done(path, one._replace(told="yes"))


def _done(row: int, written: Written, told: bool) -> lists.Done:
    at = lists.moment(time.time())
    return lists.Done(row, written.party, written.card, written.key_sets, at, "yes" if told else "no")


def _where(block: dict | None) -> str:
    if not block:
        return "was replaced before"
    words = f"{block['status']} at {block['acknowledged']} of {block['stores']} stores"
    waiting = ", ".join(one["store"] for one in block["waiting"][:5])
    return f"{words}; not yet at {waiting} (number {block['number']} of the deny list)" if waiting else words
