"""Punch ledger: opening, movements by kind, closing, from the entries of the ledger."""

from hq_server.reports.declarations import ADDITIVE, COUNT, DISTINCT, Column, Dimension, Report

# an opening or closing belongs to a whole period
_NO_BALANCE = ("opening", "closing")

PUNCH_LEDGER = Report(
    id="punch_ledger",
    category={"zh": "计次报表", "en": "Punch-card reports"},
    name={"zh": "计次记录", "en": "Punch ledger"},
    definition={
        "en": "Every entry of punches, opening to closing, by business date. Along the item each counts what it is "
        "good for; the total adds units of all items.",
        "zh": "全部计次分录，从期初到期末，按营业日。按项目分别统计；合计为各项目次数之和。",
    },
    dimensions=(
        Dimension("asset", {"zh": "项目", "en": "Item"}),
        Dimension("store", {"zh": "发行门店", "en": "Issuing store"}),
        Dimension("account", {"zh": "会员账户", "en": "Account"}),
        Dimension("holder", {"zh": "持有方", "en": "Holder"}),
        Dimension("spent_at", {"zh": "发生门店", "en": "Where it happened"}, _NO_BALANCE),
        Dimension("day", {"zh": "营业日", "en": "Day"}, _NO_BALANCE),
    ),
    columns=(
        Column("opening", COUNT, ADDITIVE, {"zh": "期初", "en": "Opening"}, {
            "en": "All entries before the period.", "zh": "期间之前的全部分录。",
        }),
        Column("added", COUNT, ADDITIVE, {"zh": "增加", "en": "Added"}, {
            "en": "Sold or given.", "zh": "售出或赠送。",
        }),
        Column("used", COUNT, ADDITIVE, {"zh": "使用", "en": "Used"}, {
            "en": "Redeemed (negative).", "zh": "核销（负数）。",
        }),
        Column("reversed", COUNT, ADDITIVE, {"zh": "退回", "en": "Taken back"}, {
            "en": "Of sales taken back or refunded: punches given taken away, punches used given back.",
            "zh": "撤销或退货：收回所赠次数，退还所用次数。",
        }),
        Column("expired", COUNT, ADDITIVE, {"zh": "过期", "en": "Expired"}, {
            "en": "Lots that ran out (negative), the earliest first.", "zh": "到期作废的批次（负数），先到期先作废。",
        }),
        Column("adjusted", COUNT, ADDITIVE, {"zh": "调整", "en": "Adjusted"}, {
            "en": "Corrected by two people, with a reason.", "zh": "由两人确认并注明原因的更正。",
        }),
        Column("moved", COUNT, ADDITIVE, {"zh": "调拨", "en": "Moved"}, {
            "en": "Between head office and stores. Zero for every account and in all.",
            "zh": "总部与门店间的调拨。对每个账户及合计均为零。",
        }),
        Column("other", COUNT, ADDITIVE, {"zh": "其他", "en": "Other"}, {
            "en": "What was owed and is settled.", "zh": "结清的欠额。",
        }),
        Column("closing", COUNT, ADDITIVE, {"zh": "期末", "en": "Closing"}, {
            "en": "Opening plus all of the above.", "zh": "期初加上以上各项。",
        }),
        Column("entries", COUNT, DISTINCT, {"zh": "分录数", "en": "Entries"}, {
            "en": "Entries of the period; one that moves between holders counts once.",
            "zh": "期内分录数；持有方之间的调拨计一次。",
        }),
    ),
)  # fmt: skip
