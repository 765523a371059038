"""Where value should lie, as a table in words; amounts in whole units of 100 cents."""

import pytest

from hq_server.floats.rules import Plan, dealt, plan, refill, split_recall, usual

#   pool   floats                       home   others     usual | grants               recalls
TABLE = """
       0   0001=100                     0001   -          50    | -                    -
     300   -                            0001   -          50    | 0001+200             -
     300   0001=180                     0001   -          50    | -                    -
       0   0001=500                     0001   -          50    | -                    0001-300
       0   0001=250                     0001   -          50    | -                    -
      30   -                            0001   0002       50    | 0001+30              -
     150   -                            0001   0002       50    | 0001+100 0002+50     -
       0   0001=150                     0001   0002       50    | -                    0001-50
      50   0001=100                     0001   0002       50    | 0002+50              -
       0   0003=60                      0001   0002       50    | -                    0003-60
     500   0001=200 0002=100            0001   0002       50    | -                    -
     100   -                            -      -          50    | -                    -
     100   -                            -      0002       50    | 0002+100             -
"""


def _moves(text: str, sign: str) -> list[tuple[str, int]]:
    return [(one.split(sign)[0], int(one.split(sign)[1]) * 100) for one in text.split() if one != "-"]


@pytest.mark.parametrize("row", TABLE.strip().splitlines())
def test_plan(row):
    given, wanted = row.split("|")
    parts = given.split()
    pool, usual_cents, others, home = int(parts[0]) * 100, int(parts[-1]) * 100, parts[-2], parts[-3]
    floats = dict(_moves(" ".join(parts[1:-3]), "="))
    found = plan(pool, floats, home.strip("-"), [] if others == "-" else [others], usual_cents)
    middle = wanted.split("  ")
    grants, recalls = [part.strip() for part in middle if part.strip()]
    assert [tuple(move) for move in found.grants] == _moves(grants, "+")
    assert [tuple(move) for move in found.recalls] == _moves(recalls, "-")


def test_nothing_is_ever_dealt_that_is_not_there():
    for total in (0, 1, 99, 100, 5000, 123456):
        target = dealt(total, "0001", ["0002", "0003", "0004", "0005"], 5000)
        assert sum(target.values()) <= total and all(cents >= 0 for cents in target.values())
        assert target["0001"] <= 4 * 5000 and "0005" not in target


def test_small_rules():
    assert isinstance(plan(0, {}, "", [], 1), Plan)
    assert usual(5000, 1000) == 4000 and usual(100, 1) == 100
    assert split_recall(150, 100, 80) == {"principal": 100, "bonus": 50}
    assert split_recall(0, 100, 80) == {}
    assert [refill(100, left) for left in (100, 51, 50, 0)] == [0, 0, 50, 100]
