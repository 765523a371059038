"""Figures of what fuel costs at the list price, and what of that members and coupons take off."""

from hq_server.reports.declarations import MONEY
from hq_server.reports.figures.making import combined, total

FILLS = ("fuel_fills",)

FIGURES = (
    total(
        "fuel_list",
        MONEY,
        "挂牌金额",
        "At list price",
        "按挂牌价计算的金额。",
        "What these litres cost at the list price.",
        FILLS,
        "list_cents",
    ),
    total(
        "fuel_saved",
        MONEY,
        "会员价优惠",
        "Member price",
        "会员价相对挂牌价的优惠。",
        "What members' prices took off the list price.",
        FILLS,
        "saved_cents",
    ),
    total(
        "fuel_coupons",
        MONEY,
        "油券优惠",
        "Fuel coupons",
        "整笔减额油券抵减的金额。",
        "What coupons off the amount took off.",
        FILLS,
        "off_cents",
    ),
    combined(
        "fuel_discount",
        MONEY,
        "油品优惠",
        "Discount",
        "会员价优惠加油券优惠。",
        "Member prices and coupons together.",
        ("fuel_saved", 1),
        ("fuel_coupons", 1),
    ),
    total(
        "fuel_paid",
        MONEY,
        "实收",
        "Net",
        "挂牌金额减优惠。",
        "At list price less discount.",
        FILLS,
        "net_cents",
    ),
)
