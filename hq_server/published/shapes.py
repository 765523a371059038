"""The tables of the published database: each fact table, the registers without personal data, and how far it is."""

import pyarrow as pa
from sqlalchemy import BigInteger, Boolean, Column, Date, Integer, MetaData, Table, Text

from hq_server.facts.shapes import SCHEMAS
from hq_server.reports import register

metadata = MetaData()
KINDS = {pa.int64(): BigInteger, pa.int32(): Integer, pa.int8(): Integer, pa.bool_(): Boolean, pa.string(): Text,
         pa.date32(): Date}  # fmt: skip
PERSONAL = ("birthday",)  # what could be erased is never copied
REGISTERS = {
    "members": register.MEMBERS, "stores": register.STORES, "goods": register.GOODS,
    "attendants": pa.schema([field for field in register.OPERATORS if field.name != "name"]),
    "merged": register.HEIRS,
}  # fmt: skip
READ_FROM = {"attendants": "operators", "merged": "heirs"}  # what they are called at head office

# one row per file of facts whose rows are here; its number stands in each of them
taken = Table(
    "taken",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("of_table", Text, nullable=False),
    Column("path", Text, nullable=False),
    Column("rows", BigInteger, nullable=False),
)
upto = Table("upto", metadata, Column("received_s", BigInteger, nullable=False))


def _columns(schema: pa.Schema) -> list[Column]:
    return [Column(field.name, KINDS.get(field.type, Text)) for field in schema if field.name not in PERSONAL]


facts = {
    name: Table("fact_" + name, metadata, Column("of_file", Integer, nullable=False, index=True), *_columns(schema))
    for name, schema in SCHEMAS.items()
}
registers = {name: Table("the_" + name, metadata, *_columns(schema)) for name, schema in REGISTERS.items()}
VIEWS = {**{name: table.name for name, table in facts.items()}, **{name: one.name for name, one in registers.items()}}


def shown(view: str) -> list[str]:
    """The columns of a view, in order."""
    table = metadata.tables[VIEWS[view]]
    return [column.name for column in table.columns if column.name != "of_file"]
