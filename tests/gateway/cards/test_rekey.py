"""New key sets on cards that are out, half-way and again."""

import os

import pytest

from gateway.cards.keys import make_chain_keys
from gateway.cards.personalise import CardRefused
from gateway.cards.rekey import rekey
from gateway.cards.sam import Sam
from hardware.emulators.desfire import EV1, EV2
from tests.gateway.cards.test_cards import ACCOUNT, UID, identify, issued

OLD = make_chain_keys(1, os.urandom)
NEW = OLD.rolled(2, os.urandom).rolled(1, os.urandom)


def known(keys, card, region: int) -> str:
    return getattr(identify(Sam(keys.for_store(region), lambda: 0), card)[0], "party", "")


@pytest.mark.parametrize("generation", [EV1, EV2])
def test_a_card_gets_the_newest_sets_and_the_old_ones_may_go(generation):
    card = issued(OLD, generation=generation)
    on_card, regions = rekey(card.transceive, UID, NEW)
    assert (on_card.party, regions) == (ACCOUNT, [1, 2])
    rest = NEW.without(1, 1).without(2, 1)
    assert [known(rest, card, region) for region in (1, 2, 3)] == [ACCOUNT] * 3
    assert [known(OLD, card, region) for region in (1, 2, 3)] == ["", "", ACCOUNT]
    assert rekey(card.transceive, UID, rest)[1] == []


class Gone(Exception):
    """The card was taken away."""


@pytest.mark.parametrize("after", range(8, 40))
def test_a_card_taken_away_is_put_again(after):
    card, count = issued(OLD), 0

    def until_it_goes(apdu: bytes) -> bytes:
        nonlocal count
        count += 1
        if count > after:
            card.power_lost()
            raise Gone
        return card.transceive(apdu)

    try:
        rekey(until_it_goes, UID, NEW)
    except Gone:
        assert rekey(card.transceive, UID, NEW)[0].party == ACCOUNT
    assert known(NEW.without(1, 1).without(2, 1), card, 1) == ACCOUNT


def test_a_set_that_is_not_here_is_said():
    card = issued(NEW)
    with pytest.raises(CardRefused, match="key set of purpose 1 is not here"):
        rekey(card.transceive, UID, OLD)
