"""The card bench measures what it says: real MicroPython, the firmware's driver and player, the gateway's SAM."""

import argparse
import asyncio

import pytest

from hardware.emulators.desfire import EV1, EV2, Card
from hardware.emulators.paced import air_s
from tools import bench_card

UID = bytes.fromhex("04A1B2C3D4E5F6")


@pytest.mark.parametrize("generation, round_trips, exchanges", [(EV2, 2, 4), (EV1, 3, 6)])
def test_a_tap_takes_so_many_messages_and_exchanges(generation, round_trips, exchanges):
    asked = argparse.Namespace(taps=2, network_ms=1.0, card_ms=0.0, baud=921_600)
    taps, gateway = asyncio.run(bench_card.measure(Card(UID, generation=generation), asked))
    assert gateway.asked == [round_trips] * 2 and gateway.exchanges == [exchanges] * 2
    assert len(bench_card.names(len(taps[0]))) == len(taps[0]) == 1 + 2 * round_trips


def test_time_on_the_air_grows_with_bytes():
    assert air_s(0, 0) < air_s(10, 0) == air_s(0, 10) < 0.002
