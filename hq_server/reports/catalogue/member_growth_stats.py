"""Member growth: members at the beginning, who joined, who left, members at the end."""

from hq_server.reports.declarations import ADDITIVE, COUNT, RATIO, SHARE, Column, Dimension, Report

# an opening or closing belongs to a whole period
_NO_BALANCE = ("opening_members", "closing_members", "growth_rate")

MEMBER_GROWTH_STATS = Report(
    id="member_growth_stats",
    category={"zh": "会员报表", "en": "Member reports"},
    name={"zh": "会员发展统计", "en": "Member growth"},
    definition={
        "en": "Who became a member and who left, by the local day of the store: head office's register at the end of "
        "the period is the register before it plus new less left. An account merged into another has left.",
        "zh": "按门店当地日期统计加入与离开的会员：期末会员数等于期初加新增减离开。并入其他账户的视为离开。",
    },
    dimensions=(
        Dimension("store", {"zh": "加入门店", "en": "Store of joining"}),
        Dimension("day", {"zh": "日", "en": "Day"}, _NO_BALANCE),
        Dimension("month", {"zh": "月份", "en": "Month"}, _NO_BALANCE),
        Dimension("channel", {"zh": "加入渠道", "en": "Where they joined"}),
        Dimension("level", {"zh": "等级", "en": "Level"}),
    ),
    columns=(
        Column("opening_members", COUNT, ADDITIVE, {"zh": "期初会员", "en": "At the beginning"}, {
            "en": "Joined before the period and not left before it.", "zh": "期间之前加入且未离开。",
        }),
        Column("new_members", COUNT, ADDITIVE, {"zh": "新增", "en": "New"}, {
            "en": "Joined in the period.", "zh": "期内加入。",
        }),
        Column("left_members", COUNT, ADDITIVE, {"zh": "离开", "en": "Left"}, {
            "en": "Accounts closed, or merged into another, in the period.", "zh": "期内销户或并入其他账户。",
        }),
        Column("net_growth", COUNT, ADDITIVE, {"zh": "净增", "en": "Net growth"}, {
            "en": "New less left.", "zh": "新增减离开。",
        }),
        Column("closing_members", COUNT, ADDITIVE, {"zh": "期末会员", "en": "At the end"}, {
            "en": "At the beginning plus net growth.", "zh": "期初加净增。",
        }),
        Column("growth_rate", SHARE, RATIO, {"zh": "增长率", "en": "Growth"}, {
            "en": "Net growth divided by members at the beginning.", "zh": "净增除以期初会员。",
        }, ("net_growth", "opening_members")),
    ),
)  # fmt: skip
