"""Fuel by grade: what the pumps gave, as they measured it."""

from hq_server.reports.declarations import (
    ADDITIVE,
    COUNT,
    DISTINCT,
    MONEY,
    QUANTITY,
    RATIO,
    Column,
    Dimension,
    Report,
)

FUEL_BY_GRADE = Report(
    id="fuel_by_grade",
    category={"zh": "油品报表", "en": "Fuel reports"},
    name={"zh": "油品销售", "en": "Fuel by grade"},
    definition={
        "en": "What pumps gave in the period by business date, one fill for each time that a nozzle was hung up. "
        "Litres and amounts are the pump's own; they are part of the sales statistics too.",
        "zh": "按营业日统计期内油枪的出油，每次挂枪为一笔。升数与金额均以加油机为准，同时计入销售统计。",
    },
    dimensions=(
        Dimension("grade", {"zh": "油品", "en": "Grade"}),
        Dimension("store", {"zh": "门店", "en": "Store"}),
        Dimension("day", {"zh": "营业日", "en": "Day"}),
        Dimension("month", {"zh": "月份", "en": "Month"}),
        Dimension("terminal", {"zh": "终端", "en": "Terminal"}),
    ),
    columns=(
        Column("fills", COUNT, DISTINCT, {"zh": "加油笔数", "en": "Fills"}, {
            "en": "Fills that were captured; a nozzle that went back empty is none.",
            "zh": "已入账的加油笔数；空枪不计。",
        }),
        Column("litres", QUANTITY, ADDITIVE, {"zh": "升数", "en": "Litres"}, {
            "en": "Volume by the pump's totaliser.", "zh": "以加油机累计数为准的体积。",
        }),
        Column("amount", MONEY, ADDITIVE, {"zh": "金额", "en": "Amount"}, {
            "en": "As the pump showed it, tax included.", "zh": "加油机显示的金额，含税。",
        }),
        Column("owed", MONEY, ADDITIVE, {"zh": "欠款", "en": "Owed"}, {
            "en": "Of the amount: given beyond what was set aside and not covered at the store; taken from the next "
            "credit.",
            "zh": "金额中超出冻结且门店余额不足的部分，从下次入账中扣回。",
        }),
        Column("litres_per_fill", QUANTITY, RATIO, {"zh": "每笔升数", "en": "Litres per fill"}, {
            "en": "Litres divided by fills; recomputed at every level.", "zh": "升数除以笔数；每一级重新计算。",
        }, ("litres", "fills")),
        Column("amount_per_fill", MONEY, RATIO, {"zh": "每笔金额", "en": "Amount per fill"}, {
            "en": "Amount divided by fills; recomputed at every level.", "zh": "金额除以笔数；每一级重新计算。",
        }, ("amount", "fills")),
    ),
)
