"""`tapwell hq alarm ...`: what is open, that somebody has looked, and whether webhook and mail work.

    tapwell hq alarm list --dir hq [--language zh]
    tapwell hq alarm close 17 --dir hq
    tapwell hq alarm test --dir hq            one made-up alarm by every way of hq.toml, at once
"""

from typing import Annotated, NamedTuple

import typer

from hq_server.access.store import add_audit
from hq_server.alarms import changes, store
from hq_server.alarms.api import alarm_told
from hq_server.alarms.kinds import kind_of
from hq_server.alarms.sending import Way, ways
from hq_server.alarms.webhook import NotSent
from hq_server.bootstrap import open_hq
from hq_server.config import read_config
from hq_server.console import HERE, WHO, Dir, Json, told_when_done, writing
from hq_server.errors import HqError, not_found
from hq_server.web.figures import moment

app = typer.Typer(no_args_is_help=True, help="Alarms: what somebody should look at.")


class Trial(NamedTuple):
    """A step that never was."""

    id: int
    alarm: int
    what: str
    at_s: int
    store: str
    terminal: str
    kind: str
    detail: str
    first_at_s: int
    count: int


@app.command("list")
def list_open(
    directory: Dir = HERE, language: Annotated[str, typer.Option(help="en or zh")] = "en", as_json: Json = False
) -> None:
    """Open alarms, the newest first, each with what to do."""
    with writing(directory, as_json) as (_, connection, told):
        rows = store.open_alarms(connection)
        lines = []
        for row in rows:
            title, do = kind_of(row.kind).words(language)
            place = row.terminal or row.store or "-"
            lines.append(f"{row.id}  {moment(row.first_at_s)}  {place}  {title} ({row.detail})\n      -> {do}")
        told({"alarms": [alarm_told(row) for row in rows]}, "\n".join(lines) or "No alarm.")


@app.command()
def close(number: int, directory: Dir = HERE, as_json: Json = False) -> None:
    """Somebody has looked at it; one that lasts ends when its trouble does."""
    with writing(directory, as_json) as (hq, connection, told):
        if not changes.look_at(connection, number, WHO, hq.now_s()):
            raise not_found(f"open alarm {number}")
        add_audit(connection, hq.now_s(), WHO, "", "alarm_closed", f"alarm:{number}")
        told({"id": number}, f"Alarm {number}: noted.")


@app.command()
def test(directory: Dir = HERE, as_json: Json = False) -> None:
    """Sends a made-up alarm by every way that hq.toml names, and says what came of it."""
    with told_when_done(as_json) as told:
        hq = open_hq(read_config(directory))  # no transaction: a mail server may take its time
        try:
            outcome = {way.name: _tried(way, hq.now_s()) for way in ways(hq)}
        finally:
            hq.close()
        if not outcome:
            raise HqError("no_way_out", "name a webhook or a mail server under [alarms] in hq.toml")
        told(outcome, "\n".join(f"{name}: {came}" for name, came in outcome.items()))


def _tried(way: Way, now_s: int) -> str:
    trial = Trial(0, 0, store.RAISED, now_s, "", "", "alarm", "only a test, nothing to do", now_s, 1)
    try:
        way.send([trial])  # pyright: ignore[reportArgumentType] # has what a row has
    except NotSent as trouble:
        return str(trouble)
    return "sent"
