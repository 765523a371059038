"""The real firmware in the real MicroPython against a real Mosquitto: connects, is cut in every way, comes back."""

import time

import pytest

from firmware.net.journal import ANSWER, REQUEST, VOID, records
from hardware.boards.catalogue import APPS
from tests.end_to_end.store_network import LIFE, Authority
from tools.virtual_terminal import HEAP

HEAPSIZE = HEAP  # the gates


def online(store, app: str, **more):
    tls_memory = more.pop("tls_memory", False)
    heapsize = "%dk" % (APPS[app].heap_with_tls_bytes // 1024) if tls_memory else HEAPSIZE[app]
    terminal = store.terminal(app, heapsize, tls_memory, **more)
    terminal.wait_line("mqtt=up new session")
    store.gateway.wait("hello")
    store.shows("Mill Road")
    return terminal


def signed_on(store, **more):
    terminal = online(store, "pos", **more)
    store.press("7", "ok")
    store.shows("PIN")
    store.press("1", "2", "3", "4", "ok")
    store.gateway.wait("sign_on")
    store.shows("Kim")
    return terminal


def scan(store, code: str, count: int) -> None:
    store.do(store.bench.scanner.scan, code)
    store.gateway.wait("set_line", count)


def pay_cash(store) -> None:
    store.press("cash")
    store.press("2", "0", "0", "cash")


def journal_of(terminal) -> list:
    return [(record[0], record[2], record[3]) for record in records(str(terminal.journal)) if record[2]]


@pytest.mark.parametrize("app", ["reader", "pos"])
def test_time_then_tls_then_hello(store, app):
    terminal = online(store, app)
    hello = store.gateway.wait("hello")
    assert hello["app"] == app and hello["board"] == "host" and hello["boots"] == 1
    assert store.gateway.count("time_ask") <= 1
    assert terminal.heap_free_min > 0


def test_a_card_reader_that_is_silent_is_said_on_the_screen(store):
    terminal = online(store, "reader")
    faults = store.bench.pn532.chip.faults
    faults.dead = True
    store.shows("card reader does not answer")
    faults.dead, faults.babble = False, True
    deadline = time.monotonic() + 15
    while store.bench.display.shows("card reader") and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not store.bench.display.shows("card reader") and terminal.resets == 0


def test_cut_by_fin_and_rst_heals_by_itself(store):
    terminal = online(store, "reader")
    for how in ("fin", "rst"):
        time.sleep(0.5)
        store.proxy.cut(how)
        terminal.wait_line("mqtt=down", 15)
        terminal.wait_line("mqtt=up session kept", 15)


def test_black_hole_is_noticed_and_heals(store):
    terminal = online(store, "reader")
    store.proxy.cut("hole")
    terminal.wait_line("mqtt=down silent", 15)
    store.proxy.mend()
    store.proxy.cut("rst")
    terminal.wait_line("mqtt=up session kept", 30)


def test_broker_restart(store):
    terminal = online(store, "reader")
    heard = store.gateway.count("hello")
    store.broker.stop()
    terminal.wait_line("mqtt=down", 10)
    store.broker.start()
    terminal.wait_line("mqtt=up session kept", 30)
    store.gateway.wait("hello", heard + 1, 40)


def test_reader_connects_three_times_with_the_tls_memory_of_an_rp2_in_its_heap(store):
    terminal = online(store, "reader", tls_memory=True)
    for _ in range(2):
        time.sleep(1)
        store.proxy.cut("fin")
        terminal.wait_line("mqtt=up session kept", 15)
    store.shows("Mill Road")
    assert terminal.resets == 0


def test_will_is_told_when_power_is_cut(store):
    terminal = online(store, "reader")
    terminal.kill()
    store.gateway.wait("lost")


def test_foreign_authority_is_not_trusted(store):
    terminal = store.terminal("reader", HEAPSIZE["reader"], tls=Authority().der("0001-reader1"))
    terminal.wait_line("mqtt=down")
    assert store.gateway.count("hello") == 0


def test_wrong_name_of_the_broker_is_not_trusted(store):
    terminal = store.terminal("reader", HEAPSIZE["reader"], gateway=("127.0.0.1", store.proxy.port, "elsewhere"))
    terminal.wait_line("mqtt=down")
    assert store.gateway.count("hello") == 0


def test_gateway_without_head_offices_word_is_refused_and_shown(store):
    store.gateway.letter = "0" * 32
    terminal = store.terminal("reader", HEAPSIZE["reader"])
    terminal.wait_line("mqtt=up")
    store.gateway.wait("hello", 2)
    store.press("menu")
    assert not store.bench.display.shows("Tap your card")


def test_garbage_and_oversized_frames_change_nothing(store):
    terminal = online(store, "reader")
    for payload in (b"", b"{", b"\xff" * 300, b"x" * 4096, b"y" * 100000):
        store.gateway.say_raw("0001-reader1", "head", payload)
    store.gateway.say("0001-reader1", "head", store.gateway.head() | {"seq": 77})
    time.sleep(1)
    store.proxy.cut("fin")
    terminal.wait_line("mqtt=up session kept", 10)
    assert store.gateway.wait("hello", 2)["witness_seq"] == 77
    assert terminal.resets == 0


def test_a_sale_is_journalled_shown_and_survives(store):
    terminal = signed_on(store)
    scan(store, "690", 1)
    scan(store, "12", 2)
    store.shows("2.00")
    pay_cash(store)
    request = store.gateway.wait("pay")
    store.shows("Paid")
    assert request["n"] == 1 and request["total_cents"] == 200
    assert journal_of(terminal) == [(REQUEST, 1, "pay"), (ANSWER, 1, "receipt")]
    terminal.kill()
    terminal.start()
    hello = store.gateway.wait("hello", 2)
    assert (hello["boots"], hello["unanswered"]) == (2, 0)
    assert (hello["witness_incarnation"], hello["witness_seq"]) == (LIFE, 11)


def test_power_cut_before_the_answer_voids_the_request(store):
    store.gateway.silent.add("pay")
    terminal = signed_on(store)
    scan(store, "690", 1)
    store.shows("1.00")
    pay_cash(store)
    request = store.gateway.wait("pay")
    terminal.kill()
    terminal.start()
    void = store.gateway.wait("void")
    assert (void["j"], void["l"], void["n"]) == (request["j"], 0, 1)
    time.sleep(0.5)
    assert journal_of(terminal) == [(REQUEST, 1, "pay"), (VOID, 1, "void"), (ANSWER, 1, "void_answer")]


def test_same_bytes_are_sent_again_across_a_cut(store):
    store.gateway.silent.add("pay")
    terminal = signed_on(store)
    scan(store, "690", 1)
    store.shows("1.00")
    pay_cash(store)
    store.gateway.wait("pay")
    store.proxy.cut("rst")
    terminal.wait_line("mqtt=up session kept", 10)
    store.gateway.wait("pay", 2)
    store.gateway.silent.clear()
    store.gateway.wait("pay", 3)
    store.shows("Paid")
    frames = {payload for message, payload in store.gateway.frames if message == "pay"}
    assert len(frames) == 1


def sell(store, lines: int, sale: int, heard: int, there: int = 0) -> None:
    """A basket of that many goods with Chinese names, paid in cash: the sale-th of the day, after `heard` lines of
    others; `there` of its own are in it."""
    for at in range(there + 1, lines + 1):
        scan(store, str(6900000000000 + heard + at), heard + at)
    store.shows("%d lines" % lines)
    store.press("cash", *str(lines), "cash")
    store.gateway.wait("pay", sale)
    store.shows("Paid")
    store.press("back")
    store.shows("Ready")


def test_a_basket_of_200_lines_fits_the_heap_and_leaves_it_as_it_was(store):
    terminal = signed_on(store)
    sell(store, 200, 1, 0)
    sell(store, 5, 2, 200)
    assert terminal.resets == 0
    assert len(set(journal_of(terminal))) == 4


def test_pos_sells_200_lines_and_reconnects_with_tls_in_the_same_heap(store):
    """As on a Pico 2 W, in the heap that the catalogue wants there; the line breaks within the basket and after it."""
    terminal = signed_on(store, tls_memory=True)
    for at in range(1, 101):
        scan(store, str(6900000000000 + at), at)
    store.proxy.cut("fin")
    terminal.wait_line("mqtt=up session kept", 30)
    store.gateway.wait("hello", 2)
    store.shows("Sale")
    sell(store, 200, 1, 0, 100)
    store.broker.stop()
    terminal.wait_line("mqtt=down", 10)
    store.broker.start()
    terminal.wait_line("mqtt=up session kept", 30)
    store.gateway.wait("hello", 3, 40)
    sell(store, 5, 2, 200)
    assert terminal.resets == 0
