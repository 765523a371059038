"""Reports of members: the register, who they are, what they buy, which class they are in."""

from hq_server.reports.catalogue.making import LEDGER, report

_OF = "home_store region level"
_SPENT = "members members_share active_members member_sales sales_share avg_purchase"

REPORTS = (
    report(
        "member_growth_stats", "members", "会员发展统计", "Member growth statistics",
        "按门店当地日期统计加入与离开的会员：期末会员数等于期初加新增减离开。并入其他账户的视为离开。",
        "Who became a member and who left, by the local day of the store: the register at the end of the period is the "
        "register before it plus new less left. An account merged into another has left.",
        "store", "region channel level day week month quarter year",
        "opening_members new_members left_members net_growth closing_members growth_rate",
        charted="new_members left_members",
    ),
    report(
        "member_growth_trend", "members", "会员发展走势", "Member growth trend",
        "会员数随时间如何变化？", "How does the number of members move?",
        "day", "week month quarter year store channel level", "new_members left_members net_growth new_moving",
        chart="line", charted="new_members", fills=True, days=30,
    ),
    report(
        "enrolment_period_comparison", "members", "入会情况同期比较", "Enrolment versus comparable period",
        "新会员与环比期和去年同期相比如何？", "How do new members compare with the period before and a year ago?",
        "store", "region channel level", "new_members", compares=True,
        charted="new_members new_members_prev new_members_last_year",
    ),
    report(
        "member_count_report", "members", "会员数量", "Member count",
        "期末在册会员有多少？", "How many members are on the register at the end?",
        "home_store", "region level status joined_month channel", "members members_share", charted="members",
        behind="members",
    ),
    report(
        "member_level_distribution", "members", "会员级别分布", "Member level distribution",
        "各级别会员及其消费与余额。", "Members by level, with what they buy and have.",
        "level", "home_store region stage", "members members_share member_sales stored_balance points_balance",
        charted="members", chart="pie", behind="members",
    ),
    report(
        "activity_by_frequency", "members", "活跃度分析(按消费次数)", "Activity by purchases",
        "会员期内买了几次？每位在册会员恰在一档。", "How often did members buy? Every member is in exactly one band.",
        "frequency_band", f"{_OF} stage", f"{_SPENT} member_txns", charted="members", behind="members",
    ),
    report(
        "activity_by_amount", "members", "活跃度分析(按消费金额)", "Activity by spend",
        "会员期内花了多少？退货已扣除。", "How much did members spend, returns taken off?",
        "spend_band", f"{_OF} stage", f"{_SPENT} member_txns", charted="members", behind="members",
    ),
    report(
        "activity_by_last_purchase", "members", "活跃度分析(按最后消费时间)", "Activity by last purchase",
        "会员多久没来了？", "How long is it since members last bought?",
        "recency_band", f"{_OF} stage", "members members_share lifetime_sales stored_balance", charted="members",
        behind="members",
    ),
    report(
        "activity_by_item", "members", "活跃度分析(按消费项目)", "Activity by item",
        "各商品有多少会员购买？", "How many members bought each product?",
        "product", "category store region level", "buyers member_txn_count purchase_frequency member_net_sales "
        "spend_per_buyer", order="buyers", charted="buyers", behind="taps",
    ),
    report(
        "member_order_history", "members", "消费单据/明细", "Orders of members",
        "会员的每笔消费；点开可见单据。", "Purchases of members; open a row for its documents.",
        "account", "day store month level", "member_txn_count units member_net_sales avg_txn_value",
        order="member_net_sales", charted="member_net_sales", permission=LEDGER, behind="taps",
        only={"membership": ("member",)},
    ),
    report(
        "member_consumption_records", "members", "消费记录", "Consumption records",
        "会员买了什么？", "What did members buy?",
        "account product", "category store day month", "net_units net_sales txn_count", order="net_sales",
        permission=LEDGER, behind="taps", only={"membership": ("member",)},
    ),
    report(
        "after_sales_records", "members", "售后信息", "After-sales records",
        "会员的退货。", "What members brought back.",
        "account", "store day month product", "returns units_returned returns_amount", order="returns_amount",
        charted="returns_amount", permission=LEDGER, behind="taps", only={"membership": ("member",)},
    ),
    report(
        "omni_channel_acquisition", "members", "客户直达(全渠道拓客)", "Where members come from",
        "会员从哪里加入？", "Where did members join?",
        "channel", "store region month level", "new_members left_members net_growth", charted="new_members",
    ),
    # segments
    report(
        "member_rfm_analysis", "segments", "会员RFM分析", "Member RFM analysis",
        "会员按最近消费、次数、金额分为八类；阈值为均值。评分与上一等长期间比较。",
        "Members in eight classes by how lately, how often and how much they bought in the period, each against the "
        "mean; "
        "scores against those of the period before.",
        "segment", f"{_OF} stage movement", "members members_share member_sales sales_share mean_recency avg_f avg_m "
        "moved_up moved_down", charted="members", behind="members", days=365,
    ),
    report(
        "rfm_eight_segments", "segments", "RFM 八类客户", "RFM eight segments",
        "八类客户各有多少，贡献多少？", "How many members are in each of the eight classes, and what do they bring?",
        "segment", _OF, "members members_share member_sales sales_share mean_recency avg_f avg_m", charted="members",
        behind="members", days=365,
    ),
    report(
        "rfm_loyalty_movement", "segments", "会员忠诚度升降", "Loyalty up and down",
        "与上一等长期间相比，谁升谁降？", "Whose score rose or fell against the period before?",
        "segment_before segment", "movement home_store level", "members moved_up moved_down moved_same member_sales",
        charted="members", chart="matrix", behind="members", days=365,
    ),
    report(
        "rfm_dashboard", "segments", "RFM 仪表板", "RFM dashboard",
        "各客群的人数、升降与流失风险。", "Classes with their movement and who may be lost.",
        "segment", "stage home_store level movement at_risk",
        "members member_sales moved_up moved_down members_at_risk "
        "stored_balance", charted="members", behind="members", days=365,
    ),
    report(
        "member_lifecycle", "segments", "客户生命周期分析", "Customer life-cycle",
        "会员处于哪个阶段？按九十日窗口及其变化。", "Which stage of life are members in, by windows of ninety days?",
        "stage", f"{_OF} segment", "members members_share member_sales lifetime_sales members_at_risk",
        charted="members",
        behind="members", days=90,
    ),
    report(
        "member_classification_multi", "segments", "多维会员分类", "Multi-dimension classification",
        "会员按金额档与次数档交叉。", "Members by spend and by purchases.",
        "spend_band frequency_band", f"{_OF} segment stage", "members member_sales avg_purchase", chart="matrix",
        charted="members", behind="members",
    ),
    report(
        "member_preference", "segments", "会员偏好分析", "Member preferences",
        "各客群偏好什么？", "What does each class prefer?",
        "buyer_segment category", "product hour weekday store level buyer_stage",
        "net_sales net_share txn_count buyers",
        charted="net_sales", days=365, only={"membership": ("member",)},
    ),
    report(
        "consumption_behaviour_analysis", "segments", "消费行为分析", "Consumption behaviour",
        "各客群如何消费？", "How does each class buy?",
        "buyer_segment", "buyer_stage store region level hour weekday",
        "buyers purchase_frequency spend_per_buyer avg_txn_value discount_share units_per_txn",
        charted="spend_per_buyer",
        days=365, only={"membership": ("member",)},
    ),
    # who they are
    report(
        "member_gender_distribution", "portraits", "会员性别分布", "Gender",
        "会员的性别。", "Members by gender.",
        "gender", _OF, _SPENT, charted="members", chart="pie", behind="members",
    ),
    report(
        "member_constellation_distribution", "portraits", "会员星座分布", "Star signs",
        "会员是什么星座？", "Members by star sign.",
        "star_sign", _OF, _SPENT, charted="members", behind="members",
    ),
    report(
        "member_chinese_zodiac_distribution", "portraits", "会员生肖分布", "Chinese zodiac",
        "会员属什么？以农历新年为界。", "Members by zodiac animal; its year begins at lunar new year.",
        "animal", _OF, "members members_share", charted="members", behind="members",
    ),
    report(
        "member_era_distribution", "portraits", "会员年代分布", "Decades of birth",
        "会员出生在哪个年代？", "Members by decade of birth.",
        "decade", _OF, _SPENT, charted="members", behind="members",
    ),
    report(
        "member_age_distribution", "portraits", "会员年龄分布", "Ages",
        "会员多大年纪？", "How old are members?",
        "age_band", _OF, "members members_share mean_age median_age member_sales", charted="members", behind="members",
    ),
    report(
        "member_birthday_calendar", "portraits", "会员生日日历", "Birthday calendar",
        "何时有多少会员过生日？平年的 2 月 29 日计入 28 日。",
        "Birthdays by month and day; 29 February is kept on the 28th.",
        "birth_month birth_day", _OF, "members", charted="members",
    ),
    report(
        "member_profile_dashboard", "portraits", "会员数据仪表板", "Member dashboard",
        "会员、活跃、消费一览。", "Members, activity and spend at a glance.",
        "home_store", "region level segment stage", "members active_members register_active_rate member_sales avg_f "
        "avg_purchase repurchase_rate mean_recency", charted="active_members", behind="members",
    ),
    report(
        "regional_bubble_chart", "portraits", "地区消费气泡图", "Regional bubble chart",
        "各区域：横轴次数，纵轴金额，大小为距最后消费天数。",
        "Regions: how often across, how much upwards, the larger the longer away.",
        "region", "home_store level", "avg_f avg_m mean_recency members member_sales",
        charted="avg_f avg_m mean_recency",
        chart="bubble", behind="members", days=365,
    ),
    # indicators
    report(
        "weekly_member_indicators", "indicators", "日/周会员指标", "Daily and weekly member indicators",
        "每日新会员与会员消费。", "New members and members' purchases by day and week.",
        "week", "day store region", "new_members left_members buyers member_txn_count member_net_sales",
        chart="line", charted="new_members buyers", fills=True, days=28,
    ),
    report(
        "monthly_member_indicators", "indicators", "月/季会员指标", "Monthly and quarterly member indicators",
        "每月会员指标。", "Members by month and quarter.",
        "month", "quarter store region", "new_members left_members buyers purchase_frequency spend_per_buyer "
        "member_sales_share avg_txn_value", chart="line", charted="new_members buyers", days=365,
    ),
    report(
        "annual_member_indicators", "indicators", "年度会员指标", "Annual member indicators",
        "每年会员指标。", "Members by year.",
        "year", "store region", "new_members left_members buyers purchase_frequency member_sales_share avg_txn_value",
        charted="new_members buyers", days=730,
    ),
)  # fmt: skip
