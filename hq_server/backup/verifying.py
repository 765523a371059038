"""Reads a backup from its first to its last byte and checks what it says: sums, chains of events, books, keys."""

from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path

from sqlalchemy import Connection

from hq_server.backup import store
from hq_server.backup.envelope import opened
from hq_server.backup.making import is_name
from hq_server.backup.records import Sums, unpacked
from hq_server.bootstrap import Hq
from hq_server.config import FILE
from hq_server.errors import HqError
from hq_server.fleet.rules import genesis
from hq_server.sealing import SECRET_FILE, Sealer

SIDES = (("debit_", -1), ("credit_", 1))
LINE = ("book", "party", "asset", "holder", "lot")


class Reader:
    """The records of a backup; after the last one everything has been counted and summed."""

    def __init__(self, file: Path, passphrase: str):
        self._file, self._passphrase = file, passphrase
        self.manifest: dict = {}
        self.files: dict[str, bytes] = {}
        self.columns: dict[str, list[str]] = {}

    def rows(self) -> Iterator[tuple[str, list[list]]]:
        """(table, rows), in the order in which tables refer to each other. Raises HqError."""
        sums, end = Sums(), None
        with self._file.open("rb") as file:
            for record, raw in unpacked(opened(file, self._passphrase)):
                kind, *told = record
                if kind == "rows":
                    sums.add(told[0], len(told[1]), raw)
                    yield told[0], told[1]
                elif kind == "table":
                    self.columns[told[0]] = told[1]
                elif kind == "file":
                    self._keep_file(*told)
                elif kind == "manifest":
                    self.manifest = told[0]
                elif kind == "end":
                    end = told[0]
        counted = {table: rows for table, rows in self.manifest.get("rows", {}).items() if rows}
        if end is None or end != sums.told() or {table: rows for table, (rows, _) in end.items()} != counted:
            raise HqError("backup_damaged", "its rows are not those that were written")

    def _keep_file(self, name: str, raw: bytes) -> None:
        if not is_name(name):
            raise HqError("backup_damaged", "a file called " + name)
        self.files[name] = raw


def verify(file: Path, passphrase: str, progress: Callable[[int, int], None]) -> Reader:
    """Checks all of it without a database. Raises HqError: not_there, wrong_passphrase, backup_damaged and so on."""
    if not file.is_file():
        raise HqError("not_there", str(file))
    reader, audit, done = Reader(file, passphrase), Audit(), 0
    for table, rows in reader.rows():
        look = audit.looks.get(table)
        if look is not None:
            look([dict(zip(reader.columns[table], row, strict=True)) for row in rows])
        done += len(rows)
        progress(done, sum(reader.manifest["rows"].values()))
    audit.finish(reader)
    return reader


class Audit:
    """What must hold in the rows of any head office: chains, books that add up, keys that open."""

    def __init__(self) -> None:
        self._heads: dict[str, str] = {}
        self._lines: dict[tuple, int] = {}
        self._balances: dict[tuple, int] = {}
        self._sealed: dict[str, bytes] = {}
        self._cursors: dict[str, tuple[int, str]] = {}
        self.looks: dict[str, Callable[[list[dict]], None]] = {
            "event": self._event, "entry": self._entry, "balance": self._balance, "secret": self._secret,
            "incarnation": self._incarnation,
        }

    def finish(self, reader: Reader) -> None:
        """Raises HqError('backup_damaged')."""
        if {line: left for line, left in self._lines.items() if left} != self._balances:
            raise HqError("backup_damaged", "balances are not the sums of their entries")
        for life, (seq, head) in self._cursors.items():
            if seq and self._heads.get(life) != head:
                raise HqError("backup_damaged", f"the events of {life} do not end as its cursor says")
        if FILE not in reader.files:
            raise HqError("backup_damaged", FILE + " is missing")
        if SECRET_FILE in reader.files:
            sealer = Sealer(bytes.fromhex(reader.files[SECRET_FILE].decode().strip()))
            for name, sealed in self._sealed.items():
                sealer.open(name, sealed)

    def _event(self, rows: list[dict]) -> None:
        for row in rows:
            life = row["incarnation"]
            before = self._heads.get(life) or genesis(life)
            head = sha256(bytes.fromhex(before) + row["raw"].encode()).hexdigest()
            if head != row["hash"]:
                raise HqError("backup_damaged", f"event {row['seq']} of {life} does not continue its chain")
            self._heads[life] = head

    def _entry(self, rows: list[dict]) -> None:
        for row in rows:
            for side, sign in SIDES:
                line = tuple(row[side + part] for part in LINE)
                self._lines[line] = self._lines.get(line, 0) + sign * row["amount"]

    def _balance(self, rows: list[dict]) -> None:
        self._balances.update({tuple(row[part] for part in LINE): row["amount"] for row in rows if row["amount"]})

    def _secret(self, rows: list[dict]) -> None:
        self._sealed.update({row["name"]: row["sealed"] for row in rows})

    def _incarnation(self, rows: list[dict]) -> None:
        self._cursors.update({row["incarnation"]: (row["cursor_seq"], row["head"]) for row in rows})


def note(hq: Hq, connection: Connection, file: Path, manifest: dict) -> None:
    """Remembers that a backup of this head office was verified; gateways hear how far they are in it.

    Raises HqError('other_chain') for a backup of another chain.
    """
    if manifest["ca_fingerprint"] != hq.keys.authority.fingerprint:
        raise HqError("other_chain", "a backup of " + manifest["chain"])
    told = {
        "id": manifest["id"], "made_at_s": manifest["made_at_s"], "verified_at_s": hq.now_s(),
        "bytes": file.stat().st_size, "file": str(file.resolve())[-200:],
    }
    store.note_verified(connection, told, manifest["cursors"])
