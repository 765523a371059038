"""The fact tables: names, columns, types, units. Ids only, never a name, phone or birthday.

Amounts are minor units; `_milli` is 1/1000 of a unit, `_ml` millilitres, `_s` epoch seconds.
"""

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute

compute: Any = pyarrow.compute  # its functions are made at run time: no type checker knows them
DAY, TEXT, WHOLE, SMALL, YES = pa.date32(), pa.string(), pa.int64(), pa.int8(), pa.bool_()

# what every row begins with
HEADER = (
    ("event", WHOLE),  # its event at head office, in the order of booking; imported documents count down from -1
    ("n", pa.int32()),  # within the event and table, from 1
    ("business_date", DAY),  # the store's
    ("hour", SMALL),  # the store's local hour, 0..23
    ("at_s", WHOLE),  # the gateway's clock
    ("received_at_s", WHOLE),  # head office's
    ("store", TEXT),  # where it happened
    ("terminal", TEXT),
    ("operator", TEXT),
    ("shift", WHOLE),
    ("account", TEXT),  # '' = no member
    ("offline", YES),
)
OWN: dict[str, tuple[tuple[str, pa.DataType], ...]] = {
    # one row per event that touches revenue; net_cents = gross - off - points - returned = what the ledger says
    "sales": (
        ("kind", TEXT),  # sale; return (a sale voided or refunded); again (a refund voided); other
        ("transfer", TEXT),
        ("sale_event", WHOLE),  # the sale that comes back; of a sale itself; 0 = not known
        ("sale_date", DAY),  # its business date
        ("receipt", WHOLE),  # 0 = none
        ("gross_cents", WHOLE),  # goods at their price
        ("off_cents", WHOLE),  # what coupons, punches and codes took off
        ("points_cents", WHOLE),  # what points paid
        ("returned_cents", WHOLE),
        ("net_cents", WHOLE),
        ("qty_milli", WHOLE),
        ("returned_milli", WHOLE),
        ("lines", WHOLE),
        ("earned_points", WHOLE),
        ("pending_points", WHOLE),
        ("fuel", YES),  # what a nozzle gave
    ),
    # the same along goods: what was taken off a whole sale is dealt out over its lines by amount
    "sale_lines": (
        ("kind", TEXT),
        ("sale_event", WHOLE),
        ("sale_date", DAY),
        ("code", TEXT),  # '' = nobody knows which
        ("price_milli", WHOLE),
        ("tax_code", TEXT),
        ("tax_bp", WHOLE),
        ("qty_milli", WHOLE),
        ("returned_milli", WHOLE),
        ("gross_cents", WHOLE),
        ("off_cents", WHOLE),  # by points too
        ("returned_cents", WHOLE),
        ("net_cents", WHOLE),
        ("fuel", YES),
        ("first_of_code", YES),  # worked out (completed): the first row of its event, kind and code
    ),
    # how it was paid: one row per event, business and tender
    "receipts": (
        ("business", TEXT),  # sale, top_up, debt, payout
        ("tender", TEXT),  # cash, principal, bonus, points_value, receivable, offline_credit, loss
        ("new_money", YES),
        ("amount_cents", WHOLE),  # what was paid back is negative
    ),
    # each entry seen from each member's line that it touches
    "value_moves": (
        ("entry", pa.int32()),  # its number within the event; one between two members' lines is two rows
        ("sign", SMALL),
        ("event_kind", TEXT),
        ("asset_class", TEXT),  # principal, bonus, points, punch, coupon, once
        ("asset", TEXT),
        ("holder", TEXT),
        ("lot", TEXT),
        ("origin", TEXT),  # the store that issued the lot
        ("lot_kind", TEXT),
        ("opened_s", WHOLE),
        ("expires", DAY),  # null = never
        ("kind", TEXT),  # moves.py
        ("amount", WHOLE),  # with its sign
    ),
    # every answer to a tap
    "taps": (
        ("kind", TEXT),
        ("message", TEXT),  # what was asked
        ("reason", TEXT),
        ("second", TEXT),  # who agreed
        ("amount_cents", WHOLE),  # what was asked for
        ("receipt", WHOLE),
    ),
    "fuel_fills": (
        ("code", TEXT),
        ("volume_ml", WHOLE),
        ("price_milli", WHOLE),
        ("amount_cents", WHOLE),
        ("gap_ml", WHOLE),  # what the totaliser counted beyond the volume booked
        ("over_cents", WHOLE),  # beyond what was held
        ("owed_cents", WHOLE),
        ("list_cents", WHOLE),  # at the list price
        ("saved_cents", WHOLE),  # by the member's price
        ("off_cents", WHOLE),  # by a coupon off the amount
        ("net_cents", WHOLE),
        ("card", TEXT),
        ("vehicle", TEXT),  # a car's number: protocol/ledger/vehicles.py
        ("odometer", WHOLE),  # km; 0 = not told
    ),
    # litres as they were sold, and as totalisers counted them: the same litres twice, from events of their own
    "fuel_litres": (
        ("kind", TEXT),  # delivered, gap (counted while nobody was served), shift (a nozzle from opening to close)
        ("nozzle", TEXT),  # terminal/number
        ("fuel_shift", TEXT),  # the forecourt's; '' = none was open
        ("code", TEXT),
        ("booked_ml", WHOLE),
        ("counted_ml", WHOLE),
        ("tested_ml", WHOLE),
    ),
    "shifts": (
        ("kind", TEXT),  # sign_on, opened, closed
        ("sales", WHOLE),
        ("cash_cents", WHOLE),
    ),
}
SCHEMAS = {table: pa.schema([*HEADER, *columns]) for table, columns in OWN.items()}
WORKED_OUT = {"sale_lines": "first_of_code"}


def given(table: str) -> pa.Schema:
    """The columns that whoever makes rows gives; the others follow from them."""
    return pa.schema([field for field in SCHEMAS[table] if field.name != WORKED_OUT.get(table)])


def completed(table: str, rows: pa.Table) -> pa.Table:
    """Rows of whole events with the column that is worked out: so sales of a product are counted by adding up."""
    if table not in WORKED_OUT:
        return rows
    places = [_ranks(rows[name]) for name in ("event", "code", "kind")]
    widths = [int(place.max(initial=0)) + 1 for place in places]
    key = (places[0] * widths[1] + places[1]) * widths[2] + places[2]
    first = np.zeros(rows.num_rows, dtype=bool)
    first[np.unique(key, return_index=True)[1]] = True
    return rows.append_column(SCHEMAS[table].field(WORKED_OUT[table]), pa.array(first))


def _ranks(column: Any) -> np.ndarray:
    """A small number for each different value."""
    indices = column.combine_chunks().dictionary_encode().indices
    return indices.to_numpy().astype(np.int64)
