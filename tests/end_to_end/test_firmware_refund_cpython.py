"""Goods come back at the real firmware, after a long basket, within the pos's heap with an RP2's TLS in it."""

import time

from firmware.net.journal import ANSWER, REQUEST
from tests.end_to_end.test_firmware_link_cpython import journal_of, sell, signed_on


def journal_number(terminal) -> str:
    """As the journal's files are called."""
    return sorted(terminal.journal.iterdir())[0].name[:8]


def test_chosen_goods_of_two_pages_come_back(store):
    terminal = signed_on(store, tls_memory=True)
    sell(store, 100, 1, 0)
    store.press("menu", "6")
    store.shows("Refund: receipt")
    store.press("1", "ok")
    store.shows("Can still come back")
    store.press("f1")
    for _ in range(16):
        store.press("down")
        time.sleep(0.2)  # the keypad's own memory holds five keys
    store.gateway.wait("sale_ask", 2)
    store.shows("20.00")
    store.press("f1", "ok")
    store.shows("Refund: why")
    store.press("1", "ok")
    request = store.gateway.wait("refund")
    store.shows("REFUNDED")
    store.shows("Paid out in cash")
    assert [line["line"] for line in request["lines"]] == [1, 17] and request["why"] == "returned"
    assert journal_of(terminal)[-2:] == [(REQUEST, 2, "refund"), (ANSWER, 2, "refunded")]
    store.press("back")
    store.shows("Ready")
    assert terminal.resets == 0


def test_the_code_of_a_receipt_is_scanned(store):
    terminal = signed_on(store, tls_memory=True)
    sell(store, 1, 1, 0)
    number = journal_number(terminal)
    deadline = time.monotonic() + 10
    while not store.bench.printer.chip.codes and time.monotonic() < deadline:
        time.sleep(0.05)
    assert store.bench.printer.chip.codes == ["0001-pos1/%s/0/1" % number]
    store.press("menu", "6")
    store.shows("Refund: receipt")
    store.do(store.bench.scanner.scan, store.bench.printer.chip.codes[0])
    assert store.gateway.wait("sale_ask")["sale"] == "0001-pos1/%s/0/1" % number
    store.shows("Can still come back")


def test_power_cut_before_the_answer_voids_the_refund(store):
    store.gateway.silent.add("refund")
    terminal = signed_on(store, tls_memory=True)
    store.press("menu", "6")
    store.shows("Refund: receipt")
    store.press("1", "ok")
    store.shows("Can still come back")
    store.press("f4", "3", "ok")
    request = store.gateway.wait("refund")
    terminal.kill()
    terminal.start()
    void = store.gateway.wait("void")
    assert (void["j"], void["n"]) == (request["j"], request["n"])
