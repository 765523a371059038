"""Reports of what was refused, taken back, or agreed to by two people; the chain at a glance."""

from hq_server.reports.catalogue.making import LEDGER, report

_WHERE = "store region operator terminal day month reason"

REPORTS = (
    report(
        "topup_restricted", "other", "充值受限", "Top-up restrictions",
        "哪些充值被拒绝，为什么？", "Which top-ups were refused, and why?",
        "reason store", _WHERE, "refused refused_amount", charted="refused_amount", behind="taps",
        only={"tap": ("refusal",), "asked": ("top_up",)},
    ),
    report(
        "cancelled_order_log", "other", "退单记录", "Cancelled orders",
        "哪些操作被整笔撤销？", "Which requests were taken back whole?",
        "store operator", "region terminal day month", "reversals taps", charted="reversals", behind="taps",
    ),
    report(
        "authorization_log", "other", "授权记录", "Authorisations",
        "谁批准了什么？", "Who agreed to what?",
        "tap second", _WHERE, "agreed agreed_amount", charted="agreed_amount", permission=LEDGER, behind="taps",
    ),
    report(
        "refusals", "other", "拒绝记录", "Refusals",
        "哪些操作被拒绝，为什么？", "What was refused, and why?",
        "reason", "store region operator terminal day month hour asked", "refused refused_amount", order="refused",
        charted="refused", behind="taps", only={"tap": ("refusal",)},
    ),
    report(
        "late_after_close", "closing", "关账后到达", "Arrived after the close",
        "哪些营业日关账（次日 24:00 UTC）之后还有数据到达，何时到达，影响多少？它们计入各自的营业日，从不悄悄改写。",
        "Which days had events arrive after they were closed (24:00 UTC of the next day), when, and what do they "
        "change? They count on their business date and are never restated in silence.",
        "store day arrived", "region month terminal operator offline tap",
        "taps txn_count net_sales net_receipts cash_in topup_principal points_earned", charted="net_sales",
        days=30, behind="taps", only={"late": ("1",)},
    ),
    report(
        "cockpit", "other", "战情室/驾驶舱", "Cockpit",
        "连锁一览：销售、收入、会员。", "The chain at a glance: sales, receipts, members.",
        "store", "region day month", "net_sales txn_count avg_txn_value member_sales_share net_receipts cash_in "
        "new_members buyers", charted="net_sales net_receipts",
    ),
)  # fmt: skip
