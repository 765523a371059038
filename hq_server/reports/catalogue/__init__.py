"""The reports there are, each one declaration and its facts."""

from typing import NamedTuple

from hq_server.reports import fuel, growth, ranking, sales, stored_value
from hq_server.reports.catalogue.fuel_by_grade import FUEL_BY_GRADE
from hq_server.reports.catalogue.member_growth_stats import MEMBER_GROWTH_STATS
from hq_server.reports.catalogue.product_sales_ranking import PRODUCT_SALES_RANKING
from hq_server.reports.catalogue.sales_summary import SALES_SUMMARY
from hq_server.reports.catalogue.stored_value_ledger import STORED_VALUE_LEDGER
from hq_server.reports.catalogue.unit_ledgers import POINTS_LEDGER, PUNCH_LEDGER
from hq_server.reports.declarations import Report
from hq_server.reports.run import Facts


class Listed(NamedTuple):
    """A report, where its figures come from, and who may see it."""

    report: Report
    facts: Facts
    permission: str


REPORTS = {
    listed.report.id: listed
    for listed in (
        Listed(SALES_SUMMARY, sales.facts, "reports.view"),
        Listed(PRODUCT_SALES_RANKING, ranking.facts, "reports.view"),
        Listed(FUEL_BY_GRADE, fuel.facts, "reports.view"),
        Listed(MEMBER_GROWTH_STATS, growth.facts, "reports.view"),
        Listed(STORED_VALUE_LEDGER, stored_value.facts, "ledger.view"),
        Listed(POINTS_LEDGER, stored_value.points_facts, "ledger.view"),
        Listed(PUNCH_LEDGER, stored_value.punches_facts, "ledger.view"),
    )
}
