"""Sales statistics: what was sold in the period, by the day it was sold (accrual)."""

from hq_server.reports.declarations import (
    ADDITIVE,
    COUNT,
    DISTINCT,
    MONEY,
    QUANTITY,
    RATIO,
    SHARE,
    Column,
    Dimension,
    Report,
)

# a discount or a return belongs to a whole sale: they cannot be told apart by goods
_WHOLE_SALES_ONLY = ("discount_amount", "returns_amount", "net_sales", "member_net_sales")

SALES_SUMMARY = Report(
    id="sales_summary",
    category={"zh": "销售报表", "en": "Sales reports"},
    name={"zh": "销售统计", "en": "Sales statistics"},
    definition={
        "en": "Completed sales of the period by business date. Top-ups are not sales: stored value counts here on the "
        "day it is spent. A sale taken back counts as a return in the period in which it is taken back.",
        "zh": "按营业日统计期内已完成的销售。充值不是销售：储值在消费当日计入。退回的销售计入退回发生的期间。",
    },
    dimensions=(
        Dimension("store", {"zh": "门店", "en": "Store"}),
        Dimension("day", {"zh": "营业日", "en": "Day"}),
        Dimension("month", {"zh": "月份", "en": "Month"}),
        Dimension("terminal", {"zh": "终端", "en": "Terminal"}),
        Dimension("operator", {"zh": "收银员", "en": "Attendant"}),
        Dimension("membership", {"zh": "会员/非会员", "en": "Member or not"}),
        Dimension("goods", {"zh": "商品", "en": "Goods"}, _WHOLE_SALES_ONLY),
    ),
    columns=(
        Column("txn_count", COUNT, DISTINCT, {"zh": "交易笔数", "en": "Sales"}, {
            "en": "Completed sales, each counted once however many lines it has.",
            "zh": "已完成的销售笔数，每笔只计一次，与行数无关。",
        }),
        Column("units", QUANTITY, ADDITIVE, {"zh": "件数", "en": "Units"}, {
            "en": "Quantity over all lines; goods sold by weight count in their own unit.",
            "zh": "所有行的数量合计；称重商品按其自身单位计。",
        }),
        Column("gross_amount", MONEY, ADDITIVE, {"zh": "销售总额", "en": "Gross"}, {
            "en": "Price times quantity of each line, tax included.", "zh": "每行单价乘数量，含税。",
        }),
        Column("discount_amount", MONEY, ADDITIVE, {"zh": "优惠", "en": "Discount"}, {
            "en": "What was paid with points (points deduction).", "zh": "积分抵扣的金额。",
        }),
        Column("returns_amount", MONEY, ADDITIVE, {"zh": "退回", "en": "Returns"}, {
            "en": "Sales taken back in the period, less what had been paid with points.",
            "zh": "期内退回的销售，已扣除当时积分抵扣部分。",
        }),
        Column("net_sales", MONEY, ADDITIVE, {"zh": "净销售额", "en": "Net sales"}, {
            "en": "Gross less discount less returns.", "zh": "销售总额减优惠减退回。",
        }),
        Column("member_net_sales", MONEY, ADDITIVE, {"zh": "会员净销售额", "en": "Members' net sales"}, {
            "en": "Net sales with a member's card.", "zh": "刷会员卡的净销售额。",
        }),
        Column("avg_txn_value", MONEY, RATIO, {"zh": "客单价", "en": "Per sale"}, {
            "en": "Net sales divided by sales; recomputed at every level.", "zh": "净销售额除以笔数；每一级重新计算。",
        }, ("net_sales", "txn_count")),
        Column("units_per_txn", QUANTITY, RATIO, {"zh": "连带率", "en": "Units per sale"}, {
            "en": "Units divided by sales; recomputed at every level.", "zh": "件数除以笔数；每一级重新计算。",
        }, ("units", "txn_count")),
        Column("member_sales_share", SHARE, RATIO, {"zh": "会员销售占比", "en": "Members' share"}, {
            "en": "Members' net sales divided by net sales.", "zh": "会员净销售额除以净销售额。",
        }, ("member_net_sales", "net_sales")),
    ),
)
