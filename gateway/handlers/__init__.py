"""One short function per inbound message: load, decide, write, reply. The tables say which function takes which."""

from gateway.handlers import baskets, cards, hello, money, staff

# questions are answered from what is there; asking again is harmless
QUESTIONS = {
    "hello": hello.hello,
    "time_ask": hello.time_ask,
    "card_seen": cards.card_seen,
    "card_answers": cards.card_answers,
    "sign_on": staff.sign_on,
    "sign_off": staff.sign_off,
    "set_line": baskets.set_line,
}

# requests have an id; the desk judges it before and keeps the answer after
REQUESTS = {
    "pay": money.pay,
    "top_up": money.top_up,
    "void": money.void,
}
