"""A MIFARE DESFire EV1 or EV2 card in software; see hardware/README.md for what is modelled and from which source."""

from hardware.emulators.desfire.card import Card
from hardware.emulators.desfire.configuration import EV1, EV2

__all__ = ["EV1", "EV2", "Card"]
