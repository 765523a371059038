"""A head office restored from its own backup hears again what it has forgotten: from every store, in its own chain.

    begin       a new life of head office; every gateway is awaited
    listen      an awaited gateway names the life that it knows: what it has not had is numbered anew, `restored` first
    remember    a grant that this head office forgot, proved by its own signature, is booked before the store's event
    barred      what it knows to be frozen or blocked is so here too: a backup may be older than that
    met         the gateway's event hq_met: what it took of the old life stands before it, nothing comes after it
    set_aside   two people will not wait for a store: value may leave the pool again, in all up to a cap

A gateway takes messages of one life of head office only, so one that was still on its way is refused after hq_met.
"""

from collections.abc import Callable

from hq_server.errors import HqError, conflict, not_found
from hq_server.fleet.rules import genesis
from hq_server.ingest.rules import Told
from hq_server.vault import recovery, refunds, rights
from hq_server.vault.book import LIFE, Book
from hq_server.vault.books import Vault
from hq_server.vault.recovery import AWAITED, REPORTED, SET_ASIDE
from hq_server.vault.rows import Awaited, Grant, Life, Lot, Office, RightGrant, RightMove
from hq_server.vault.scene import Scene
from protocol.ledger import offline, refund_rights
from protocol.ledger.cases import Case
from protocol.ledger.entries import HQ, SUSPENSE, TRANSIT, Entry, Line, member_line
from protocol.ledger.lots import Slice
from protocol.ledger.rights import grant_right

OTHER = "other_head_office"


def begin(vault: Vault, life: str, backup: str) -> Office:
    """The first thing after a restore: a life of its own, a chain of its own, and every gateway is awaited."""
    office = Office(life, vault.office().life, vault.now_s, backup)
    unheard = {(row.store, row.incarnation): row for row in vault.awaited() if row.status != REPORTED}
    vault.put_office(office)
    vault.add_life(Life(life, HQ, "enrolled", 0, genesis(life), 0))
    for gateway in vault.all_gateways():
        # Who had not met the life before either has an earlier one's numbers, and nothing that was numbered since.
        before = unheard.get((gateway.store, gateway.incarnation))
        mark_n = before.mark_n if before else vault.last_n(gateway.incarnation)
        vault.put_awaited(Awaited(gateway.store, gateway.incarnation, AWAITED, mark_n))
    return office


def listen(vault: Vault, store: str, after: int, life: str) -> None:
    """A gateway that has had messages up to `after` names the life of head office it knows. Raises HqError(OTHER).

    Asked again it does nothing, unless the gateway has meanwhile taken what was still on its way.
    """
    office, gateway = vault.office(), vault.gateway(store)
    if life == office.life or gateway is None:
        return
    row = row_of(vault, store, gateway.incarnation)
    if row is None and life == LIFE:  # enrolled by a program that knew of no lives
        row = Awaited(store, gateway.incarnation, REPORTED, vault.last_n(gateway.incarnation))
    elif row is None or row.status == REPORTED:
        raise conflict(OTHER, f"the gateway of {store} hears {life}, this is {office.life}")
    if row.told_n <= after:  # a question that was long on its way knows less than the gateway has had since
        n = vault.start_over(store, after, row.mark_n, "restored", {"was": life})
        vault.put_awaited(row._replace(mark_n=0, told_n=n))


def row_of(vault: Vault, store: str, incarnation: str) -> Awaited | None:
    """What this life knows of hearing an incarnation."""
    mine = [row for row in recovery.awaited(vault) if (row.store, row.incarnation) == (store, incarnation)]
    return mine[0] if mine else None


def met(scene: Scene) -> None:
    """A gateway's report is complete. Raises HqError(OTHER) where it has gone over to another head office."""
    vault, life = scene.vault, scene.life
    if scene.told.event.hq == vault.office().life:
        row = row_of(vault, life.store, life.incarnation)
        if row is not None and row.status != REPORTED:
            vault.put_awaited(row._replace(status=REPORTED))
            scene.book.save()  # refilling reads the balances
            rights.refill(vault, life.store)
    elif not scene.salvaged and not recovery.unheard(vault, life.store, life.incarnation):
        raise HqError(OTHER, f"the gateway of {life.store} has gone over to {scene.told.event.hq}", 409)


def barred(scene: Scene) -> None:
    """What a store that is heard again knows to be frozen or blocked and this head office does not, it bars too."""
    vault, life, told = scene.vault, scene.life, scene.told.event
    if not recovery.unheard(vault, life.store, life.incarnation):
        return
    known = {account: vault.member(account) for account in told.accounts}
    accounts = [account for account, one in known.items() if one is not None and one.status == "active"]
    for account in accounts:
        vault.set_status(account, "frozen")
    cards = [card for card in told.cards if vault.block_card(card)]
    if accounts or cards:
        vault.alarm("barred_again", life.store, ", ".join([*accounts, *cards])[:400])


def set_aside(vault: Vault, store: str, cap: int, operator: str, second: str) -> None:
    """Two people go on without a store. cap: how much may leave the pools, in all, before it has reported after all.

    Raises HqError: not_found, second_person.
    """
    row = next((one for one in recovery.awaited(vault) if one.store == store and one.status != REPORTED), None)
    if row is None:
        raise not_found("awaited store " + store)
    if not operator or not second or operator == second:
        raise conflict("second_person", "somebody else has to agree")
    vault.put_awaited(row._replace(status=SET_ASIDE, cap=cap, operator=operator, second=second))
    book = Book(vault)
    book.note("store_set_aside", vault.new_id(), "", (), store=store, cap=cap, operator=operator, second=second)
    book.save()


def remember(vault: Vault, book: Book, life: Life, told: Told) -> None:
    """Books a grant that this head office forgot, so that the store's event finds it; one it knows is left alone."""
    how, body = REMEMBER.get(told.event.kind), _order(vault, life, told)
    if how is not None and body is not None and recovery.unheard(vault, life.store, life.incarnation):
        how(vault, book, life, body)


def remember_gone(vault: Vault, book: Book, life: Life, told: Told) -> str:
    """The same for a life that has ended meanwhile, told by the next one: it waits in its case; the account, or ''."""
    body = _order(vault, life, told)
    if told.event.kind != "grant_taken" or body is None or not _open_for(vault, life.store):
        return ""
    slices = _grant(vault, book, life, body, SUSPENSE)
    if not slices:
        return ""
    vault.set_grant(body["grant"], "suspended")
    case = vault.case(life.incarnation, body["account"]) or Case(body["account"], life.store)
    waiting = {one.lot: one for one in case.waiting}
    for one in slices:
        waiting[one.lot] = one._replace(amount=one.amount + (waiting[one.lot].amount if one.lot in waiting else 0))
    vault.put_case(life.incarnation, case._replace(waiting=tuple(waiting.values())))
    return body["account"]


def adopt(vault: Vault, store: str, life: str) -> Life | None:
    """A life that began and ended after the backup: what its successor tells of it is evidence; None: not now."""
    if not life or not _open_for(vault, store):
        return None
    gone = Life(life, store, "replaced", 0, genesis(life), 0, "began after the backup")
    vault.add_life(gone)
    vault.alarm("value_in_suspense", store, f"incarnation {life} began after the backup that was restored")
    return gone


def _open_for(vault: Vault, store: str) -> bool:
    """Whether a store may still tell what an earlier machine of it took."""
    return any(row.store == store and row.status != REPORTED for row in recovery.awaited(vault))


def _order(vault: Vault, life: Life, told: Told) -> dict | None:
    """The message that an event answers, if it is one to this very life and about the same thing."""
    number = told.event.grant or (told.event.transfer if told.event.kind == "lent_settled" else None)
    body = vault.opened(told.event.order) if number else None
    if body is None or number not in (body.get("grant"), body.get("settle")):
        return None
    return body if (body.get("gateway"), body.get("incarnation")) == (life.store, life.incarnation) else None


def _grant(vault: Vault, book: Book, life: Life, body: dict, to: str = TRANSIT) -> tuple[Slice, ...]:
    """From the pool as far as it goes; what it lacks, another store still has to send home: until then it is loss."""
    if body["kind"] != "grant" or vault.grant(body["grant"]) is not None:
        return ()
    account, slices = body["account"], tuple(Slice(**one) for one in body["slices"])
    _know(vault, account, life.store, slices, body["grant"])
    entries: list[Entry] = []
    transfer = body["grant"] + "/forgotten"
    for one in slices:
        pool, way = (member_line(account, one.asset, holder, one.lot) for holder in (HQ, to))
        loss, here = recovery.loss_line(account, one.asset, one.lot), max(0, book.balance(pool))
        for source, amount in ((pool, min(here, one.amount)), (loss, one.amount - here)):
            if amount > 0:
                entries.append(Entry(transfer, len(entries) + 1, source, way, amount))
    book.note("grant_remembered", transfer, account, entries, store=life.store, grant=body["grant"])
    n = int(body["n"])
    vault.add_grant(Grant(body["grant"], life.store, life.incarnation, account, slices, n, "", vault.now_s))
    vault.add_due({account})
    return slices


def _settled(vault: Vault, book: Book, life: Life, body: dict) -> None:
    """What a store lent and head office had settled, as far as the pool goes; the rest is loss until it comes home."""
    account, number = body["account"], body["settle"]
    if body["kind"] != "lent_settled" or vault.has_own(number):
        return
    book.save()  # the pool is read
    done = offline.settle(vault.holding(account, HQ), number, life.store, body["cents"])
    left = body["cents"] - sum(one.amount for one in done.entries)
    lent = Line("offline_credit", account, "principal", life.store)
    loss = Entry(number, len(done.entries) + 1, recovery.loss_line(account, "principal", ""), lent, left)
    book.note("settled", number, account, (*done.entries, *((loss,) if left > 0 else ())))
    vault.add_due({account})


def _know(vault: Vault, account: str, store: str, slices: tuple[Slice, ...], grant: str) -> None:
    """The member and lots that a forgotten grant names may be forgotten too."""
    if vault.member(account) is None:
        vault.meet(account, store)
    known = vault.known_lots({one.lot for one in slices})
    fresh = [one for one in slices if (account, one.lot) not in known]
    vault.add_lots(Lot(account, one.lot, one.asset, *one[3:], grant) for one in fresh)


def _right(vault: Vault, book: Book, life: Life, body: dict) -> None:
    number = body["grant"]
    if body["kind"] != "right_grant" or vault.right_grant(number) is not None:
        return
    right, amount = body["right"], body["amount"]
    book.note("right_remembered", number, "", (grant_right(life.store, right, amount, number),), store=life.store)
    vault.add_right_grant(RightGrant(number, life.store, life.incarnation, right, amount, vault.now_s))


def _refund_right(vault: Vault, book: Book, life: Life, body: dict) -> None:
    """The store that had the right before may not have said yet that it sent it home: then both seem to have it."""
    number = body["grant"]
    if body["kind"] != "refund_right_grant" or vault.right_move(number) is not None:
        return
    right, sale = refund_rights.decode(body["right"]), body["sale"]
    refunds.forget(
        vault, sale, right, lambda rest: _move(vault, life, vault.new_id(), refunds.FORGOTTEN, sale, rest, 0)
    )
    vault.add_right_move(_move(vault, life, number, "grant", sale, right, int(body["n"])))


def _move(vault: Vault, life: Life, number: str, kind: str, sale: str, right, n: int) -> RightMove:
    account = right.account
    return RightMove(number, kind, sale, life.store, life.incarnation, account, vault.now_s, "", right, n)


REMEMBER: dict[str, Callable[[Vault, Book, Life, dict], object]] = {
    "grant_taken": _grant,
    "lent_settled": _settled,
    "right_taken": _right,
    "refund_right_taken": _refund_right,
}
