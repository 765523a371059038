"""Pin maps keep to their chips, and the files made from them do not lag."""

import csv
import dataclasses
import io
from xml.etree import ElementTree

import pytest

from hardware import draw
from hardware.boards.catalogue import APPS, BOARDS, lacks, offered, pin_map
from hardware.boards.model import faults
from hardware.boards.modules import MODULES


@pytest.mark.parametrize("name", sorted(BOARDS))
def test_pin_maps_are_sound(name: str):
    assert faults(BOARDS[name]) == []


# what is changed on the Pico 2 W's map, and how the check says it
WRONG = [
    ({"scanner": {"uart": 1, "tx": 0, "rx": 5}}, "already used by pn532.tx"),
    ({"scanner": {"uart": 1, "tx": 6, "rx": 5}}, "uart1 has its tx on [4, 8, 20, 24]"),
    ({"scanner": {"uart": 0, "tx": 16, "rx": 17}}, "uart0 already belongs to pn532"),
    ({"scanner": {"uart": 2, "tx": 4, "rx": 5}}, "this chip has no uart2"),
    ({"buzzer": {"pin": 25}}, "wired to the radio"),
    ({"buzzer": {"pin": 25}}, "not on a header"),
]


@pytest.mark.parametrize("changed, says", WRONG)
def test_the_check_finds_what_is_wrong(changed: dict, says: str):
    board = BOARDS["pico2w"]
    wrong = dataclasses.replace(board, pins={**board.pins, **changed})
    assert any(says in fault for fault in faults(wrong))


def test_an_app_that_does_not_fit_is_not_offered():
    assert lacks(BOARDS["picow"], APPS["pos"]) == ["heap of 128 KB, 144 KB needed"]
    roomy = dataclasses.replace(BOARDS["picow"], heap_bytes=144 * 1024)
    assert lacks(roomy, APPS["pos"]) == []
    assert lacks(BOARDS["picow"], APPS["pump"]) != [], "TLS lives in that heap too"
    assert ("picow", "pos") not in offered() and ("picow", "reader") in offered()


@pytest.mark.parametrize("board, app", offered())
def test_every_part_has_a_module_and_its_wires(board: str, app: str):
    for part, pins in pin_map(board, app).items():
        assert set(pins) - {"uart", "spi", "i2c"} == set(MODULES[part].pins)


def test_made_files_do_not_lag():
    assert draw.stale() == [], "run python -m hardware.draw"


def test_no_made_file_is_left_behind():
    made = set(draw.outputs())
    kept = {path for folder in ("wiring", "bom") for path in (draw.HERE / folder).iterdir()}
    assert kept <= made


@pytest.mark.parametrize("board, app", offered())
def test_drawing_and_list_name_every_gpio(board: str, app: str):
    drawing = draw.wiring(BOARDS[board], app)
    ElementTree.fromstring(drawing)
    for pins in pin_map(board, app).values():
        for signal, gpio in pins.items():
            assert signal in ("uart", "spi", "i2c") or f">GPIO{gpio}<" in drawing
    parts = [row["part"] for row in csv.DictReader(io.StringIO(draw.bom(BOARDS[board], app)))]
    assert parts == ["board", *pin_map(board, app), "wire"]
