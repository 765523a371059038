"""The same reports on ClickHouse (chDB, in this process): every golden case must agree with DuckDB's to the unit.

    python -m tools.clickhouse      set-up (some 560 MB, into .clickhouse) and all cases; 0 where all agree

Optional: head office itself asks DuckDB. What a chain that moves its facts to ClickHouse has to set is in SETTINGS.
"""

import importlib
import io
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import pyarrow as pa
from rich.console import Console

from hq_server.facts.base import FactBase
from hq_server.facts.files import Folder
from hq_server.facts.shapes import SCHEMAS
from hq_server.reports.catalogue import REPORTS
from hq_server.reports.compiling import CLICKHOUSE
from hq_server.reports.declarations import Answer, Question
from hq_server.reports.register import registers
from hq_server.reports.run import run
from tests.hq_server.reports.golden import story
from tests.hq_server.reports.golden import test_golden as golden

PACKAGES = ("chdb==4.4.0", "chdb-core==26.9.0")  # the pair in which the cases were seen to agree
HOME = Path(__file__).parent.parent / ".clickhouse"
# join_use_nulls: a left join finds nothing, not zero; nothing is text only where we write text
SETTINGS = "SET join_use_nulls = 1, output_format_arrow_string_as_string = 1, prefer_column_name_to_alias = 1"


class ClickHouse(FactBase):
    """The same snapshot, asked in ClickHouse's words."""

    engine = CLICKHOUSE

    def __init__(self, folder: Folder, tables: Any):
        super().__init__(folder, tables)
        session: Any = importlib.import_module("chdb.session")  # only where it was set up
        self._house = session.Session()
        self._house.query(SETTINGS)
        for table in SCHEMAS:
            self._keep(table, self.read(table))

    def ask(self, sql: str) -> pa.Table:
        for name in self.registers:
            if name not in self._there and f'"{name}" AS ' in sql:
                self.add(name, self.registers[name])
        answer = self._house.query(sql, "Arrow").bytes()
        return pa.ipc.open_file(io.BytesIO(answer)).read_all()

    def add(self, name: str, rows: pa.Table) -> None:
        super().add(name, rows)
        self._keep(name, rows)

    def close(self) -> None:
        self._house.close()
        super().close()

    def _keep(self, name: str, rows: pa.Table) -> None:
        """A table in memory, with the columns and nulls of the Arrow table."""
        self._house.query(f"DROP TABLE IF EXISTS {_quoted(name)}")
        columns = ", ".join(f"{_quoted(field.name)} {_type(field)}" for field in rows.schema)
        self._house.query(f"CREATE TABLE {_quoted(name)} ({columns}) ENGINE = Memory")
        if rows.num_rows:
            told = rows.combine_chunks()  # noqa: F841  (named in the query)
            self._house.query(f"INSERT INTO {_quoted(name)} SELECT * FROM Python(told)")


def _quoted(name: str) -> str:
    return f'"{name}"'


def _type(field: pa.Field) -> str:
    names = {pa.int64(): "Int64", pa.int32(): "Int32", pa.int16(): "Int16", pa.int8(): "Int8", pa.bool_(): "Bool",
             pa.string(): "String", pa.date32(): "Date32", pa.float64(): "Float64"}  # fmt: skip
    return "Array(String)" if pa.types.is_list(field.type) else f"Nullable({names[field.type]})"


def main() -> int:
    """0 where every case agrees."""
    console = Console()
    _set_up(console)
    with tempfile.TemporaryDirectory() as scratch:
        told = story.told(Path(scratch))
        folder = Folder(Path(scratch) / "facts")
        golden.projected(told, folder)
        with told.hq.db.read() as connection:
            tables = registers(connection)
            pair = FactBase(folder, tables), ClickHouse(folder, tables)
        started = time.monotonic()
        differ = _compared(console, *pair)
        for base in pair:
            base.close()
        told.hq.close()
    console.print(f"{len(golden.cases())} cases, {differ} differ, {time.monotonic() - started:.0f} s")
    return 1 if differ else 0


def _set_up(console: Console) -> None:
    if not (HOME / "chdb").exists():
        console.print("fetching chDB ...")
        pip = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--target", str(HOME), *PACKAGES]
        subprocess.run(pip, check=True)
    sys.path.append(str(HOME))


def _compared(console: Console, duck: FactBase, house: FactBase) -> int:
    differ = 0
    for report, period, place, _ in golden.cases():
        question = Question(*golden.PERIODS[period], tuple(place.split("+")))
        one = run(duck, REPORTS[report], question)
        try:
            two: Answer | None = run(house, REPORTS[report], question)
        except Exception as wrong:  # noqa: BLE001  a case that cannot be asked is told like one that differs
            console.print(f"[red]{report} {period} {place}: {str(wrong)[:400]}")
            two = None
        same = two is not None and (one.rows, one.total) == (two.rows, two.total)
        differ += not same
        if two is not None and not same:
            console.print(f"[red]{report} {period} {place} differs")
            _show_first(console, one, two)
    return differ


def _show_first(console: Console, one: Answer, two: Answer) -> None:
    pairs = [(one.total, two.total), *zip(one.rows, two.rows, strict=False)]
    for here, there in pairs:
        if here != there:
            console.print(f"  DuckDB     {here}\n  ClickHouse {there}")
            return
    console.print(f"  {len(one.rows)} rows, {len(two.rows)} rows")


if __name__ == "__main__":
    sys.exit(main())
