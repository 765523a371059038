"""The table of roles and what each may do. Pages and API ask for a permission, never for a role."""

PERMISSIONS = {
    "stores.view": "see stores, gateways, terminals and alarms",
    "fleet.manage": "make enrolment codes, revoke terminals and gateways",
    "members.view": "find members and see their level, cards and balances; personal data masked",
    "members.personal": "see a member's personal data in full; each look is logged",
    "members.edit": "create members, change them, block cards",
    "ledger.view": "see entries, events and the taps behind them",
    "value.correct": "adjust balances, advance, close cases, merge and close accounts; a second person agrees",
    "reports.view": "open reports",
    "reports.export": "download reports as files",
    "trial_balance.view": "see the trial balance",
    "goods.edit": "change goods, prices and rules",
    "history.import": "bring in past sales from files",
    "staff.edit": "change attendants and their PINs",
    "marketing.edit": "change campaigns and coupons",
    "audit.view": "read the record of who did what",
    "users.manage": "add users, change roles, sign users out",
    "keys.manage": "make and withdraw keys for programs",
}

ADMINISTRATOR, STORE_MANAGER = "administrator", "store_manager"

# role -> permissions
ROLES = {
    ADMINISTRATOR: frozenset(PERMISSIONS),
    "finance": frozenset({
        "stores.view", "members.view", "ledger.view", "reports.view", "reports.export", "trial_balance.view",
        "audit.view", "value.correct", "history.import",
    }),
    "marketing": frozenset({
        "stores.view", "members.view", "reports.view", "reports.export", "marketing.edit", "goods.edit",
    }),
    "support": frozenset({
        "stores.view", "members.view", "members.personal", "members.edit", "ledger.view", "reports.view",
    }),
    "viewer": frozenset({"stores.view", "reports.view"}),
    STORE_MANAGER: frozenset({"reports.view", "reports.export"}),  # of the stores named, and nothing else
}


def may(role: str, permission: str) -> bool:
    """Whether that role holds that permission; raises KeyError for a permission that is not in the table."""
    PERMISSIONS[permission]
    return permission in ROLES.get(role, frozenset())
