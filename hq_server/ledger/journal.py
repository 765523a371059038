"""Head office's own bookings: events of the store "hq", with their own sequence and hash chain, like any gateway's."""

import datetime as dt
import json
from hashlib import sha256

from sqlalchemy import Connection

from hq_server.fleet import store as fleet
from hq_server.fleet.rules import genesis
from hq_server.ingest import store as events
from hq_server.ledger import store
from hq_server.ledger.book import Book
from protocol.ledger.entries import Entry

LIFE = "0" * 32  # head office's incarnation


def open_journal(connection: Connection, now_s: int) -> None:
    """Once per database."""
    fleet.add_incarnation(connection, LIFE, events.HQ, genesis(LIFE), now_s)


def write(
    connection: Connection,
    book: Book,
    kind: str,
    transfer: str,
    account: str,
    entries: tuple[Entry, ...],
    now_s: int,
    **values,
) -> int:
    """Books entries as an event of head office; its id. Raises mirror.Overdrawn."""
    book.post(entries)
    life = fleet.incarnation_row(connection, LIFE)
    assert life is not None
    seq = life.cursor_seq + 1
    rows = [[one.debit.text, one.credit.text, one.amount] for one in entries]
    day = dt.datetime.fromtimestamp(now_s, dt.UTC).date().isoformat()  # head office's own days are those of UTC
    told = {
        "seq": seq, "kind": kind, "at_s": now_s, "business_date": day, "transfer": transfer, "account": account,
        **values, "entries": rows,
    }
    raw = json.dumps(told, ensure_ascii=False, separators=(",", ":"))
    head = sha256(bytes.fromhex(life.head) + raw.encode()).hexdigest()
    fleet.set_incarnation(connection, LIFE, cursor_seq=seq, head=head)
    row = events.blank(store=events.HQ, incarnation=LIFE, seq=seq, hash=head, kind=kind, at_s=now_s)
    row.update(received_at_s=now_s, business_date=day, transfer=transfer, account=account, raw=raw)
    (number,) = events.add_events(connection, [row])
    store.add_entries(connection, [(number, at, one) for at, one in enumerate(entries, 1)])
    return number
