"""A full heap: what can be spared goes, the call is made once more, and nothing that was half done is lost."""

from firmware import room
from firmware.text import DIR
from firmware.ui.font import open_font
from firmware.ui.screen import Screen


class Tight:
    """Fails that many times, then says how often it was called."""

    def __init__(self, fails: int):
        self.fails = fails
        self.calls = 0

    def __call__(self, word: str) -> str:
        self.calls += 1
        if self.calls <= self.fails:
            raise MemoryError
        return word * self.calls


def test_what_can_be_spared_is_given_and_the_call_made_once_more():
    given = []
    room.gives.append(lambda: given.append(1))
    try:
        # fails -> answer, how often it was asked to give
        for fails, answer, gave in ((0, "a", 0), (1, "aa", 1), (2, "", 1)):
            given.clear()
            try:
                said = room.tried(Tight(fails), "a")
            except MemoryError:
                said = ""
            assert (said, len(given)) == (answer, gave), fails
    finally:
        room.gives.clear()


def test_a_picture_that_broke_off_is_sent_whole_by_the_next_try():
    screen = Screen(open_font(DIR + "/font16.bin"))
    screen.begin()
    screen.put(2, 0, 40, "first")  # and here the heap was full: no end()
    screen.begin()
    screen.put(2, 0, 40, "first")
    screen.put(5, 0, 40, "second")
    assert screen.end() == (0, 15 * 16) or screen.end() is None
    screen.begin()
    screen.put(2, 0, 40, "first")
    assert screen.end() == (5 * 16, 6 * 16)
