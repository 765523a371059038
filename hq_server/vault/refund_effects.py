"""What follows from refunds, their reversals, and refund rights that move: the right is used, given back, handed over.

Every refund is checked against the right that its store holds: to the cent, the lot and the line of goods.
"""

from collections.abc import Callable

from hq_server.vault import refunds
from hq_server.vault.lots import add_own_lots
from hq_server.vault.rows import RightMove, RightPart
from hq_server.vault.scene import Scene, foreign
from protocol.ledger import refund_rights
from protocol.ledger.entries import HQ
from protocol.ledger.lots import Booking
from protocol.ledger.refund_rights import RefundRight, is_empty, less
from protocol.ledger.refunds import How, Paid, give_pending, misfit, settle_loss, take_pending


def _refund(scene: Scene) -> None:
    """Uses up part of a right, and takes back from the pool what the sale had given only there."""
    event = scene.told.event
    share = _document(scene, event.share)
    if share is None or share.sale != (event.sale or "") or share.account != (event.account or ""):
        raise foreign(scene, "a refund without its share of a right")
    _use(scene, share)
    over = misfit(share, scene.told.entries)
    if over:
        raise foreign(scene, "refunds more than its share: " + over)
    _pending(scene, share, "pending_taken", take_pending)


def _pending(scene: Scene, share: RefundRight, kind: str, how: Callable[..., Booking]) -> None:
    """What the sale gave only in the pool is taken back there, or given again."""
    if not share.pending:
        return
    scene.book.save()  # the pool is read
    pool, transfer = scene.vault.holding(share.account, HQ), (scene.told.event.transfer or "") + "/pending"
    booking = how(pool, transfer, share, scene.life.store)
    scene.book.note(kind, transfer, share.account, booking.entries, store=scene.life.store)
    add_own_lots(scene.vault, booking.holding, transfer)


def _void(scene: Scene) -> None:
    """A voided refund gives its share back; a voided sale takes with it what is left of its right here."""
    vault, event = scene.vault, scene.told.event
    place = vault.places([scene.told.request]).get(scene.told.request)
    if place is None:
        return
    was = vault.told(place.event)
    if was.event.kind == "refund":
        share = _document(scene, was.event.share)
        if share is not None and event.outcome != "voided":
            refunds.add_at(vault, share.sale, scene.life.store, scene.life.incarnation, share)
            _pending(scene, share, "pending_given", give_pending)
    elif was.event.kind == "sale" and vault.right_parts(scene.told.request):
        _void_touched(scene, _document(scene, event.share))
    elif was.event.kind == "sale":
        sale, account = was.event.transfer or "", was.event.account or ""
        whole = RefundRight(sale, place.store, account, pending=refunds.pending_of(place.store, was))
        _pending(scene, whole, "pending_taken", take_pending)


def _void_touched(scene: Scene, share: RefundRight | None) -> None:
    """Of a sale that was refunded in part, or whose right has been away, a void brings back no more than is left."""
    if share is None:
        if any(one.credit.book in ("member", "cash") for one in scene.told.entries):
            raise foreign(scene, "the void gives back what has been refunded")
        return
    _use(scene, share)
    over = misfit(share, scene.told.entries)
    if over:
        raise foreign(scene, "the void gives back more than is left of the sale: " + over)
    _pending(scene, share, "pending_taken", take_pending)


def _use(scene: Scene, share: RefundRight) -> None:
    part = _held(scene, share.sale)
    left = less(part.right, share)
    refunds.put_at(scene.vault, share.sale, part.holder, part.incarnation, left)


def _held(scene: Scene, sale: str) -> RightPart:
    part = refunds.part_at(scene.vault, sale, scene.life.store, scene.life.incarnation)
    if part is None:
        raise foreign(scene, f"does not hold the refund right of {sale}")
    return part


def _returned(scene: Scene) -> None:
    """A right comes home: asked for, or because its grant was cancelled."""
    event, vault = scene.told.event, scene.vault
    right, sale = _document(scene, event.right), event.sale or ""
    if right is not None and not is_empty(right):
        if right.sale != sale:
            raise foreign(scene, "returns the right of another sale")
        _use(scene, right)
        refunds.add_at(vault, sale, HQ, "", right)
        _settle_losses(scene, sale)
    for number, kind in ((event.recall, "recall"), (event.grant, "grant")):
        move = vault.right_move(number) if number else None
        if move is not None and move.incarnation == scene.life.incarnation and move.kind == kind == "recall":
            vault.set_right_move(move.number, "answered")
            vault.ring(refunds.topic(move.request))


def _taken(scene: Scene) -> None:
    move = _granted(scene)
    if move is not None and move.right is not None:
        scene.vault.set_right_move(move.number, "taken")
        refunds.add_at(scene.vault, move.sale, move.store, move.incarnation, move.right)


def _tombstone(scene: Scene) -> None:
    """The store never saw the grant and never will: the right is head office's again."""
    move = _granted(scene)
    if move is not None and move.right is not None:
        scene.vault.set_right_move(move.number, "returned")
        refunds.add_at(scene.vault, move.sale, HQ, "", move.right)
        _settle_losses(scene, move.sale)


def _granted(scene: Scene) -> RightMove | None:
    number = scene.told.event.grant
    move = scene.vault.right_move(number) if number else None
    mine = move is not None and move.incarnation == scene.life.incarnation
    return move if mine and move is not None and (move.kind, move.status) == ("grant", "open") else None


def _from_loss(scene: Scene) -> None:
    """Paid without the right: as soon as the right is home, as much is taken off it."""
    vault, event = scene.vault, scene.told.event
    sale, losses = event.sale or "", [one for one in scene.told.entries if one.debit.book == "loss"]
    if not losses:
        return
    paid, tender = sum(one.amount for one in losses), losses[0].debit.asset
    move = RightMove(
        vault.new_id(), "loss", sale, scene.life.store, scene.life.incarnation, event.account or "", vault.now_s,
        cents=paid, tender=tender,
    )
    vault.add_right_move(move)
    vault.alarm("refund_from_loss", scene.life.store, f"event {event.seq}: {paid} for {sale}")
    _settle_losses(scene, sale)
    for part in refunds.parts_of(vault, sale):
        if part.holder != HQ and not is_empty(part.right):
            refunds.send_recall(vault, part)


def _settle_losses(scene: Scene, sale: str) -> None:
    """What was paid from loss is taken off the right that head office has now; what it does not cover stays lost."""
    vault = scene.vault
    refunds.take_off_forgotten(vault, sale)
    for move in vault.right_moves(sale):
        home = refunds.part_at(vault, sale, HQ, "")
        if move.kind != "loss" or home is None or is_empty(home.right):
            continue
        scene.book.save()  # the pool is read
        pool = vault.holding(home.right.account, HQ)
        how = How(vault.new_id(), vault.now_s, "")
        done, _ = settle_loss(home.right, pool, Paid(move.store, move.tender, move.cents), how)
        vault.set_right_move(move.number, "settled")
        if done is not None:
            scene.book.note("loss_settled", how.transfer, home.right.account, done.booking.entries, sale=sale)
            add_own_lots(vault, done.booking.holding, how.transfer)
            refunds.put_at(vault, sale, HQ, "", done.right)


def _document(scene: Scene, told) -> RefundRight | None:
    if not told:
        return None
    if not isinstance(told, dict):
        raise foreign(scene, "a refund right that is none")
    return refund_rights.decode(told)


REFUND_EFFECTS: dict[str, Callable[[Scene], None]] = {
    "refund": _refund,
    "void": _void,
    "refund_right_returned": _returned,
    "refund_right_taken": _taken,
    "refund_right_tombstone": _tombstone,
    "refund_from_loss": _from_loss,
}
