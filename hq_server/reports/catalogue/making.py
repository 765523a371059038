"""How a report is declared: its id, titles and question in both languages, what it shows and by what."""

from typing import Any

from hq_server.reports.declarations import Names, Report

CATEGORIES: dict[str, Names] = {
    "sales": {"zh": "销售报表", "en": "Sales reports"},
    "finance": {"zh": "财务报表", "en": "Finance reports"},
    "stored_value": {"zh": "储值报表", "en": "Stored-value reports"},
    "points": {"zh": "积分报表", "en": "Points reports"},
    "punches": {"zh": "计次报表", "en": "Punch-card reports"},
    "coupons": {"zh": "优惠券报表", "en": "Coupon reports"},
    "closing": {"zh": "结余报表", "en": "Closing-balance reports"},
    "fuel": {"zh": "加油站报表", "en": "Fuel reports"},
    "members": {"zh": "会员报表", "en": "Member reports"},
    "segments": {"zh": "会员分群", "en": "Segments"},
    "portraits": {"zh": "会员画像", "en": "Who members are"},
    "indicators": {"zh": "会员指标", "en": "Member indicators"},
    "other": {"zh": "其他报表", "en": "Other reports"},
}
WHERE = ("store", "region", "day", "week", "month", "quarter", "year")
LEDGER = "ledger.view"


def report(
    name: str,
    category: str,
    zh: str,
    en: str,
    asks_zh: str,
    asks_en: str,
    by: str,
    also: str,
    figures: str,
    **more: Any,
) -> Report:
    """`by`: what it is told apart by at first; `also`: by what else it can be; `figures`: what it shows. In words."""
    first = tuple(by.split())
    dimensions = tuple(dict.fromkeys((*first, *also.split())))
    told = more.pop("shown", "").split(), more.pop("charted", "").split()
    shown, charted = tuple(told[0]), tuple(told[1])
    return Report(
        name, CATEGORIES[category], {"zh": zh, "en": en}, {"zh": asks_zh, "en": asks_en}, dimensions,
        tuple(figures.split()), first, charted=charted, figures=shown, **more,
    )  # fmt: skip
