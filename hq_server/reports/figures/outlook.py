"""Figures of what members are likely to do next."""

from hq_server.reports.declarations import MONEY, QUANTITY, SHARE
from hq_server.reports.figures.making import MEMBERS, quotient, total

FIGURES = (
    total(
        "expected_value", MONEY, "预期价值", "Expected value",
        "未来十二个月预期净销售额，按月折现百分之一。",
        "Net sales to be expected in the next twelve months, less one percent a month.", MEMBERS, "value_cents",
    ),
    total(
        "expected_purchases", QUANTITY, "预期消费天数", "Expected purchase days",
        "未来十二个月预期消费的天数。", "Days with a purchase to be expected in the next twelve months.",
        MEMBERS, "expected_milli",
    ),
    total("_risk", SHARE, "流失风险合计", "Risks in all", "流失风险合计。", "Risks, added.", MEMBERS, "churn_risk"),
    total("_next", QUANTITY, "天数合计", "Days in all", "下次到店天数合计。", "Days to the next visit, added.",
          MEMBERS, "next_visit_days"),
    quotient(
        "mean_risk", SHARE, "平均流失风险", "Churn risk",
        "已流失的概率，均值；只来过一天的会员视为未流失。",
        "The chance to have left, mean; who came on one day only counts as not having left.", "_risk", "_seen", 1,
    ),
    quotient(
        "next_visit", QUANTITY, "下次到店（天）", "Next visit, days",
        "若未流失，半数会员在此天数内再来；均值。",
        "If they have not left, half of such members have come again within so many days; mean.",
        "_next", "_seen", 1000,
    ),
    quotient(
        "value_per_member", MONEY, "每会员预期价值", "Expected value a member",
        "预期价值除以曾消费会员。", "Expected value divided by members who ever bought.", "expected_value", "_seen",
    ),
)  # fmt: skip
