"""Reports of stored value, points, punches and coupons: from the entries, so that they are the ledger."""

from hq_server.reports.catalogue.making import LEDGER, report

_STORED = {"asset_class": ("principal", "bonus")}
_POINTS, _PUNCH, _COUPON = (
    {"asset_class": ("points",)},
    {"asset_class": ("punch",)},
    {"asset_class": ("coupon", "once")},
)
_WHERE = "store region day week month year operator terminal level"
_LEDGER = "issuer account asset lot holder store day month move level"


def _prefixed(prefix: str, names: str) -> str:
    return " ".join(prefix + name for name in names.split())


REPORTS = (
    report(
        "member_topup", "stored_value", "会员充值", "Member top-ups",
        "会员充了多少，赠了多少？本金与赠金分列，撤销为负。",
        "How much was topped up, and how much bonus given? Principal and bonus apart, reversals negative.",
        "store", _WHERE, "topups topup_members topup_principal topup_bonus bonus_rate topup_reversed avg_topup",
        charted="topup_principal topup_bonus", behind="entries", only=_STORED,
    ),
    report(
        "member_topup_ranking", "stored_value", "会员充值排行", "Member top-up ranking",
        "谁充值最多？", "Who topped up most?",
        "account", "level store month", "rank topups topup_principal topup_bonus",
        order="topup_principal", charted="topup_principal", behind="entries", permission=LEDGER, only=_STORED,
    ),
    report(
        "stored_value_deduction", "stored_value", "储值扣费", "Stored-value deductions",
        "储值花在哪里，本金赠金各多少？",
        "Where is stored value spent, and how much of it is principal, how much bonus?",
        "store issuer", f"{_WHERE} offline late",
        "deductions spenders spent_amount spent_principal spent_bonus spent_returned avg_deduction",
        charted="spent_principal spent_bonus", behind="entries", only=_STORED,
    ),
    report(
        "inter_store_stored_value_settlement", "stored_value", "店间储值结算", "Inter-store stored-value settlement",
        "在乙店花了甲店收的储值：甲欠乙。按分录所指批次，从不事后匹配；退回已扣除。",
        "What was spent at one store out of value that another issued, which the issuer owes. By the lots that entries "
        "name, never matched afterwards; what went back is taken off.",
        "issuer store", "day month quarter year", "settle_principal settle_bonus spenders",
        charted="settle_principal", chart="matrix", permission=LEDGER, only=_STORED, behind="entries",
    ),
    report(
        "stored_value_ledger", "stored_value", "储值记录", "Stored-value ledger",
        "期初加上期内每笔带符号的分录等于期末，逐批次且合计均成立。本金为会员实付，赠金为连锁赠送；"
        "期末合计即连锁对会员的预付负债。点开一行可见其分录，点开分录可见对应的刷卡。",
        "Opening plus every signed entry of the period is closing, per lot and in all. Principal is what members paid "
        "in, "
        "bonus is what the chain gave; the chain's closing total is what it owes its members. Open a row to see the "
        "entries behind it, and an entry to see the tap.",
        "issuer", _LEDGER,
        "opening top_up bonus spent reversed expired adjusted moved other closing entries",
        charted="closing", permission=LEDGER, behind="entries", only=_STORED,
        shown="opening top_up bonus spent reversed closing",
    ),
    report(
        "stored_value_closing_balance", "closing", "储值结余", "Stored-value closing balance",
        "期末欠会员多少？期初加增减等于期末；本金赠金分列。",
        "What is owed to members at the end? Opening plus and minus is closing; principal and bonus apart.",
        "issuer", "level account holder", "opening top_up bonus spent reversed expired adjusted other "
        "closing_principal closing_bonus closing late_after_close",
        charted="closing_principal closing_bonus", permission=LEDGER, only=_STORED, behind="entries",
        shown="opening closing_principal closing_bonus closing",
    ),
    report(
        "stored_value_punch_changes", "stored_value", "储值/计次增减报表", "Stored-value and punch-card changes",
        "储值与计次按类型的增减。", "Increases and decreases by kind of movement.",
        "asset move", "store month account", "entries punch_entries top_up bonus spent reversed punch_added punch_used",
        charted="entries", permission=LEDGER, behind="entries", only={"asset_class": ("principal", "bonus", "punch")},
    ),
    report(
        "card_return_stats", "members", "会员退卡统计", "Card return statistics",
        "销户退还多少本金，作废多少赠金和积分？",
        "What was paid back when accounts were closed, and what was forfeited?",
        "issuer", "level month account",
        "accounts_returned principal_refunded bonus_forfeited points_voided units_voided",
        charted="principal_refunded", permission=LEDGER,
    ),
    report(
        "points_ledger", "points", "积分记录", "Points ledger",
        "全部积分分录，从期初到期末，按营业日。扣减先用最早到期的批次，因此到期不会重复扣减。",
        "Every entry of points, opening to closing, by business date. Debits take the lots that expire first, so a "
        "lot's "
        "expiry never takes twice.",
        "issuer", _LEDGER, _prefixed("points_",
        "opening earned redeemed reversed expired adjusted moved other closing entries"),
        charted="points_earned points_closing", permission=LEDGER, behind="entries", only=_POINTS,
        shown=_prefixed("points_", "opening earned redeemed reversed expired closing"),
    ),
    report(
        "points_redemption", "points", "积分兑换", "Points redemption",
        "用了多少积分，谁用的？", "How many points were used, and by how many members?",
        "store", _WHERE, "redemptions redeemers points_used", charted="points_used", behind="entries", only=_POINTS,
    ),
    report(
        "inter_store_points_settlement", "points", "店间积分结算", "Inter-store points settlement",
        "在乙店用了甲店赚的积分：甲付乙。", "Points earned at one store and used at another, which the first owes.",
        "issuer store", "day month quarter year", "settle_points redeemers", charted="settle_points", chart="matrix",
        permission=LEDGER, only=_POINTS, behind="entries",
    ),
    report(
        "points_closing_balance", "closing", "积分结余", "Points closing balance",
        "期末有多少积分？", "How many points are there at the end?",
        "issuer", "level account holder", _prefixed("points_",
        "opening earned redeemed reversed expired adjusted other closing late_after_close"),
        charted="points_closing", permission=LEDGER, only=_POINTS, behind="entries",
    ),
    report(
        "punch_ledger", "punches", "计次记录", "Punch ledger",
        "全部计次分录，从期初到期末，按营业日。按项目分别统计；合计为各项目次数之和。",
        "Every entry of punches, opening to closing, by business date. Along the item each counts what it is good for; "
        "the total adds units of all items.",
        "asset", _LEDGER, _prefixed("punch_",
        "opening added used reversed expired adjusted moved other closing entries"),
        charted="punch_added punch_closing", permission=LEDGER, behind="entries", only=_PUNCH,
        shown=_prefixed("punch_", "opening added used reversed expired closing"),
    ),
    report(
        "punch_card_topup", "punches", "增加计次", "Punch-card units added",
        "增加了多少次？", "How many punches were added?",
        "asset", _WHERE, "punch_adds punch_members units_added", charted="units_added", behind="entries", only=_PUNCH,
    ),
    report(
        "punch_card_deduction_stats", "punches", "扣次统计", "Punch-card deduction statistics",
        "用了多少次，在哪里用的？", "How many punches were used, and where?",
        "asset", f"{_WHERE} offline", "punch_uses punch_members units_used units_back", charted="units_used",
        behind="entries", only=_PUNCH,
    ),
    report(
        "punch_card_remaining", "punches", "剩余计次", "Punch-card units remaining",
        "还剩多少次，何时到期？", "How many punches are left, and when do they run out?",
        "asset", "account issuer expiry level", "units_remaining", charted="units_remaining", permission=LEDGER,
        only=_PUNCH, behind="entries",
    ),
    report(
        "punch_card_closing_balance", "closing", "计次结余", "Punch-card closing balance",
        "计次从期初到期末。", "Punches from opening to closing.",
        "asset", "issuer account level", _prefixed("punch_",
        "opening added used reversed expired adjusted other closing late_after_close"),
        charted="punch_closing", permission=LEDGER, only=_PUNCH, behind="entries",
    ),
    report(
        "coupons_outstanding", "coupons", "剩余优惠券", "Outstanding coupons",
        "还有多少券未用，何时到期？", "How many coupons are not used, and when do they run out?",
        "asset", "expiry level issuer account", "coupons", charted="coupons", only=_COUPON, behind="entries",
    ),
    report(
        "coupon_usage", "coupons", "优惠券使用", "Coupon usage",
        "用了哪些券，在哪里用的？", "Which coupons were used, and where?",
        "asset", _WHERE, "coupons_redeemed coupon_members", charted="coupons_redeemed", only=_COUPON, behind="entries",
    ),
    report(
        "coupon_issuance", "coupons", "优惠券发送", "Coupon issuance",
        "发了哪些券？", "Which coupons were given out?",
        "asset", "day week month level issuer", "coupons_issued coupons_redeemed redemption_rate coupon_members",
        charted="coupons_issued", only=_COUPON, behind="entries",
    ),
)  # fmt: skip
