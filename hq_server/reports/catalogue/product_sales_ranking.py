"""Product sales ranking: what sells most, with the share of each product and of all down to it."""

from hq_server.reports.declarations import (
    ADDITIVE,
    COUNT,
    CUMULATED,
    DISTINCT,
    MONEY,
    PART,
    QUANTITY,
    RANK,
    SHARE,
    Column,
    Dimension,
    Report,
)

PRODUCT_SALES_RANKING = Report(
    id="product_sales_ranking",
    category={"zh": "销售报表", "en": "Sales reports"},
    name={"zh": "商品销售排行", "en": "Product sales ranking"},
    definition={
        "en": "Products sold in the period by business date, by amount, ties by code. Before returns, and before what "
        "coupons, punches and points took off: those belong to a whole sale.",
        "zh": "按营业日统计期内售出的商品，按金额排序，金额相同按编码。"
        "未扣退回，也未扣券、计次和积分的优惠，因为它们属于整笔销售。",
    },
    dimensions=(
        Dimension("product", {"zh": "商品", "en": "Product"}),
        Dimension("category", {"zh": "类别", "en": "Category"}),
        Dimension("store", {"zh": "门店", "en": "Store"}),
        Dimension("month", {"zh": "月份", "en": "Month"}),
    ),
    columns=(
        Column("rank", COUNT, RANK, {"zh": "名次", "en": "Rank"}, {
            "en": "Place by amount among the rows beside it.", "zh": "按金额在同组中的名次。",
        }),
        Column("amount", MONEY, ADDITIVE, {"zh": "金额", "en": "Amount"}, {
            "en": "Price times quantity, tax included.", "zh": "单价乘数量，含税。",
        }),
        Column("share", SHARE, PART, {"zh": "占比", "en": "Share"}, {
            "en": "Of the amount of all rows beside it.", "zh": "占同组全部金额的比例。",
        }),
        Column("cum_share", SHARE, CUMULATED, {"zh": "累计占比", "en": "Cumulated share"}, {
            "en": "Share of this row and all above it.", "zh": "本行及以上各行的占比合计。",
        }),
        Column("units", QUANTITY, ADDITIVE, {"zh": "件数", "en": "Units"}, {
            "en": "Quantity; goods sold by weight or volume count in their own unit.",
            "zh": "数量；称重或按体积的商品按其自身单位计。",
        }),
        Column("txn_count", COUNT, DISTINCT, {"zh": "交易笔数", "en": "Sales"}, {
            "en": "Sales with at least one such line, each counted once.", "zh": "含该商品的销售笔数，每笔只计一次。",
        }),
        Column("buyers", COUNT, DISTINCT, {"zh": "购买会员", "en": "Members buying"}, {
            "en": "Different members who bought it; sales without a card count nobody.",
            "zh": "购买过的不同会员数；未刷卡的销售不计。",
        }),
    ),
    order="amount",
)  # fmt: skip
