"""What head office's people do: recall, cancel, freeze, give units, merge and close accounts, advance, close cases."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from hq_server.errors import HqError
from hq_server.vault import accounts, advancing, recovery, remembering, rights
from hq_server.vault.book import Book
from hq_server.vault.lots import add_own_lots
from protocol.ledger import coupons

if TYPE_CHECKING:
    from tools.simulation.world import World

SELDOM = 0.15  # decisions that end an account or a case
CODE_USES = 3
CAP = 1_000_000
ONE, OTHER = "finance", "director"


class BackOffice:
    """Each is one transaction; what head office refuses is counted."""

    def __init__(self, world: "World"):
        self.world, self.dice, self.office = world, world.work_dice, world.office

    def recall_some(self, account: str) -> None:
        """Value is asked back."""
        asset = self.dice.choice(("principal", "bonus", "points", "*"))
        self.office.recall(self.dice.choice(self._stores()), account, asset, self.dice.choice((100, 2000, 10**6)))

    def cancel_grant(self, account: str) -> None:
        self.office.cancel_grants(account)

    def freeze(self, account: str) -> None:
        status = self.dice.choice(("active", "active", "frozen"))
        self.office.tell_all("block", {"account": account, "status": status})

    def give_units(self, account: str) -> None:
        """A coupon, a few punches, or more uses of a public code for a store."""
        store = self.dice.choice(self._stores())
        gifts = (
            lambda vault: self._give_coupon(vault, account),
            lambda vault: accounts.adjust(vault, account, "punch:wash", 7, "goodwill", ONE, OTHER),
            lambda vault: _share_code(vault, store),
        )
        self._do("given", self.dice.choice(gifts))

    def decide(self, account: str) -> None:
        """Two people have agreed on something that cannot be taken back."""
        heir = self.dice.choice(self.world.people.accounts)
        # Of lives that are gone: what a store that still sells would be advanced, only people can know.
        gone = sorted(self.world.truth.lives.keys() - self.world.truth.current.values())
        life = self.dice.choice(gone) if gone else ""
        decisions = {
            "merged": lambda vault: accounts.merge(vault, account, heir, ONE, OTHER),
            "closed": lambda vault: accounts.close(vault, account, ONE, OTHER),
            "advanced": lambda vault: advancing.advance(vault, life, account, None),
            "case_closed": lambda vault: advancing.close(vault, life, ONE, OTHER),
        }
        what = self.dice.choice(sorted(decisions))
        if self.dice.random() < SELDOM and self._do(what, decisions[what]) and what in ("merged", "closed"):
            self._somebody_joins()

    def set_aside_the_gone(self) -> None:
        """A gateway that was replaced before a restored head office had heard it will not report any more."""
        vault = self.office.vault
        gone = [row for row in recovery.awaited(vault) if row.incarnation != vault.gateway(row.store).incarnation]
        for row in [one for one in gone if one.status == recovery.AWAITED]:
            self._do("set_aside", lambda vault, row=row: remembering.set_aside(vault, row.store, CAP, ONE, OTHER))

    def _stores(self) -> list[str]:
        return self.world.people.stores

    def _give_coupon(self, vault: Any, account: str) -> None:
        transfer = vault.new_id()
        done = coupons.issue(vault.holding(account, "hq"), transfer, "tea", {}, vault.now_s)
        assert not isinstance(done, coupons.Pending)
        book = Book(vault)
        book.note("issued", transfer, account, done.entries)
        book.save()
        add_own_lots(vault, done.holding, transfer)
        vault.add_due({account})
        self.world.people.wallets.got(account, done.entries[0].credit.lot)

    def _somebody_joins(self) -> None:
        """So that there is always somebody to serve."""
        people = self.world.people
        account, home = "%032x" % self.dice.getrandbits(128), self.dice.choice(people.stores)
        if self._do("joined", lambda vault: vault.add_member(account, home)):
            people.accounts.append(account)
            people.homes[account] = home

    def _do(self, what: str, work: Callable[[Any], Any]) -> bool:
        """Whether head office lives, and has agreed and done it."""
        if not self.office.alive:
            return False
        try:
            done = self.office.guarded(lambda: self.office.transaction(work))
        except HqError as wrong:
            self.world.summary.turned_away["office_" + wrong.reason] += 1
            return False
        self.world.summary.happened[what] += done
        return done


def _share_code(vault: Any, store: str) -> None:
    gateway = vault.gateway(store)
    if gateway.status == "enrolled":
        rights.grant_right(vault, gateway, "code:open", CODE_USES)
