"""Reports of receipts: how things were paid, which is not what was sold."""

from hq_server.reports.catalogue.making import report

_ALSO = "business store region operator terminal shift day week month quarter year membership"

REPORTS = (
    report(
        "checkout_receipts_summary", "finance", "结账收入统计", "Checkout receipts statistics",
        "期内收到多少，用什么付的？销售与充值分列；现金带来新资金，储值和积分不是；退款在退款当期为负。",
        "What was received, and how was it paid? Sales and top-ups apart; cash brings new money, stored value and "
        "points "
        "do not; refunds are negative in their own period.",
        "business tender", _ALSO, "received paid_back net_receipts cash_in non_cash payments",
        charted="net_receipts", behind="taps", shown="net_receipts cash_in non_cash payments",
    ),
    report(
        "checkout_receipts_analysis", "finance", "结账收入分析", "Checkout receipts analysis",
        "收入由什么构成？", "What are receipts made of?",
        "tender", _ALSO, "net_receipts receipts_share payments avg_receipt non_cash_share",
        order="net_receipts", charted="net_receipts", chart="pie",
    ),
    report(
        "checkout_receipts_trend", "finance", "结账收入走势", "Checkout receipts trend",
        "收入随时间如何变化？", "How do receipts move?",
        "day", "week month quarter year tender business store region", "net_receipts cash_in non_cash",
        chart="line", charted="cash_in non_cash", fills=True, days=30,
    ),
    report(
        "checkout_receipts_period_comparison", "finance", "结账收入同期比较",
        "Checkout receipts versus comparable period",
        "净收入与环比期和去年同期相比如何？", "How do net receipts compare with the period before and a year ago?",
        "store", "region tender business", "net_receipts", compares=True,
        charted="net_receipts net_receipts_prev net_receipts_last_year",
    ),
    report(
        "shift_report", "finance", "班次报表", "Shifts",
        "每个班次卖了多少，钱箱应有多少？", "What was sold in each shift, and what should be in the drawer?",
        "store operator", "region terminal shift day month",
        "shifts_opened shifts_closed shift_sales shift_cash", charted="shift_cash",
    ),
)  # fmt: skip
