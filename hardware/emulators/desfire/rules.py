"""Who may do what, from key settings and access rights."""

from typing import TYPE_CHECKING

from hardware.emulators.desfire.application import Application
from hardware.emulators.desfire.files import FREE, NEVER, File
from hardware.emulators.desfire.session import PLAIN
from hardware.emulators.desfire.status import AUTHENTICATION_ERROR, PERMISSION_DENIED, Refused, require

if TYPE_CHECKING:
    from hardware.emulators.desfire.card import Card


def require_master(card: "Card", level: Application, free_bit: int) -> None:
    """The settings make this free, or the master key of the level is authenticated."""
    require(bool(level.settings & free_bit) or card.session.key_no == 0, AUTHENTICATION_ERROR)


def granted_mode(card: "Card", file: File, rights: tuple[int, ...]) -> int:
    """How the data of a file travels when one of these rights is used; raises Refused when none applies."""
    if card.session.key_no is not None and card.session.key_no in rights:
        return file.mode
    if FREE in rights:
        return PLAIN
    if all(right == NEVER for right in rights):
        raise Refused(PERMISSION_DENIED)
    raise Refused(AUTHENTICATION_ERROR)
