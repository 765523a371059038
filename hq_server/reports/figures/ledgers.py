"""Figures of ledgers: opening, movements by kind, closing, of what members have."""

from typing import Any

from hq_server.reports.declarations import BEFORE, COUNT, MONEY, UPTO, WITHIN, Measure
from hq_server.reports.figures.making import MOVES, NO_BALANCE, distinct, total


def moved(
    name: str,
    unit: str,
    zh: str,
    en: str,
    means_zh: str,
    means_en: str,
    assets: tuple[str, ...],
    kinds: tuple[str, ...] = (),
    span: str = WITHIN,
    sign: int = 1,
) -> Measure:
    def where(t: Any) -> Any:
        return t.asset_class.isin(assets) & t.kind.isin(kinds) if kinds else t.asset_class.isin(assets)

    never = NO_BALANCE if span != WITHIN else ()
    return total(name, unit, zh, en, means_zh, means_en, MOVES, "amount" if sign > 0 else "-amount", where, span, never)


STORED, POINTS, PUNCHES, COUPONS = ("principal", "bonus"), ("points",), ("punch",), ("coupon", "once")


def _ledger(prefix: str, unit: str, assets: tuple[str, ...], own: tuple) -> tuple[Measure, ...]:
    """Opening, movements by kind, closing and entries of some assets. own: (id, zh, en, means zh, means en, kinds)."""
    p, opening = prefix, "期间之前的全部分录。"
    return (
        moved(p + "opening", unit, "期初", "Opening", opening, "All entries before the period.", assets, (), BEFORE),
        *(moved(p + name, unit, zh, en, m_zh, m_en, assets, kinds) for name, zh, en, m_zh, m_en, kinds in own),
        moved(
            p + "closing",
            unit,
            "期末",
            "Closing",
            "期末为止的全部分录。",
            "All entries up to the end of the period.",
            assets,
            (),
            UPTO,
        ),
        distinct(
            p + "entries",
            "分录数",
            "Entries",
            "期内分录数；持有方之间的调拨计一次。",
            "Entries of the period; one that moves value between holders counts once.",
            MOVES,
            "entry",
            lambda t: t.asset_class.isin(assets),
        ),
    )


_REVERSED = (
    "reversed",
    "退回",
    "Taken back",
    "撤销或退货：退回原批次，或从批次扣回。",
    "Of sales taken back or refunded, back to the lots drawn; or out of what had been given.",
    ("reversed",),
)
_EXPIRED = ("expired", "过期", "Expired", "到期作废的批次（负数）。", "Lots that ran out (negative).", ("expired",))
_MOVED = (
    "moved",
    "调拨",
    "Moved",
    "总部与门店间的调拨。对每个账户及合计均为零。",
    "Between head office and stores. Zero for every account and in all.",
    ("moved",),
)
_ADJUSTED = (
    "adjusted",
    "调整",
    "Adjusted",
    "由两人确认并注明原因的更正。",
    "Corrected by two people, with a reason.",
    ("adjusted",),
)
_OTHER = (
    "other",
    "其他",
    "Other",
    "合并、销户退还与欠额结清。",
    "Merged, paid out, and what was owed and is settled.",
    ("merged", "other", "paid_out"),
)

FIGURES = (
    *_ledger(
        "",
        MONEY,
        STORED,
        (
            ("top_up", "充值", "Topped up", "会员实付本金。", "Principal paid in.", ("top_up",)),
            ("bonus", "赠送", "Bonus", "充值时连锁赠送。", "Given by the chain on top-ups.", ("bonus",)),
            (
                "spent",
                "消费",
                "Spent",
                "销售扣减的储值（负数）。",
                "Taken from stored value by sales (negative).",
                ("spent",),
            ),
            _REVERSED,
            _EXPIRED,
            _ADJUSTED,
            _MOVED,
            _OTHER,
        ),
    ),
    *_ledger(
        "points_",
        COUNT,
        POINTS,
        (
            ("earned", "获得", "Earned", "消费所得。", "Given with sales.", ("earned",)),
            ("redeemed", "使用", "Redeemed", "抵扣使用（负数）。", "Paid with (negative).", ("redeemed",)),
            _REVERSED,
            _EXPIRED,
            _ADJUSTED,
            _MOVED,
            _OTHER,
        ),
    ),
    *_ledger(
        "punch_",
        COUNT,
        PUNCHES,
        (
            ("added", "增加", "Added", "售出或赠送。", "Sold or given.", ("added",)),
            ("used", "使用", "Used", "核销（负数）。", "Redeemed (negative).", ("used",)),
            _REVERSED,
            _EXPIRED,
            _ADJUSTED,
            _MOVED,
            _OTHER,
        ),
    ),
    *_ledger(
        "coupon_",
        COUNT,
        COUPONS,
        (
            ("issued", "发放", "Issued", "发放的券。", "Given out.", ("issued",)),
            ("used", "使用", "Used", "核销的券（负数）。", "Redeemed (negative).", ("used",)),
            _REVERSED,
            _EXPIRED,
            _MOVED,
            _OTHER,
        ),
    ),
)
