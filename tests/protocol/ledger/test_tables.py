"""The tables must be able to fail: a wrong cell is found."""

import pytest

from tests.protocol.ledger.books import Chain, play
from tests.protocol.ledger.tables import rows

ROW = """
request  id  amount  | result | principal
top up   T1  100.00  | {}     | {}
"""


def test_rows_are_read():
    assert rows(ROW.format("ok", "-")) == [
        {"request": "top up", "id": "T1", "amount": "100.00", "result": "ok", "principal": ""}
    ]


def test_a_true_table_passes():
    play(Chain(), rows(ROW.format("ok", "100.00")))


@pytest.mark.parametrize("cells", [("ok", "100.01"), ("issue_limit", "100.00"), ("ok", "-")])
def test_a_wrong_cell_is_found(cells):
    with pytest.raises(AssertionError, match="row 1"):
        play(Chain(), rows(ROW.format(*cells)))


def test_a_crooked_table_is_found():
    with pytest.raises(AssertionError, match="columns"):
        rows("a  b  c\n1  2")
