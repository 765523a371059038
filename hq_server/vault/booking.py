"""One batch, one transaction: events, entries, balances, lots, cursor, and what follows from them.

Either all of it is booked or nothing. What a gateway may not write (value it does not hold, another store's lines,
a chain that forked) raises Violation: the caller fences that incarnation in a transaction of its own.
"""

from dataclasses import dataclass, field

from hq_server.errors import HqError
from hq_server.ingest import allowed, witness
from hq_server.ingest.rules import Batch, Told
from hq_server.vault import effects, evidence, remembering
from hq_server.vault.book import Book
from hq_server.vault.books import Vault
from hq_server.vault.evidence import Item
from hq_server.vault.lives import fence_life
from hq_server.vault.lots import add_opened_lots
from hq_server.vault.rows import Life, Written
from hq_server.vault.scene import Scene, Violation
from hq_server.vault.twins import take_back
from protocol.errors import ProtocolError
from protocol.ledger.entries import Entry
from protocol.ledger.mirror import Overdrawn


class Gap(Exception):
    """Events are missing before this batch: go on after `upto`."""

    def __init__(self, upto: int, head: str):
        super().__init__(upto)
        self.upto = upto
        self.head = head


@dataclass
class Booked:
    """How far the chain is booked, and how much of it was new."""

    upto: int
    head: str
    fresh: int = 0
    accounts: set[str] = field(default_factory=set)


def book_batch(vault: Vault, store: str, batch: Batch) -> Booked:
    """Books what is new of a batch. Raises Gap, Violation, HqError (unknown_incarnation, fenced: 409)."""
    life = _life(vault, store, batch.header.incarnation)
    fresh = _fresh(vault, life, batch)
    if not fresh:
        return Booked(life.cursor_seq, life.head)
    items = [evidence.item(vault, life, told) for told in fresh]
    for one in items:
        problem = allowed.foreign(store, one.told)
        if problem:
            raise Violation("fenced", f"event {one.told.event.seq}: {problem}")
    twins = _twins(vault, life, items)
    book = Book(vault)
    posted = _post(vault, book, life, [one for one in items if one.told.event.seq not in twins or not one.salvaged])
    vault.add_events(
        [_written(vault, life, posted.get(one.told.event.seq) or one._replace(entries=()), twins) for one in items]
    )
    add_opened_lots(vault, store, [one.as_booked for one in posted.values()])
    mine = [one for seq, one in posted.items() if seq not in twins]
    accounts = effects.follow(
        [Scene(vault, book, one.life, one.told, one.entries, one.salvaged) for one in mine], store
    )
    book.save()
    for seq in twins.keys() & posted.keys():
        accounts |= take_back(vault, posted[seq])
    vault.add_due(accounts)
    last = fresh[-1]
    receipt = _check_receipts(vault, life, [one for one in items if not one.salvaged])
    vault.set_life(life.incarnation, cursor_seq=last.event.seq, head=last.hash, last_receipt=receipt)
    return Booked(last.event.seq, last.hash, len(fresh), accounts)


def refuse_and_fence(vault: Vault, store: str, incarnation: str, wrong: Violation) -> None:
    """Nothing of this incarnation is booked any more until people have looked and it is enrolled again."""
    fence_life(vault, store, incarnation, wrong.detail)
    vault.alarm(wrong.reason, store, wrong.detail)


def _life(vault: Vault, store: str, incarnation: str) -> Life:
    life = vault.life(incarnation)
    if life is None or life.store != store:
        raise HqError("unknown_incarnation", incarnation, 409)
    if life.status != "enrolled":
        raise HqError("fenced", life.reason or life.status, 409)
    return life


def _fresh(vault: Vault, life: Life, batch: Batch) -> tuple[Told, ...]:
    """The events after the cursor, once the batch is known to continue the chain that is booked."""
    known = life.cursor_seq - batch.header.from_seq + 1
    if known < 0:
        raise Gap(life.cursor_seq, life.head)
    if known == 0:
        if batch.header.prev_hash != life.head:
            raise Violation("chain_broken", f"event {batch.header.from_seq} continues another chain")
        return batch.events
    last_known = batch.events[min(known, len(batch.events)) - 1]
    if vault.hash_at(life.incarnation, last_known.event.seq) != last_known.hash:
        raise Violation("chain_broken", f"event {last_known.event.seq} is booked with another content")
    return batch.events[known:]


def _twins(vault: Vault, life: Life, items: list[Item]) -> dict[int, str]:
    """Sequence -> where the same request was booked before: salvaged events are kept but not booked again."""
    keys = [one.told.request_key for one in items if one.told.request_key]
    places = {key: f"{row.store}/{row.incarnation}/{row.seq}" for key, row in vault.places(keys).items()}
    twins = {}
    for one in items:
        key, seq = one.told.request_key, one.told.event.seq
        if key in places or one.known:
            twins[seq] = places.get(key or "", "") or f"{life.store}/{one.life.incarnation}/-"
        elif key:
            places[key] = f"{life.store}/{life.incarnation}/{seq}"
    return twins


def _post(vault: Vault, book: Book, life: Life, items: list[Item]) -> dict[int, Item]:
    """Moves the amounts of every event, in order; sequence -> the event with its entries as they are booked."""
    book.load(line for one in items for entry in one.entries for line in (entry.debit, entry.credit))
    cased: dict[str, set[str]] = {}
    done: dict[int, Item] = {}
    for one in items:
        seq = one.told.event.seq
        if one.told.event.kind == "void" and one.entries and not one.salvaged:
            _check_void(vault, one.told, items)
        if not one.salvaged:
            _check_suspense(vault, one.told, items)
            _check_drive_off(vault, one.told, items)
        try:
            if one.salvaged:
                _remember_gone(vault, book, one, cased)
            else:
                remembering.remember(vault, book, life, one.told)
            done[seq] = evidence.in_light_of(vault, one, cased)
            _move(book, one, done[seq].entries)
        except Overdrawn as wrong:
            raise Violation("fenced", f"event {seq}: {wrong.detail}") from wrong
        except ProtocolError as wrong:
            raise Violation("fenced", f"event {seq}: {wrong}") from wrong
    return done


def _move(book: Book, one: Item, entries: tuple[Entry, ...]) -> None:
    """What is booked as it was told has been checked when it was read, and its lines are loaded."""
    if entries is one.told.entries:
        book.post_read(entries)
    else:
        book.post(entries)


def _remember_gone(vault: Vault, book: Book, one: Item, cased: dict[str, set[str]]) -> None:
    """A restored head office may have forgotten what a life that is gone was granted: it is in its case from now on."""
    account = remembering.remember_gone(vault, book, one.life, one.told)
    if account:
        cased.setdefault(one.life.incarnation, vault.case_accounts(one.life.incarnation)).add(account)


def _check_void(vault: Vault, told: Told, items: list[Item]) -> None:
    """A void takes back what its own request booked, in this batch or before."""
    booked = next((one.told.entries for one in items if one.told.request_key == told.request), None)
    if booked is None:
        place = vault.places([told.request]).get(told.request)
        booked = vault.told(place.event).entries if place else ()
    line = allowed.restored_too_much(told.entries, booked)
    if line:
        raise Violation("fenced", f"event {told.event.seq}: the void gives back more than was taken on {line}")


def _check_suspense(vault: Vault, told: Told, items: list[Item]) -> None:
    """A store takes out of suspense what the very hold that it names has put there, in this batch or before."""
    taken = allowed.from_suspense(told.entries)
    if not taken:
        return
    key = (told.event.hold or "") + "/suspense"
    suspended = next((one.told.entries for one in items if one.told.request_key == key), None)
    if suspended is None:
        place = vault.places([key]).get(key)
        suspended = vault.told(place.event).entries if place else ()
    line = allowed.beyond_suspense(taken, suspended)
    if line:
        raise Violation("fenced", f"event {told.event.seq}: takes more out of suspense than its hold put on {line}")


def _check_drive_off(vault: Vault, told: Told, items: list[Item]) -> None:
    """Only what was told as a fill is given up, for what it was worth."""
    if told.event.kind != "drive_off":
        return
    key, fill = str(told.event.about), None
    fill = next((one.told for one in items if one.told.event.transfer == key), None)
    if fill is None:
        place = vault.places([key]).get(key)
        fill = vault.told(place.event) if place else None
    lost = [(one.code, one.amount_cents) for one in told.event.lines]
    if not fill or fill.event.kind != "fill" or [(one.code, one.amount_cents) for one in fill.event.lines] != lost:
        raise Violation("fenced", f"event {told.event.seq}: gives up a fill that was never told")


def _check_receipts(vault: Vault, life: Life, items: list[Item]) -> int:
    """The last receipt number; a gap or a repeat is an alarm, for the tax office asks for every number once."""
    last = life.last_receipt
    for one in items:
        number = one.told.event.receipt
        if number is not None:
            if number != last + 1:
                detail = f"event {one.told.event.seq}: receipt {number} after {last}"
                vault.alarm("receipt_gap", life.store, detail)
            last = max(last, number)
    return last


def _written(vault: Vault, life: Life, one: Item, twins: dict[int, str]) -> Written:
    told, event = one.told, one.told.event
    sealed = witness.witness_of(told, vault.witness_key)
    duplicate_of = twins.get(event.seq, "")
    if sealed == "bad":
        tell = f"event {event.seq}: {told.request} was not said so by the terminal"
        vault.alarm("witness_bad", life.store, tell, event.request.terminal if event.request else "")
    if duplicate_of and not one.salvaged:
        vault.alarm("duplicate_request", life.store, f"event {event.seq} repeats {duplicate_of}")
    return Written(
        life.store, life.incarnation, event.seq, told.hash, event.kind, event.at_s, event.business_date,
        event.transfer or "", event.account or "", one.entries, told.raw.decode(), told, duplicate_of, sealed,
    )
