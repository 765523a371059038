"""Figures of what arrived after its day was closed: it counts on its business date, and is seen apart."""

from hq_server.reports.declarations import COUNT, MONEY
from hq_server.reports.figures.ledgers import POINTS, PUNCHES, STORED
from hq_server.reports.figures.making import MOVES, SALES, after_close, of_assets_late, total

FIGURES = (
    total(
        "late_net_sales",
        MONEY,
        "关账后净销售额",
        "Net sales after the close",
        "净销售额中，营业日关账（次日 24:00 UTC）之后才到达总部的部分。",
        "Of the net sales, what reached head office after its day was closed (24:00 UTC of the next day).",
        SALES,
        "net_cents",
        after_close,
    ),
    total(
        "late_receipts",
        MONEY,
        "关账后净收入",
        "Receipts after the close",
        "净收入中，关账之后才到达总部的部分。",
        "Of the net receipts, what reached head office after its day was closed.",
        ("receipts",),
        "amount_cents",
        after_close,
    ),
    total(
        "late_after_close",
        MONEY,
        "关账后到达",
        "Late after close",
        "本期储值变动中，营业日关账（次日 24:00 UTC）之后才到达的部分；已计入各列。",
        "Of the period's movements, those that arrived after their day was closed (24:00 UTC of the next day); they "
        "are in the other columns too.",
        MOVES,
        "amount",
        of_assets_late(*STORED),
    ),
    total(
        "points_late_after_close",
        COUNT,
        "关账后到达",
        "Late after close",
        "本期积分变动中，关账之后才到达的部分；已计入各列。",
        "Of the period's movements of points, those that arrived after their day was closed; they are in the other "
        "columns too.",
        MOVES,
        "amount",
        of_assets_late(*POINTS),
    ),
    total(
        "punch_late_after_close",
        COUNT,
        "关账后到达",
        "Late after close",
        "本期计次变动中，关账之后才到达的部分；已计入各列。",
        "Of the period's movements of punches, those that arrived after their day was closed; they are in the other "
        "columns too.",
        MOVES,
        "amount",
        of_assets_late(*PUNCHES),
    ),
)
