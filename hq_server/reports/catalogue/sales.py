"""Reports of sales: what was sold, where, when, by whom."""

from hq_server.reports.catalogue.making import report

_PLACES = "region day week month quarter year weekday hour terminal operator"

REPORTS = (
    report(
        "sales_summary", "sales", "销售统计", "Sales statistics",
        "期内已完成的销售有多少？按营业日统计。充值不是销售：储值在消费当日计入。退回的销售计入退回发生的期间。",
        "What was sold in the period, by business date? Top-ups are not sales: stored value counts on the day it is "
        "spent. "
        "A sale taken back counts as a return in the period in which it is taken back.",
        "store", f"{_PLACES} membership level product category fuel offline late",
        "txn_count units gross_amount discount_amount returns_amount net_sales member_net_sales avg_txn_value "
        "units_per_txn member_sales_share",
        charted="net_sales member_net_sales", behind="taps",
        shown="net_sales txn_count avg_txn_value discount_amount returns_amount member_sales_share",
    ),
    report(
        "sales_trend", "sales", "销售走势", "Sales trend",
        "销售随时间如何变化？没有销售的日子为零。", "How do sales move? Days without sales are zero.",
        "day", "week month quarter year hour weekday store region category membership",
        "net_sales txn_count avg_txn_value units net_moving",
        chart="line", charted="net_sales", fills=True, days=30, behind="taps",
        shown="net_sales txn_count avg_txn_value",
    ),
    report(
        "sales_period_comparison", "sales", "销售额同期比较", "Net sales versus comparable period",
        "净销售额与相邻等长期间（环比）和去年同期（同比）相比如何？未结束的期间按已过天数比较。",
        "How do net sales compare with the period of equal length before, and with the same dates a year ago? "
        "A period that has not ended is compared with as many elapsed days.",
        "store", "region category product membership", "net_sales txn_count",
        compares=True, charted="net_sales net_sales_prev net_sales_last_year", shown="net_sales",
    ),
    report(
        "product_sales_qty", "sales", "商品销量统计", "Product sales quantity statistics",
        "各商品售出、退回和净销量是多少？不同单位不相加，请按单位分组。",
        "How much of each product was sold, came back, and is net? Units of different kinds are not to be added: tell "
        "them apart by unit.",
        "unit product", "category store region month",
        "units units_returned net_units net_sales avg_unit_price txn_count return_rate",
        order="net_sales", charted="net_sales", behind="taps",
    ),
    report(
        "product_qty_trend", "sales", "商品销量走势", "Product sales quantity trend",
        "商品净销量随时间如何变化？", "How does the net quantity of products move?",
        "day", "week month product category store unit", "net_units net_sales",
        chart="line", charted="net_units", fills=True, days=30,
    ),
    report(
        "product_sales_ranking", "sales", "商品销售排行", "Product sales ranking",
        "卖得最好的是什么？按净销售额排序，金额相同按编码；整笔优惠按金额分摊到行。",
        "What sells most? By net sales, ties by code; what was taken off whole sales is dealt out over their lines.",
        "product", "category unit store region month membership",
        "rank net_sales share cum_share abc net_units txn_count buyers", order="net_sales", charted="net_sales",
        behind="taps", shown="net_sales net_units txn_count buyers",
    ),
    report(
        "return_records", "sales", "退货记录", "Return records",
        "期内退回了哪些，哪里退的？关联原销售。",
        "What came back in the period, and where? Each is linked to its sale.",
        "store product", "region category operator terminal day month membership",
        "returns units_returned returns_amount units return_rate", charted="returns_amount", behind="taps",
    ),
    report(
        "product_structure", "sales", "商品结构分析", "Product structure",
        "各类别贡献多少？ABC 按净销售额累计。", "What does each category bring? ABC by cumulated net sales.",
        "category", "store region month product", "net_sales net_share cum_share abc products net_units buyers",
        order="net_sales", charted="net_sales",
    ),
    report(
        "category_role", "sales", "品类角色定位", "Category roles",
        "各品类被多少会员购买，频次与份额如何？",
        "How many members buy of each category, how often, and what part of sales is it?",
        "category", "store region month",
        "buyers member_txn_count purchase_frequency spend_per_buyer net_sales net_share",
        order="net_sales", charted="buyers",
    ),
)  # fmt: skip
