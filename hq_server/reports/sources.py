"""The facts that questions are asked of: their columns, and the registers that they lead to."""

from typing import Any, NamedTuple

import ibis
import pyarrow as pa

from hq_server.facts.shapes import SCHEMAS
from hq_server.reports import register

KEYS = {"stores": "code", "members": "account", "goods": "code", "operators": "operator", "profiles": "account",
        "heirs": "account"}  # fmt: skip
REGISTERS = {
    "members": register.MEMBERS, "member_changes": register.CHANGES, "stores": register.STORES,
    "goods": register.GOODS, "operators": register.OPERATORS, "heirs": register.HEIRS,
}  # fmt: skip
# one row per member on the register at the end of the period (profiles.py)
PROFILES = pa.schema([
    *register.MEMBERS, ("txn_count", pa.int64()), ("net_cents", pa.int64()),
    ("purchase_days", pa.int64()), ("first_date", pa.date32()), ("last_date", pa.date32()),
    ("first_ever", pa.date32()), ("last_ever", pa.date32()), ("ever_count", pa.int64()), ("ever_days", pa.int64()),
    ("ever_cents", pa.int64()),
    ("recency_days", pa.int64()), ("segment", pa.string()), ("score", pa.int64()), ("score_before", pa.int64()),
    ("segment_before", pa.string()), ("movement", pa.string()), ("stage", pa.string()), ("cycle_days", pa.float64()),
    ("at_risk", pa.bool_()), ("frequency_band", pa.string()), ("spend_band", pa.string()),
    ("recency_band", pa.string()), ("star_sign", pa.string()), ("animal", pa.string()), ("decade", pa.string()),
    ("age_years", pa.int64()), ("age_band", pa.string()), ("birth_month", pa.string()), ("birth_day", pa.string()),
    ("stored_cents", pa.int64()), ("points", pa.int64()), ("churn_risk", pa.int64()), ("expected_milli", pa.int64()),
    ("next_visit_days", pa.int64()), ("value_cents", pa.int64()), ("risk_band", pa.string()),
])  # fmt: skip


class Fact(NamedTuple):
    """A table to count. leads: (column, register). store: whose rows they are, for rights. dated: by business_date."""

    id: str
    table: str
    leads: tuple[tuple[str, str], ...]
    store: str = "store"
    dated: bool = True

    @property
    def schema(self) -> pa.Schema:
        return {**SCHEMAS, **REGISTERS, "profiles": PROFILES}[self.table]


_STORE, _OPERATOR, _GOODS = ("store", "stores"), ("operator", "operators"), ("code", "goods")
_MEMBER = (("account", "members"), ("account", "profiles"), ("account", "heirs"))
_OF_SALES = (_STORE, _OPERATOR, *_MEMBER)
FACTS = {
    fact.id: fact
    for fact in (
        Fact("sales", "sales", _OF_SALES),
        Fact("sale_lines", "sale_lines", (*_OF_SALES, _GOODS)),
        Fact("receipts", "receipts", _OF_SALES),
        # whoever may see a store may see the value that it has issued, wherever it lies
        Fact("value_moves", "value_moves", (("origin", "stores"), _OPERATOR, *_MEMBER), "origin"),
        Fact("taps", "taps", _OF_SALES),
        Fact("fuel_fills", "fuel_fills", (*_OF_SALES, _GOODS)),
        Fact("fuel_litres", "fuel_litres", (_STORE, _OPERATOR, _GOODS)),
        Fact("shifts", "shifts", (_STORE, _OPERATOR)),
        Fact("member_changes", "member_changes", (_STORE,)),
        Fact("profiles", "profiles", (("home", "stores"),), "home", dated=False),
    )
}


def table_of(fact: Fact, leads_to: set[str]) -> Any:
    """The fact with the columns of these registers beside its own, named register.column."""
    table: Any = ibis.table(_schema(fact.schema), name=fact.table)
    for column, name in fact.leads:
        if name in leads_to:
            beside: Any = ibis.table(_schema({**REGISTERS, "profiles": PROFILES}[name]), name=name)
            beside = beside.rename(lambda own, name=name: f"{name}.{own}")
            table = table.left_join(beside, table[column] == beside[f"{name}.{KEYS[name]}"])
    return table


def has(fact: Fact, needs: tuple[str, ...], name: str = "") -> bool:
    """Whether a fact has these columns itself, or leads to the register that has them."""
    own = set(needs) <= set(fact.schema.names)
    return own or name in [led for _, led in fact.leads] if name else own


def _schema(schema: pa.Schema) -> ibis.Schema:
    return ibis.Schema.from_pyarrow(schema)
