"""Reports of what members are likely to do next."""

from hq_server.reports.catalogue.making import report

REPORTS = (
    report(
        "customer_value", "segments", "客户价值与流失预测", "Customer value and churn risk",
        "会员未来值多少，谁可能已流失，下次何时来？BG/NBD 与 Gamma-Gamma 模型，按期末为止的消费天数估计；"
        "只来过一天的会员视为未流失，不计季节。",
        "What are members worth in the year to come, who may have left, and when do they come again? By the BG/NBD and "
        "Gamma-Gamma models, from purchase days up to the end of the period; who came on one day only counts as not "
        "having left, and seasons are not known.",
        "risk_band", "home_store region level segment stage",
        "members members_share expected_value expected_purchases mean_risk next_visit value_per_member lifetime_sales",
        charted="expected_value", behind="members", days=365,
    ),
)  # fmt: skip
