import pytest

from hq_server.imports import fields
from hq_server.imports.fields import Bad

STORES = frozenset({"0001", "0002"})
MONEY, QUANTITY = fields.decimal(2), fields.decimal(3)

# parser, what is written | what it means, or why it cannot be taken
TABLE = [
    (MONEY, "12.5", 1250),
    (MONEY, "1,234.50", 123450),
    (MONEY, "1234,5", 123450),
    (MONEY, "¥ 12", 1200),
    (MONEY, "12.90元", 1290),
    (MONEY, "-3.00", -300),
    (MONEY, "(3.00)", -300),
    (MONEY, "１２．５", 1250),
    (MONEY, "0.005", "too_fine"),
    (MONEY, "1e3", 100000),
    (MONEY, "1e400", "no_number"),
    (MONEY, "nan", "no_number"),
    (MONEY, "twelve", "no_number"),
    (MONEY, "12two", "no_number"),
    (MONEY, "USD 12", 1200),
    (MONEY, "99999999999999", "out_of_range"),
    (fields.decimal(2, 0), "-1", "out_of_range"),
    (QUANTITY, "1.234", 1234),
    (QUANTITY, "1.2345", "too_fine"),
    (fields.date, "2026-01-05", "2026-01-05"),
    (fields.date, "2026/1/5", "2026-01-05"),
    (fields.date, "2026年1月5日", "2026-01-05"),
    (fields.date, "20260105", "2026-01-05"),
    (fields.date, "5.1.2026", "2026-01-05"),
    (fields.date, "2026-01-05 18:05:00", "2026-01-05"),
    (fields.date, "03/04/2026", "ambiguous_date"),
    (fields.date, "2026-02-30", "no_date"),
    (fields.date, "soon", "no_date"),
    (fields.past_date("2026-11-24"), "2026-11-25", "not_past"),
    (fields.time_s, "18:05", 65100),
    (fields.time_s, "2026-01-05T18:05:30", 65130),
    (fields.time_s, "24:00", "no_time"),
    (fields.store(STORES), "1", "0001"),
    (fields.store(STORES), "0003", "no_store"),
    (fields.card, "0001:04a1b2c3d4e5f6", "0001:04A1B2C3D4E5F6"),
    (fields.card, "04A1B2C3D4E5F6", "no_card"),
    (fields.phone, "138 0000 0002", "138 0000 0002"),
    (fields.phone, "1.38E+10", "no_phone"),
    (fields.one_of(fields.GENDER), "女", "female"),
    (fields.one_of(fields.GENDER), "M", "male"),
    (fields.one_of(fields.GENDER), "x", "no_such_word"),
    (fields.words, "vip；early, vip", ("early", "vip")),
    (fields.text(3), "four", "too_long"),
    (fields.text(3), "a\0b", "no_text"),
]


@pytest.mark.parametrize(("parser", "said", "means"), TABLE, ids=lambda value: str(value)[:24])
def test_cells(parser, said, means):
    try:
        found = parser(said)
    except Bad as bad:
        found = str(bad)
    assert found == means
