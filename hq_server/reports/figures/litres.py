"""Figures of litres by totals beside litres sold: each from its own events, so that one cannot hide the other."""

from hq_server.reports.declarations import QUANTITY
from hq_server.reports.figures.making import combined, of_kind, total

LITRES = ("fuel_litres",)

FIGURES = (
    total(
        "litres_by_totals", QUANTITY, "泵码升数", "By totals", "班次期末泵码减期初泵码。",
        "What the totaliser counted from the opening of a shift to its close.", LITRES, "counted_ml",
        of_kind("shift"),
    ),
    total(
        "litres_booked", QUANTITY, "售出升数", "Sold", "各笔加油入账的升数，含未付款与逃单。",
        "What deliveries have booked, those that nobody has paid for too.", LITRES, "booked_ml",
        of_kind("delivered"),
    ),
    combined(
        "litres_difference", QUANTITY, "升数差异", "Difference", "泵码升数减售出升数。",
        "Litres by totals less litres sold.", ("litres_by_totals", 1), ("litres_booked", -1),
    ),
    total(
        "litres_gap", QUANTITY, "无销售升数", "Without a sale", "油枪空闲时泵码移动的升数，逐笔上报。",
        "What totalisers have counted while nobody was served, as the store told it each time.", LITRES, "counted_ml",
        of_kind("gap"),
    ),
    total(
        "litres_tested", QUANTITY, "试枪升数", "Tested", "员工申报试枪回罐的升数，属于无销售升数。",
        "What attendants say was tested and poured back: a part of what has no sale.", LITRES, "tested_ml",
        of_kind("shift"),
    ),
    combined(
        "litres_unexplained", QUANTITY, "未解释升数", "Unexplained", "差异减去无销售升数；应为零。",
        "The difference less what was told as without a sale; zero if all is well.", ("litres_difference", 1),
        ("litres_gap", -1),
    ),
)  # fmt: skip
