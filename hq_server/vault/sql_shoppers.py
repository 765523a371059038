"""Members as far as value follows them, on a database."""

from collections.abc import Collection, Mapping, Set

from hq_server.cards import store as card_rows
from hq_server.floats import store as float_store
from hq_server.members import joining
from hq_server.members import store as members
from hq_server.members.changes import change_card
from hq_server.members.telling import member_messages, tell_member
from hq_server.vault.rows import Member, Shopped, Visits
from hq_server.vault.sql_parts import Part


class SqlShoppers(Part):
    """Shoppers of hq_server.vault.books."""

    def member(self, account: str) -> Member | None:
        found = members.figures_of(self.connection, [account])
        return Member(*found[0]) if found else None

    def meet(self, account: str, store: str, card: str = "", display: str = "") -> Member:
        return _member(joining.meet(self.connection, self.post, account, store, self.now_s, card, display))

    def meet_all(self, accounts: Set[str], store: str) -> dict[str, Member]:
        known = {row[0]: Member(*row) for row in members.figures_of(self.connection, accounts)}
        homeless = [account for account, one in known.items() if not one.home]
        members.put_home(self.connection, homeless, store)
        known |= {account: known[account]._replace(home=store) for account in homeless}
        return known | {account: self.meet(account, store) for account in sorted(accounts - known.keys())}

    def note_shopping(self, store: str, shopped: Mapping[str, Shopped]) -> None:
        members.put_figures(self.connection, [(one.usual_cents, one.sales, at) for at, one in shopped.items()])
        seen = [(account, store, one.visits, self.now_s) for account, one in shopped.items()]
        members.add_visits(self.connection, seen)

    def set_status(self, account: str, status: str) -> None:
        members.set_member(self.connection, account, status=status)
        tell_member(self.connection, self.post, [account], self.now_s)

    def block_card(self, card: str) -> bool:
        row = card_rows.card_row(self.connection, card)
        if row is None or row.status != "active":
            return False
        change_card(self.connection, self.post, card, "blocked", "as a store knew it", self.now_s)
        return True

    def heirs(self) -> Mapping[str, str]:
        return members.heirs(self.connection)

    def put_heir(self, account: str, heir: str) -> None:
        members.set_member(self.connection, account, heir=heir)

    def visits(self, account: str) -> list[Visits]:
        rows = members.visits(self.connection, account)
        return [Visits(row.store, row._mapping["count"], row.last_at_s) for row in rows]

    def targets(self, account: str) -> dict[str, int]:
        return float_store.targets_of(self.connection, account)

    def put_target(self, account: str, store: str, keep_cents: int | None) -> None:
        float_store.put_target(self.connection, account, store, keep_cents)

    def forget_targets(self, store: str) -> None:
        float_store.forget_targets(self.connection, store)

    def add_due(self, accounts: Collection[str]) -> None:
        float_store.add_due(self.connection, set(accounts), self.now_s)

    def any_due(self) -> bool:
        return float_store.any_due(self.connection)

    def take_due(self, limit: int) -> list[str]:
        return float_store.take_due(self.connection, limit)

    def tell_figures(self, store: str, accounts: list[str]) -> None:
        messages = member_messages(self.connection, accounts, self.now_s)
        self.post.send_many(self.connection, store, "member", messages)


def _member(row) -> Member:
    return Member(row.account, row.status, row.home, row.usual_cents, row.sales)
