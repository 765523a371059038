"""One short function per question: load, decide, write, reply. Requests go to the counter (core/counter.py)."""

from gateway.handlers import baskets, cards, hello, pumps, sales, staff, testimony, units, updates

# questions are answered from what is there; asking again is harmless
QUESTIONS = {
    "hello": hello.hello,
    "time_ask": hello.time_ask,
    "card_seen": cards.card_seen,
    "card_answers": cards.card_answers,
    "sign_on": staff.sign_on,
    "vouch": staff.vouch,
    "testimony": testimony.testimony,
    "sale_ask": sales.sale_ask,
    "units_ask": units.units_ask,
    "sign_off": staff.sign_off,
    "set_line": baskets.set_line,
    "pump_state": pumps.pump_state,
    "nozzles": pumps.live,
    "update_ask": updates.update_ask,
    "update_part": updates.update_part,
}
