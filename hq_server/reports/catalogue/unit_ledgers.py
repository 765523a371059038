"""Ledgers of what is counted in units, points and punches: opening, movements by kind, closing, from the entries."""

from hq_server.reports.declarations import ADDITIVE, COUNT, DISTINCT, Column, Dimension, Names, Report

# an opening or closing belongs to a whole period
_NO_BALANCE = ("opening", "closing")


def _units(name: str, zh: str, en: str, means_zh: str, means_en: str) -> Column:
    return Column(name, COUNT, ADDITIVE, {"zh": zh, "en": en}, {"zh": means_zh, "en": means_en})


def _ledger(
    report_id: str, category: Names, name: Names, definition: Names, noun: Names, own: tuple[Column, ...],
    items: tuple[Dimension, ...] = (),
) -> Report:
    """own: how such units come and go; items: what tells one kind of them from another."""
    return Report(
        id=report_id,
        category=category,
        name=name,
        definition=definition,
        dimensions=(
            *items,
            Dimension("store", {"zh": "发行门店", "en": "Issuing store"}),
            Dimension("account", {"zh": "会员账户", "en": "Account"}),
            Dimension("holder", {"zh": "持有方", "en": "Held by"}),
            Dimension("spent_at", {"zh": "发生门店", "en": "Where it happened"}, _NO_BALANCE),
            Dimension("day", {"zh": "营业日", "en": "Day"}, _NO_BALANCE),
        ),
        columns=(
            _units("opening", "期初", "Opening", "期间之前的全部分录。", "All entries before the period."),
            *own,
            _units("reversed", "退回", "Taken back", f"撤销或退货：收回所赠{noun['zh']}，退还所用{noun['zh']}。",
                   f"Of sales taken back or refunded: {noun['en']} given taken away, {noun['en']} used given back."),
            _units("expired", "过期", "Expired", "到期作废的批次（负数），先到期先作废。",
                   "Lots that ran out (negative), the earliest first."),
            _units("adjusted", "调整", "Adjusted", "由两人确认并注明原因的更正。",
                   "Corrected by two people, with a reason."),
            _units("moved", "调拨", "Moved", "总部与门店间的调拨。对每个账户及合计均为零。",
                   "Between head office and stores. Zero for every account and in all."),
            _units("other", "其他", "Other", "结清的欠额。", "What was owed and is settled."),
            _units("closing", "期末", "Closing", "期初加上以上各项。", "Opening plus all of the above."),
            Column("entries", COUNT, DISTINCT, {"zh": "分录数", "en": "Entries"}, {
                "en": "Entries of the period; one that moves between holders counts once.",
                "zh": "期内分录数；持有方之间的调拨计一次。",
            }),
        ),
    )  # fmt: skip


POINTS_LEDGER = _ledger(
    "points_ledger",
    {"zh": "积分报表", "en": "Points reports"},
    {"zh": "积分记录", "en": "Points ledger"},
    {
        "en": "Every entry of points, opening to closing, by business date. Debits take the lots that expire first, so "
        "a lot's expiry never takes twice.",
        "zh": "全部积分分录，从期初到期末，按营业日。扣减先用最早到期的批次，因此到期不会重复扣减。",
    },
    {"zh": "积分", "en": "points"},
    (
        _units("earned", "获得", "Earned", "消费所得。", "Given with sales."),
        _units("redeemed", "使用", "Redeemed", "抵扣使用（负数）。", "Paid with (negative)."),
    ),
)
PUNCH_LEDGER = _ledger(
    "punch_ledger",
    {"zh": "计次报表", "en": "Punch-card reports"},
    {"zh": "计次记录", "en": "Punch ledger"},
    {
        "en": "Every entry of punches, opening to closing, by business date. Along the item each counts what it is "
        "good for; the total adds units of all items.",
        "zh": "全部计次分录，从期初到期末，按营业日。按项目分别统计；合计为各项目次数之和。",
    },
    {"zh": "次数", "en": "punches"},
    (
        _units("added", "增加", "Added", "售出或赠送。", "Sold or given."),
        _units("used", "使用", "Used", "核销（负数）。", "Redeemed (negative)."),
    ),
    (Dimension("asset", {"zh": "项目", "en": "Item"}),),
)
