"""The side bar as a table: group -> (address, text key, icon, permission)."""

from typing import NamedTuple

from hq_server.access.guard import Visitor


class Item(NamedTuple):
    href: str
    title: str
    icon: str
    permission: str


class Group(NamedTuple):
    title: str
    items_: tuple[Item, ...]


NAVIGATION = (
    Group("nav.chain", (
        Item("/", "nav.home", "home", "stores.view"),
        Item("/stores", "nav.stores", "store", "stores.view"),
        Item("/alarms", "nav.alarms", "bell", "stores.view"),
        Item("/members", "nav.members", "people", "members.view"),
        Item("/segments", "nav.segments", "list", "members.view"),
        Item("/cards", "nav.cards", "card", "members.view"),
        Item("/fuel/prices", "nav.fuel_prices", "drop", "stores.view"),
        Item("/fuel/companies", "nav.companies", "people", "members.personal"),
        Item("/cases", "nav.cases", "case", "ledger.view"),
        Item("/recovery", "nav.recovery", "tray", "ledger.view"),
    )),
    Group("nav.reports", (
        Item("/reports", "nav.all_reports", "tray", "reports.view"),
        Item("/reports/sales_summary", "nav.sales_summary", "bars", "reports.view"),
        Item("/reports/product_sales_ranking", "nav.product_sales_ranking", "list", "reports.view"),
        Item("/reports/fuel_sales_stats", "nav.fuel_sales_stats", "drop", "reports.view"),
        Item("/reports/stored_value_ledger", "nav.stored_value_ledger", "wallet", "ledger.view"),
        Item("/reports/points_ledger", "nav.points_ledger", "star", "ledger.view"),
        Item("/reports/punch_ledger", "nav.punch_ledger", "punch", "ledger.view"),
        Item("/reports/member_growth_stats", "nav.member_growth_stats", "people", "reports.view"),
        Item("/trial-balance", "nav.trial_balance", "scales", "trial_balance.view"),
    )),
    Group("nav.administration", (
        Item("/releases", "nav.releases", "chip", "stores.view"),
        Item("/imports", "nav.imports", "tray", "stores.view"),
        Item("/users", "nav.users", "key", "users.manage"),
        Item("/audit", "nav.audit", "list", "audit.view"),
    )),
)


def navigation_for(visitor: Visitor) -> list[Group]:
    """What this visitor may open; groups with nothing in them are left out."""
    groups = (Group(g.title, tuple(item for item in g.items_ if visitor.may(item.permission))) for g in NAVIGATION)
    return [group for group in groups if group.items_]
