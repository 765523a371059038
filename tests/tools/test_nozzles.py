"""Nozzles as they are typed at enrolment."""

import pytest

from tools.nozzles import laid_out, parsed


@pytest.mark.parametrize("text, nozzles", (
    ("", []),
    ("305, 306", [("305", 0x50, 1), ("306", 0x51, 1)]),
    ("305@50/1,306@50/2,D-1@6F/15", [("305", 0x50, 1), ("306", 0x50, 2), ("D-1", 0x6F, 15)]),
))  # fmt: skip
def test_nozzles_as_they_are_typed(text, nozzles):
    assert parsed(text) == [{"code": code, "address": address, "hose": hose} for code, address, hose in nozzles]


@pytest.mark.parametrize(
    "text", ("305@50", "305@70/1", "305@4F/1", "305@50/0", "305@50/16", "305@5/1", "a b", "1@50/1,2@50/1")
)
def test_what_is_no_nozzle_is_said_before_a_code_is_used_up(text):
    with pytest.raises(ValueError):
        parsed(text)


def test_a_forecourt_of_two_grades():
    assert [(one["code"], one["address"], one["hose"]) for one in laid_out(("a", "b"), 2)] == [
        ("a", 0x50, 1), ("b", 0x50, 2), ("a", 0x51, 1), ("b", 0x51, 2),
    ]  # fmt: skip
