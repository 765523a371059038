"""Stored-value ledger: every entry on members' principal and bonus, rolled forward from opening to closing."""

from hq_server.reports.declarations import ADDITIVE, COUNT, DISTINCT, MONEY, Column, Dimension, Report

# where value comes from and goes to happens on a day or at a terminal; a balance does not
_NO_BALANCE = ("opening", "closing")

STORED_VALUE_LEDGER = Report(
    id="stored_value_ledger",
    category={"zh": "储值报表", "en": "Stored-value reports"},
    name={"zh": "储值记录", "en": "Stored-value ledger"},
    definition={
        "en": "Opening plus every signed entry of the period is closing, per lot and in all. Principal is what members "
        "paid in, bonus is what the chain gave; the chain's closing total is what it owes its members. Open a row to "
        "see the entries behind it, and an entry to see the tap.",
        "zh": "期初加上期内每笔带符号的分录等于期末，逐批次且合计均成立。本金为会员实付，赠金为连锁赠送；"
        "期末合计即连锁对会员的预付负债。点开一行可见其分录，点开分录可见对应的刷卡。",
    },
    dimensions=(
        Dimension("store", {"zh": "发行门店", "en": "Issuing store"}),
        Dimension("account", {"zh": "会员账户", "en": "Account"}),
        Dimension("asset", {"zh": "本金/赠金", "en": "Principal or bonus"}),
        Dimension("lot", {"zh": "批次", "en": "Lot"}),
        Dimension("holder", {"zh": "持有方", "en": "Held by"}),
        Dimension("spent_at", {"zh": "发生门店", "en": "Where it happened"}, _NO_BALANCE),
        Dimension("day", {"zh": "营业日", "en": "Day"}, _NO_BALANCE),
    ),
    columns=(
        Column("opening", MONEY, ADDITIVE, {"zh": "期初", "en": "Opening"}, {
            "en": "All entries before the period.", "zh": "期间之前的全部分录。",
        }),
        Column("top_up", MONEY, ADDITIVE, {"zh": "充值", "en": "Topped up"}, {
            "en": "Principal paid in.", "zh": "会员实付本金。",
        }),
        Column("bonus", MONEY, ADDITIVE, {"zh": "赠送", "en": "Bonus"}, {
            "en": "Given by the chain on top-ups.", "zh": "充值时连锁赠送。",
        }),
        Column("spent", MONEY, ADDITIVE, {"zh": "消费", "en": "Spent"}, {
            "en": "Taken from stored value by sales (negative).", "zh": "销售扣减的储值（负数）。",
        }),
        Column("reversed", MONEY, ADDITIVE, {"zh": "冲正", "en": "Taken back"}, {
            "en": "Of sales taken back or refunded, back to the lots drawn; or out of a lot whose top-up was reversed.",
            "zh": "撤销或退货时退回所扣批次，或撤销充值时从批次扣回。",
        }),
        Column("expired", MONEY, ADDITIVE, {"zh": "过期", "en": "Expired"}, {
            "en": "Lots that ran out (negative).", "zh": "到期作废的批次（负数）。",
        }),
        Column("moved", MONEY, ADDITIVE, {"zh": "调拨", "en": "Moved"}, {
            "en": "Between head office and stores. Zero for every account and in all: nobody gains by it.",
            "zh": "总部与门店间的调拨。对每个账户及合计均为零。",
        }),
        Column("other", MONEY, ADDITIVE, {"zh": "其他", "en": "Other"}, {
            "en": "Corrections and receivables.", "zh": "更正与应收。",
        }),
        Column("closing", MONEY, ADDITIVE, {"zh": "期末", "en": "Closing"}, {
            "en": "Opening plus all of the above.", "zh": "期初加上以上各项。",
        }),
        Column("entries", COUNT, DISTINCT, {"zh": "分录数", "en": "Entries"}, {
            "en": "Entries of the period; one that moves value between holders counts once.",
            "zh": "期内分录数；持有方之间的调拨计一次。",
        }),
    ),
)
