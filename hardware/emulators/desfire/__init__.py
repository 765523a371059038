"""A MIFARE DESFire EV1 card in software; see hardware/README.md for what is modelled and from which source."""

from hardware.emulators.desfire.card import Card

__all__ = ["Card"]
