"""The real firmware tells a new life of its gateway what the old one approved, in the bytes that lie in its flash."""

from firmware.net.journal import ANSWER, REQUEST, records
from tests.end_to_end.store_network import LIFE
from tests.end_to_end.test_firmware_link_cpython import sell, signed_on

NEW_LIFE = "fedcba9876543210" * 2
SALES = 4


def hear(store) -> list[dict]:
    """Everything the terminal testifies, asked for place by place."""
    told, at, count = [], 0, 0
    while True:
        store.gateway.say("0001-pos1", "testify", {"life": LIFE, "at": at})
        count += 1
        values = store.gateway.wait("testimony", count)
        if "request" in values:
            told.append(values)
        at = values["at"]
        if not at:
            return told


def test_a_new_life_hears_what_the_old_one_approved(store):
    terminal = signed_on(store)
    for number in range(SALES):
        sell(store, 2, number + 1, 2 * number)
    store.gateway.life = NEW_LIFE
    terminal.kill()
    terminal.start()
    store.gateway.wait("hello", 2)
    terminal.wait_line("mqtt=up")
    store.shows("Mill Road")
    told = hear(store)
    lies = [(record[0], record[4].decode()) for record in records(str(terminal.journal))]
    assert [one["request"] for one in told] == [frame for kind, frame in lies if kind == REQUEST]
    assert [one["answer"] for one in told] == [frame for kind, frame in lies if kind == ANSWER]
    assert len(told) == SALES and terminal.resets == 0


def test_a_gateway_without_head_offices_word_hears_nothing(store):
    terminal = signed_on(store)
    sell(store, 1, 1, 0)
    store.gateway.life, store.gateway.letter = NEW_LIFE, "0" * 32
    terminal.kill()
    terminal.start()
    store.gateway.wait("hello", 2)
    store.gateway.say("0001-pos1", "testify", {"life": LIFE, "at": 0})
    store.gateway.wait("hello", 3)
    assert store.gateway.count("testimony") == 0
