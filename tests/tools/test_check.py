"""The audit of a run: silent where a real journal and head office's answers agree, and each way to differ is named."""

import copy
import json
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest

from firmware.net import journal
from firmware.net.seal import Seal
from protocol import codec, topics
from tools import check
from tools.processes import ROOT

TERMINAL, STORE, LANE = "0001-pos1", "0001", 0
ADA, GIFT = "ad" * 16, "9f" * 8
LIFE = "1f" * 16
LINK_KEY, WITNESS_KEY = b"l" * 32, b"w" * 32
KEY = "key-of-the-checker"


class Till:
    """A terminal's flash and the events of the same requests, written by hand: Ada pays in, buys, is refused."""

    def __init__(self, folder):
        self.folder = str(folder)
        self.journal = journal.Journal(self.folder, 4)
        self.seal = Seal(TERMINAL, 1, LINK_KEY, WITNESS_KEY)
        self.events: list[dict] = []
        self.at_s = 1_700_000_000

    def top_up(self, cents: int, gift_cents: int) -> None:
        asked = {"account": ADA, "tap": "0" * 16, "amount_cents": cents, "tender": "cash"}
        told = {"principal_cents": cents, "bonus_cents": gift_cents, "in_all_at_s": self.at_s}
        known = {"principal": cents, "bonus": gift_cents, "points": 0}
        self._tap("top_up", asked, "topped_up", told | {"here": known, "in_all": known})
        tenders = {"principal": cents, "bonus": gift_cents}
        moves = [
            (f"cash/{STORE}/principal", f"member/{ADA}/principal/{STORE}/{GIFT}", cents),
            (f"gift_cost/{STORE}/bonus", f"member/{ADA}/bonus/{STORE}/{GIFT}", gift_cents),
        ]
        self._book("top_up", moves, total_cents=cents, tenders=tenders)

    def sale(self, principal_cents: int, bonus_cents: int = 0, cash_cents: int = 0, earned: int = 0) -> None:
        total_cents = principal_cents + bonus_cents + cash_cents
        paid = {"principal_cents": principal_cents, "bonus_cents": bonus_cents, "cash_cents": cash_cents}
        told = paid | {"total_cents": total_cents, "points": 0, "points_cents": 0, "earned": earned, "taxes": []}
        self._tap("pay", self._payment(total_cents, total_cents - cash_cents), "receipt", told)
        tenders = {"principal": principal_cents, "bonus": bonus_cents, "cash": cash_cents}
        moves = [
            (f"member/{ADA}/principal/{STORE}/{GIFT}", f"revenue/{STORE}/principal", principal_cents),
            (f"member/{ADA}/bonus/{STORE}/{GIFT}", f"revenue/{STORE}/bonus", bonus_cents),
            (f"cash/{STORE}/cash", f"revenue/{STORE}/cash", cash_cents),
            (f"points_cost/{STORE}/points", f"member/{ADA}/points/{STORE}/{GIFT}", earned),
        ]
        self._book("sale", moves, total_cents=total_cents, tenders=tenders, earned_points=earned)

    def refusal(self, cents: int, reason: str = "insufficient_float") -> None:
        sequence = self._ask("pay", self._payment(cents, cents))
        self._answer(sequence, "refused", {"reason": reason})
        self._book("refusal", [], reason=reason)

    def reversed_sale(self, cents: int) -> None:
        """Approved, but the terminal had given up before it was told: booked, and taken back under the same id."""
        sequence = self._ask("pay", self._payment(cents, cents))
        sold = [(f"member/{ADA}/principal/{STORE}/{GIFT}", f"revenue/{STORE}/principal", cents)]
        self._book("sale", sold, total_cents=cents, tenders={"principal": cents})
        self._book("void", [(credit, debit, amount) for debit, credit, amount in sold], outcome="reversed")
        told = {"outcome": "reversed", "receipt": 9, "incarnation": LIFE, "seq": 9}
        self._answer(sequence, "void_answer", told)

    def reversed_refund(self, cents: int) -> None:
        """The same of a refund."""
        sequence = self._ask("refund", {"sale": self.request(2), "why": "returned"})
        back = [(f"revenue/{STORE}/cash", f"cash/{STORE}/cash", cents)]
        self._book("refund", back)
        self._book("void", [(credit, debit, amount) for debit, credit, amount in back], outcome="reversed")
        told = {"outcome": "reversed", "receipt": 9, "incarnation": LIFE, "seq": 9}
        self._answer(sequence, "void_answer", told)

    def refund(self, sale: int, principal_cents: int, cash_cents: int, points: int) -> None:
        """Part of an earlier sale, by its sequence."""
        sequence = self._ask("refund", {"sale": self.request(sale), "why": "returned"})
        paid = {"principal_cents": principal_cents, "cash_cents": cash_cents, "points_taken": points}
        zero = ("bonus_cents", "points", "kept_cents", "owed_points", "owed_cents", "left_cents")
        told = dict.fromkeys(zero, 0) | paid | {"total_cents": principal_cents + cash_cents, "sale": self.request(sale)}
        known = {"receipt": sequence, "business_date": "2023-11-14", "offline": False, "incarnation": LIFE}
        self._answer(sequence, "refunded", told | known | {"seq": sequence})
        moves = [
            (f"revenue/{STORE}/principal", f"member/{ADA}/principal/{STORE}/{GIFT}", principal_cents),
            (f"revenue/{STORE}/cash", f"cash/{STORE}/cash", cash_cents),
            (f"member/{ADA}/points/{STORE}/{GIFT}", f"points_cost/{STORE}/points", points),
        ]
        self._book("refund", moves)

    def fill(self, cents: int) -> None:
        """Started by an attendant, pumped, and paid in cash at the forecourt's page."""
        asked = {"code": "305", "nozzle": 1, "cents": cents, "ml": 0, "operator": "7", "shift": 1}
        told = {"cents": cents, "ml": 0, "price_milli": 76_000, "name": "Diesel", "offline": False}
        started = self._ask("start", asked)
        head = {"incarnation": LIFE, "seq": 1}
        self._answer(started, "started", told | head | {"hold": self.request(started)})
        totals = {"total_before_ml": 0, "total_after_ml": 20_000, "last": True, "why": "hung_up"}
        pumped = {"code": "305", "ml": 20_000, "amount_cents": cents, "price_milli": 76_000, **totals}
        sequence = self._ask("capture", pumped | {"hold": self.request(started)})
        filled = {"fill": 1, "business_date": "2026-01-02", "name": "Diesel", "ml": 20_000, "price_milli": 76_000}
        filled |= {"hold": self.request(started), "total_cents": cents, "offline": False, **head}
        self._answer(sequence, "filled", filled)
        self._book("fill", [], lines=[{"code": "305", "amount_cents": cents}])
        self._book("sale", [("cash/0001/cash", "revenue/0001/cash", cents)], total_cents=cents, request="")

    def captured(self, cents: int, saved_cents: int, ml: int = 20_000, price_milli: int = 73_000) -> None:
        """Ada fills up with her card, at a price below the pump's list price."""
        totals = {"total_before_ml": 0, "total_after_ml": ml, "last": True, "why": "hung_up"}
        asked = {"account": ADA, "code": "305", "ml": ml, "amount_cents": cents, "price_milli": price_milli, **totals}
        told = {"name": "Diesel", "ml": ml, "price_milli": price_milli, "total_cents": cents, "principal_cents": cents}
        told |= {"bonus_cents": 0, "earned": 0, "taxes": [], "list_milli": 76_000, "saved_cents": saved_cents}
        known = {"principal": 0, "bonus": 0, "points": 0}
        told |= {"here": known, "in_all": known, "in_all_at_s": self.at_s}
        hold = self.request(self.journal.last[LANE] + 1)
        self._tap("capture", asked | {"hold": hold}, "captured", told | {"hold": hold})
        moves = [(f"member/{ADA}/principal/{STORE}/{GIFT}", f"revenue/{STORE}/principal", cents)]
        line = {"code": "305", "qty_milli": ml, "price_milli": price_milli, "amount_cents": cents}
        told_so = {"message": "capture", "total_cents": cents, "tenders": {"principal": cents}, "lines": [line]}
        self._book("sale", moves, **told_so, saved_cents=saved_cents)

    def unanswered(self, cents: int) -> None:
        """The power went: what was asked lies in the journal, nobody was told anything."""
        self._ask("pay", self._payment(cents, cents))

    def request(self, sequence: int) -> str:
        return f"{TERMINAL}/{self.journal.number}/{LANE}/{sequence}"

    def _payment(self, total_cents: int, stored_cents: int) -> dict:
        amounts = {"total_cents": total_cents, "stored_cents": stored_cents, "cash_cents": total_cents - stored_cents}
        return amounts | {"basket": 1, "lines": 1, "account": ADA, "tap": "0" * 16, "points": 0, "points_cents": 0}

    def _tap(self, message: str, asked: dict, answer: str, told: dict) -> None:
        sequence = self._ask(message, asked)
        known = {"receipt": sequence, "business_date": "2023-11-14", "offline": False, "incarnation": LIFE}
        self._answer(sequence, answer, told | known | {"seq": sequence})

    def _ask(self, message: str, values: dict) -> int:
        sequence = self.journal.last[LANE] + 1
        by = {"operator": "101", "shift": 1, "at_s": self.at_s}
        _, frame = self.seal.make(message, values | by | self._id(sequence))
        self.journal.request(LANE, sequence, message, frame)
        return sequence

    def _answer(self, sequence: int, message: str, values: dict) -> None:
        frame = codec.seal(topics.down(TERMINAL, message), message, values | self._id(sequence), 1, LINK_KEY)
        self.journal.answer(LANE, sequence, message, frame)

    def _id(self, sequence: int) -> dict:
        return {"j": self.journal.number, "l": LANE, "n": sequence}

    def _book(self, kind: str, moves: list, **more) -> None:
        sequence = self.journal.last[LANE]
        empty = {"receipt": sequence, "total_cents": 0, "tenders": {}, "earned_points": 0, "duplicate_of": ""}
        entries = [{"debit": debit, "credit": credit, "amount": amount} for debit, credit, amount in moves if amount]
        self.events.append(empty | {"kind": kind, "request": self.request(sequence), "entries": entries} | more)


class HeadOffice(ThreadingHTTPServer):
    """The three addresses that the audit reads, answered from a list of events. One event for each page."""

    def __init__(self, events: list[dict]):
        super().__init__(("127.0.0.1", 0), Answers)
        self.events = events
        self.negative: list[str] = []
        self.by_unit = {"money": 0, "points": 0}
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()

    def tell(self, path: str, query: dict[str, str]) -> dict:
        if path == "/api/v1/events":
            after = int(query["after"])
            more = after + 1 < len(self.events)
            return {"events": self.events[after : after + 1], "next": after + 1 if more else None}
        if path == "/api/v1/trial-balance":
            return {"by_unit": self.by_unit, "negative": self.negative}
        if path == f"/api/v1/fuel/companies/{ADA}/statement":
            return {"total": self._statement()}
        return {"balances": [{"line": line, "amount": cents} for line, cents in self._lines(query["account"]).items()]}

    def _statement(self) -> dict[str, int]:
        pumped = [event for event in self.events if event.get("message") == "capture"]
        sums = {"ml": sum(event["lines"][0]["qty_milli"] for event in pumped)}
        sums |= {"cents": sum(event["total_cents"] for event in pumped)}
        return sums | {"fills": len(pumped), "saved_cents": sum(event["saved_cents"] for event in pumped)}

    def _lines(self, account: str) -> dict[str, int]:
        lines: dict[str, int] = {}
        for entry in (entry for event in self.events for entry in event["entries"]):
            lines[entry["debit"]] = lines.get(entry["debit"], 0) - entry["amount"]
            lines[entry["credit"]] = lines.get(entry["credit"], 0) + entry["amount"]
        return {line: cents for line, cents in lines.items() if account in line}


class Answers(BaseHTTPRequestHandler):
    server: HeadOffice

    def do_GET(self) -> None:  # noqa: N802
        url = urlsplit(self.path)
        welcome = self.headers["authorization"] == "Bearer " + KEY
        self.send_response(200 if welcome else 401)
        self.end_headers()
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        self.wfile.write(json.dumps(self.server.tell(url.path, query)).encode())

    def log_message(self, *values) -> None:
        """Nothing on the console."""


@pytest.fixture()
def till(tmp_path):
    made = Till(tmp_path / TERMINAL)
    made.top_up(100_00, 5_00)
    made.sale(30_00, earned=30)
    made.sale(69_00, bonus_cents=5_00, cash_cents=1_50, earned=75)
    return made


@pytest.fixture()
def head_office(till):
    served = HeadOffice(copy.deepcopy(till.events))
    yield served
    served.shutdown()
    served.server_close()


def run_of(till, head_office, cut=None) -> dict:
    pages = "http://127.0.0.1:%d" % head_office.server_address[1]
    return {"pages": pages, "key": KEY, "journals": {TERMINAL: till.folder}, "cut": cut}


def wrong(till, head_office, cut=None) -> list[str]:
    return check.audit(run_of(till, head_office, cut)).wrong


def test_equal_to_the_cent(till, head_office):
    result = check.audit(run_of(till, head_office))
    assert result.wrong == []
    wanted = {"topped up": 100_00, "topped up, gift": 5_00, "sold": 105_50, "paid by stored value": 99_00,
              "paid by gift": 5_00, "cash": 101_50, "points earned": 105}  # fmt: skip
    for side in (result.terminals, result.head_office):
        assert {name: sum_ for name, sum_ in side.money.items() if sum_} == wanted
        assert dict(side.accounts[ADA]) == {"principal": 1_00, "bonus": 0, "points": 105}
    assert result.taps == {("up", "approved"): 2}


@pytest.mark.parametrize("field", ["entry", "tender", "total"])
def test_a_changed_cent_is_found(till, head_office, field):
    sale = head_office.events[1]
    if field == "entry":
        sale["entries"][0]["amount"] -= 1
    elif field == "tender":
        sale["tenders"]["principal"] -= 1
    else:
        sale["total_cents"] -= 1
    found = wrong(till, head_office)
    if field == "entry":
        assert "paid by stored value: terminals 9900, head office 9899" in found
        assert f"{ADA} principal: terminals 100, head office 101" in found
    else:
        assert len(found) == 1 and found[0].startswith(till.request(2)) and "2999" in found[0]


def test_a_missing_event_is_found(till, head_office):
    del head_office.events[1]
    found = wrong(till, head_office)
    assert found[0].startswith(till.request(2)) and found[0].endswith("head office has None")
    assert "sold: terminals 10550, head office 7550" in found


def test_a_request_that_no_terminal_knows_is_found(till, head_office):
    invented = copy.deepcopy(head_office.events[1])
    invented["request"] = till.request(99)
    head_office.events.append(invented)
    found = wrong(till, head_office)
    assert found[0].startswith(till.request(99)) and "no journal knows of it" in found[0]


def test_an_answer_that_never_came_is_no_approval(till, head_office):
    till.unanswered(10_00)
    assert wrong(till, head_office) == [
        f"{till.request(4)}: the terminal was told ('unanswered', None), head office has None"
    ]


def test_what_was_taken_back_before_anybody_was_told_counts_on_neither_side(till, head_office):
    till.reversed_sale(1_00)
    till.reversed_refund(2_00)
    head_office.events = till.events
    result = check.audit(run_of(till, head_office) | {"shares": False})
    assert result.wrong == [] and result.head_office.money["sold"] == 105_50
    assert result.head_office.money["refunded"] == 0 and result.head_office.money["cash"] == 101_50


def test_a_refund_counts_on_both_sides_and_a_changed_cent_of_it_is_found(till, head_office):
    till.refund(3, 10_00, 1_50, 11)
    head_office.events = copy.deepcopy(till.events)
    result = check.audit(run_of(till, head_office))
    assert result.wrong == []
    for side in (result.terminals, result.head_office):
        assert (side.money["refunded"], side.money["cash"]) == (11_50, 100_00)
        assert side.accounts[ADA]["points"] == 105 - 11
    head_office.events[-1]["entries"][0]["amount"] -= 1
    assert f"{ADA} principal: terminals 1100, head office 1099" in wrong(till, head_office)


def test_a_fill_that_is_paid_at_the_forecourt_counts_as_let_flow_on_both_sides(till, head_office):
    till.fill(15_00)
    head_office.events = copy.deepcopy(till.events)
    result = check.audit(run_of(till, head_office) | {"shares": False})
    assert result.wrong == [] and result.head_office.money["let flow, to be paid"] == 15_00
    assert result.head_office.money["sold"] == 105_50  # what the page takes is in no terminal's journal
    head_office.events[-2]["lines"][0]["amount_cents"] -= 1
    assert "let flow, to be paid: terminals 1500, head office 1499" in wrong(till, head_office)


@pytest.mark.parametrize(
    ("field", "found"),
    [
        ("", []),
        ("saved_cents", [f"statement of {ADA}, saved_cents: terminals 60, head office 61"]),
        ("price_milli", ["73000", "73001"]),
        ("qty_milli", ["20000", "20001", f"statement of {ADA}, ml: terminals 20000, head office 20001"]),
    ],
)
def test_a_companys_fill_is_compared_by_litre_price_and_statement(till, head_office, field, found):
    till.captured(1_00, 60)
    head_office.events = copy.deepcopy(till.events)
    fill = head_office.events[-1]
    for place in (fill, fill["lines"][0]):
        if field in place:
            place[field] += 1
    company = {"account": ADA, "key": KEY}
    told = " ".join(check.audit(run_of(till, head_office) | {"shares": False, "company": company}).wrong)
    assert all(word in told for word in found) if found else told == ""


def test_broken_books_are_found(till, head_office):
    head_office.negative.append(f"member/{ADA}/principal/{STORE}/{GIFT}")
    head_office.by_unit["money"] = 7
    below = f"below zero: member/{ADA}/principal/{STORE}/{GIFT}"
    assert wrong(till, head_office) == ["the books do not balance: money is off by 7", below]


def test_a_repeat_that_was_salvaged_counts_once(till, head_office):
    head_office.events.append(head_office.events[1] | {"entries": [], "duplicate_of": till.request(2)})
    assert wrong(till, head_office) == []


@pytest.mark.parametrize(("refused", "cut", "word"), [(1, False, "up"), (0, True, ""), (1, True, "cut")])
def test_too_few_approvals_are_found(till, head_office, refused, cut, word):
    """Two approved; with one refused it is two of three: below 97 % with the line up, below 80 % while it is cut."""
    for _ in range(refused):
        till.refusal(20_00)
    head_office.events = till.events
    found = wrong(till, head_office, [till.at_s - 1, till.at_s + 1] if cut else None)
    assert [text.partition(",")[0] for text in found] == (
        [f"only 66.7% of the taps with the line {word} were approved"] if word else []
    )


def test_the_command_says_it_and_ends_with_it(till, head_office, tmp_path):
    file = tmp_path / "run.json"
    file.write_text(json.dumps(run_of(till, head_office)))
    command = [sys.executable, "-m", "tools.check", str(file)]
    good = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    assert good.returncode == 0 and "equal to the cent" in good.stdout, good.stdout + good.stderr
    head_office.events[1]["total_cents"] -= 1
    bad = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    assert bad.returncode == 1 and "1 differences" in bad.stdout


def test_a_run_without_taps_proves_nothing(till, head_office):
    silent = run_of(till, head_office) | {"journals": {}}
    assert any("no tap at all" in text for text in check.audit(silent).wrong)
