"""Commands on values and records, and the transaction that makes their changes true."""

from typing import TYPE_CHECKING

from hardware.emulators.desfire import files
from hardware.emulators.desfire.data_files import confirming, file_of, offset_and_length, require_inside, unprotected
from hardware.emulators.desfire.files import RecordFile, ValueFile
from hardware.emulators.desfire.reply import Reply
from hardware.emulators.desfire.rules import granted_mode
from hardware.emulators.desfire.session import PLAIN
from hardware.emulators.desfire.status import NO_CHANGES, PERMISSION_DENIED, Refused, require

if TYPE_CHECKING:
    from hardware.emulators.desfire.card import Card

CREDIT, DEBIT, LIMITED_CREDIT = 0x0C, 0xDC, 0x1C
VALUE_BYTES = 4
FREE_GET_VALUE = 0x02


def getting_mode(card: "Card", data: bytes) -> int:
    file = value_file(card, data[0])
    if file.limits.enabled & FREE_GET_VALUE and card.session.key_no is None:
        return PLAIN
    return granted_mode(card, file, file.rights.anyone)


def get_value(card: "Card", code: int, data: bytes) -> Reply:
    return Reply(files.encode_value(value_file(card, data[0]).value), mode=getting_mode(card, data))


def change_value(card: "Card", code: int, data: bytes) -> Reply:
    """File number, amount 4 as the file's mode has it."""
    file = value_file(card, data[0])
    rights = {CREDIT: (file.rights.read_write,), DEBIT: file.rights.anyone, LIMITED_CREDIT: file.rights.writers}[code]
    mode = granted_mode(card, file, rights)
    amount = files.decode_value(unprotected(card, mode, bytes([code, data[0]]), data[1:], VALUE_BYTES))
    {CREDIT: file.credit, DEBIT: file.debit, LIMITED_CREDIT: file.limited_credit}[code](amount)
    return Reply(mode=confirming(mode))


def read_records(card: "Card", code: int, data: bytes) -> Reply:
    """File number, newest record 3, how many 3 (0 = all)."""
    file = record_file(card, data[0])
    newest, count = offset_and_length(data)
    mode = granted_mode(card, file, file.rights.readers)
    return Reply(file.read_records(newest, count), mode=mode, open_end=count == 0)


def clear_records(card: "Card", code: int, data: bytes) -> Reply:
    file = record_file(card, data[0])
    granted_mode(card, file, (file.rights.read_write,))
    file.clear()
    return Reply()


def commit(card: "Card", code: int, data: bytes) -> Reply:
    """All that waits in this application becomes true at once, or nothing when the power goes before."""
    require_inside(card)
    waiting = [file for file in card.here.files.values() if file.pending]
    require(bool(waiting), NO_CHANGES)
    card.burn(bytes(len(waiting)), lambda _: [file.commit() for file in waiting], whole=True)
    return Reply()


def abort(card: "Card", code: int, data: bytes) -> Reply:
    require_inside(card)
    require(any(file.pending for file in card.here.files.values()), NO_CHANGES)
    card.here.abort()
    return Reply()


def value_file(card: "Card", number: int) -> ValueFile:
    file = file_of(card, number)
    if isinstance(file, ValueFile):
        return file
    raise Refused(PERMISSION_DENIED)


def record_file(card: "Card", number: int) -> RecordFile:
    file = file_of(card, number)
    if isinstance(file, RecordFile):
        return file
    raise Refused(PERMISSION_DENIED)
