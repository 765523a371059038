"""Facts as questions see them: DuckDB over the files that one manifest names, beside the registers of head office.

A snapshot: what is asked of one FactBase is asked of the same files and registers.
"""

from collections.abc import Mapping
from pathlib import Path

import duckdb
import pyarrow as pa

from hq_server.facts.files import Folder, Manifest
from hq_server.facts.shapes import SCHEMAS

THREADS = 2
MEMORY = "2GB"
SPILL = "spill"  # sorts and groups that do not fit lie there while a question runs


class FactBase:
    """One snapshot; close it. registers: name -> Arrow table (register.py). engine: whose words ask() takes."""

    engine = "duckdb"

    def __init__(self, folder: Folder, registers: Mapping[str, pa.Table], first: str = "", last: str = "9999-99"):
        self.manifest: Manifest = folder.manifest()
        self.registers = registers
        settings = {"threads": THREADS, "memory_limit": MEMORY, "temp_directory": str(folder.path / SPILL)}
        self._duck = duckdb.connect(config=settings)
        for table, schema in SCHEMAS.items():
            self._view(folder.path, table, schema, first, last)
        self._there: set[str] = set()

    @property
    def merged(self) -> bool:
        """Whether any two accounts are one person: where none are, no question needs to look."""
        return "heirs" not in self.registers or self.registers["heirs"].num_rows > 0

    def ask(self, sql: str) -> pa.Table:
        """The answer to a question in DuckDB's words; registers are read when a question names them."""
        for name in self.registers:
            if name not in self._there and f'"{name}" AS ' in sql:
                self.add(name, self.registers[name])
        return self._duck.sql(sql).to_arrow_table()

    def read(self, table: str) -> pa.Table:
        """A whole table; for tests and checks."""
        return self._duck.view(table).to_arrow_table()

    def add(self, name: str, rows: pa.Table) -> None:
        """A table beside the facts, in the place of one of that name."""
        self._there.add(name)
        self._duck.register(name, rows)

    def close(self) -> None:
        self._duck.close()

    def _view(self, path: Path, table: str, schema: pa.Schema, first: str, last: str) -> None:
        files = [str(path / file.path) for file in self.manifest.files(table, first, last)]
        if files:
            self._duck.read_parquet(files).create_view(table)
        else:
            self._duck.register(table, schema.empty_table())
