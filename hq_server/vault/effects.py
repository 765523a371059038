"""What follows from booked events, kind by kind: value that came home, grants that were taken, members, alarms."""

from collections.abc import Callable

from hq_server.floats import spread
from hq_server.ingest.rules import Told
from hq_server.vault import lending, moves, pending, rights
from hq_server.vault.books import Vault
from hq_server.vault.lots import add_own_lots
from hq_server.vault.refund_effects import REFUND_EFFECTS
from hq_server.vault.remembering import barred, met
from hq_server.vault.rows import Grant, Member, Shopped
from hq_server.vault.scene import Scene, Violation, foreign
from protocol.errors import ProtocolError
from protocol.ledger import floats
from protocol.ledger import rights as issuing
from protocol.ledger.lots import Holding

GAP_ALARM_ML = 500
PERSONAL = ("member", "offline_credit", "receivable")  # books whose party is an account


def follow(scenes: list[Scene], store: str) -> set[str]:
    """Runs the effects of booked events in order; the accounts whose balances or places changed. Raises Violation."""
    if not scenes:
        return set()
    accounts: set[str] = set()
    vault, book = scenes[0].vault, scenes[0].book
    _remember_shoppers(vault, store, [scene.told for scene in scenes])
    for scene in scenes:
        effect = EFFECTS.get(scene.told.event.kind)
        if effect is not None:
            _run(effect, scene)
        if scene.salvaged:
            lending.came_to_light(scene)
        for one in scene.entries:
            accounts.update([line.party for line in (one.debit, one.credit) if line.book in PERSONAL])
    if any(one.credit.book in ("right_used", "right") for scene in scenes for one in scene.entries):
        book.save()  # refilling reads the balances
        rights.refill(vault, store)
    return accounts


def _run(effect: Callable[[Scene], None], scene: Scene) -> None:
    """What an event leads to cannot be booked where the event was not this store's to write."""
    try:
        effect(scene)
    except ProtocolError as wrong:
        if not scene.salvaged:
            raise foreign(scene, str(wrong)) from wrong
        scene.vault.alarm("salvage", scene.life.store, f"event {scene.told.event.seq}: {wrong}")
    except Violation as wrong:
        if not scene.salvaged:  # evidence is never refused
            raise
        scene.vault.alarm("salvage", scene.life.store, wrong.detail)


def _remember_shoppers(vault: Vault, store: str, events: list[Told]) -> None:
    """Who was here, how often, and what they usually pay from stored value: once per member and batch."""
    seen: dict[str, list[Told]] = {}
    for told in events:
        if told.event.kind in ("sale", "top_up") and told.event.account:
            seen.setdefault(told.event.account, []).append(told)
    known = vault.meet_all(seen.keys(), store) if seen else {}
    vault.note_shopping(store, {account: _shopped(known[account], bought) for account, bought in seen.items()})


def _shopped(member: Member, bought: list[Told]) -> Shopped:
    usual_cents = member.usual_cents
    for paid in filter(None, map(_stored_cents, bought)):
        usual_cents = spread.usual(usual_cents, paid)
    return Shopped(len(bought), usual_cents, member.sales + sum(told.event.kind == "sale" for told in bought))


def _stored_cents(told: Told) -> int:
    """What a sale took from stored value."""
    paid = told.event.tenders
    return paid.get("principal", 0) + paid.get("bonus", 0) if told.event.kind == "sale" else 0


def _sale(scene: Scene) -> None:
    """What the store had no right left to credit is credited to the pool."""
    event = scene.told.event
    booking, transfer = pending.credited(scene.life.store, event), pending.transfer_of(event)
    if booking.entries:
        scene.book.note("points_confirmed", transfer, booking.holding.account, booking.entries)
        add_own_lots(scene.vault, booking.holding, transfer)


def _grant_taken(scene: Scene) -> None:
    """Credited as it was granted, once; without a grant, or again, nothing may have moved."""
    row = _granted(scene)
    due = floats.take(Holding(row.account, row.store), row.grant, row.slices).entries if row else ()
    if not scene.salvaged and _amounts(scene.told.entries) != _amounts(due):
        raise foreign(scene, f"took something else than grant {scene.told.event.grant}")
    if row is not None:
        moves.grant_answered(scene.vault, scene.book, row, True)


def _grant_tombstone(scene: Scene) -> None:
    row = _granted(scene)
    if row is not None:
        moves.grant_answered(scene.vault, scene.book, row, False)


def _granted(scene: Scene) -> Grant | None:
    """The open grant to this very incarnation that an event answers."""
    row = scene.vault.grant(scene.told.event.grant) if scene.told.event.grant else None
    mine = row is not None and row.incarnation == scene.life.incarnation and row.status == "open"
    return row if mine else None


def _amounts(entries) -> dict:
    return {(one.debit, one.credit): one.amount for one in entries}


def _came_home(scene: Scene) -> None:
    event, vault = scene.told.event, scene.vault
    store = scene.life.store
    returned = moves.came_home(vault, scene.book, store, event.transfer or "", scene.entries)
    asked = vault.recall(event.recall) if event.recall else None
    if asked is not None and asked.incarnation == scene.life.incarnation:
        vault.answer_recall(asked.recall, sum(returned.values()))
        vault.ring(moves.topic(event.account or ""))


def _right_taken(scene: Scene) -> None:
    """Like a grant of value: as it was granted, once."""
    vault, number = scene.vault, scene.told.event.grant
    row = vault.right_grant(number) if number else None
    mine = row is not None and row.incarnation == scene.life.incarnation and row.status == "open"
    due = (issuing.take_right(row.store, row.right, row.amount, row.grant),) if row and mine else ()
    if not scene.salvaged and _amounts(scene.told.entries) != _amounts(due):
        raise foreign(scene, f"took something else than right {number}")
    if row and mine:
        vault.set_right_grant(row.grant, "taken")


def _member_joined(scene: Scene) -> None:
    event = scene.told.event
    if event.account:
        scene.vault.meet(event.account, scene.life.store, event.card or "", event.display or "")


def _alarm(scene: Scene) -> None:
    event = scene.told.event
    if event.reason in ("refund_testified", "fill_testified") and scene.vault.places([str(event.about)]):
        return  # journals keep what they were told until a backup has it, and this one was booked
    detail = " ".join(str(part) for part in (event.detail, event.about) if part)
    scene.vault.alarm((event.reason or "alarm")[:32], scene.life.store, detail, event.terminal or "")


def _fuel_gap(scene: Scene) -> None:
    """Fuel that flowed without a sale, or was sold twice; a few drops between two readings are no alarm."""
    event = scene.told.event
    if abs(event.ml) >= GAP_ALARM_ML:
        told = f"event {event.seq}: nozzle {event.nozzle}, {event.ml} ml, {event.why}"
        scene.vault.alarm("fuel_gap", scene.life.store, told, event.terminal or "")


EFFECTS: dict[str, Callable[[Scene], None]] = {
    "sale": _sale,
    "grant_taken": _grant_taken,
    "grant_tombstone": _grant_tombstone,
    "float_returned": _came_home,
    "recall_answered": _came_home,
    "right_taken": _right_taken,
    "member_joined": _member_joined,
    "alarm": _alarm,
    "fuel_gap": _fuel_gap,
    "barred": barred,
    "hq_met": met,
    **REFUND_EFFECTS,
}
