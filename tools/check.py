"""An independent audit of a run: the terminals' own journals against head office's public API, added up twice.

It imports nothing of the gateway and nothing of head office. What the customers were told (the sealed answers in each
terminal's flash) is one side; what head office has booked (events and entries over HTTP) is the other.

    python -m tools.check RUN.json        exit 0 only if both are equal to the cent and the shares are reached

RUN.json: {"pages": URL, "key": bearer key, "journals": {terminal: folder}, "cut": [from, to] epoch seconds or null,
"shares": false where so much was broken on purpose that only the cents count,
"company": {"account", "key" of a program that may see who drives} whose statement is compared too, or null}.
"""

import json
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import httpx
from rich.console import Console
from rich.table import Table

from firmware.net import journal
from protocol import codec
from protocol.money import money_text

APPROVED_WITH_HQ = 0.97
APPROVED_WHILE_CUT = 0.80
PAGE = 1000
MONEY = ("total_cents", "principal", "bonus", "points", "cash")


class Told(NamedTuple):
    """What a terminal was told about one money request: the words of the sealed answer, None while there is none."""

    asked: str
    request: dict[str, Any]
    answered: str
    answer: dict[str, Any] | None


@dataclass
class Sums:
    """One side of the audit."""

    outcomes: dict[str, tuple] = field(default_factory=dict)
    money: Counter = field(default_factory=Counter)
    accounts: dict[str, Counter] = field(default_factory=lambda: defaultdict(Counter))


@dataclass
class Audit:
    """Both sides, the shares of approved taps by line state, and whatever is wrong, in words."""

    terminals: Sums
    head_office: Sums
    taps: Counter
    refusals: Counter
    wrong: list[str]


def audit(run: dict[str, Any]) -> Audit:
    """Reads both sides of a run and compares them."""
    told = dict(one for terminal, folder in run["journals"].items() for one in read_journal(terminal, folder))
    with httpx.Client(headers={"authorization": "Bearer " + run["key"]}, trust_env=False, timeout=30) as client:
        events = list(_events(client, run["pages"]))
        books = client.get(run["pages"] + "/api/v1/trial-balance").raise_for_status().json()
        ours, theirs = terminals_side(told), head_office_side(events)
        wrong = [*_unequal(ours, theirs), *_broken_books(books), *_balances(client, run["pages"], ours)]
        wrong += _statement(client, run["pages"], run["company"], told) if run.get("company") else []
    taps, refusals = shares(told, run.get("cut"))
    wrong += _too_few(taps, run.get("shares", True))
    wrong += [f"{n} taps refused without a reason" for reason, n in refusals.items() if not reason]
    return Audit(ours, theirs, taps, refusals, wrong)


def read_journal(terminal: str, folder: str) -> Iterator[tuple[str, Told]]:
    """(request id, what was told) of every money request in a terminal's flash, oldest first."""
    open_: dict[tuple[int, int], tuple[str, dict]] = {}
    answers: dict[tuple[int, int], tuple[str, dict]] = {}
    number = journal.segments(folder)[0][:8] if journal.segments(folder) else ""
    for kind, lane, sequence, message, frame in journal.records(folder):
        if kind == journal.REQUEST:
            open_[lane, sequence] = (message, codec.decode(message, frame))
        elif kind == journal.ANSWER:
            answers[lane, sequence] = (message, codec.decode(message, frame))
    for (lane, sequence), (message, request) in open_.items():
        answered, answer = answers.get((lane, sequence), ("", None))
        yield f"{terminal}/{number}/{lane}/{sequence}", Told(message, request, answered, answer)


# what is set aside, or let go, at a pump moves nothing: head office hears of the fill alone
NO_EVENT = ("held", "started", "released")


def terminals_side(told: dict[str, Told]) -> Sums:
    """What the customers were told, added up."""
    sums = Sums()
    for request, one in told.items():
        if one.answered in NO_EVENT:
            continue
        sums.outcomes[request] = _outcome_told(one)
        if one.answered in ("receipt", "topped_up", "captured"):
            _add_told(sums, one)
        elif one.answered == "filled" and one.answer:
            sums.money["let flow, to be paid"] += one.answer["total_cents"]
        elif one.answered == "refunded" and one.answer:
            sale = told.get(one.answer["sale"])
            _add_refunded(sums, one.answer, sale.request.get("account", "") if sale else "")
    return sums


def _outcome_told(one: Told) -> tuple:
    answer = one.answer or {}
    if one.answered == "receipt":
        return ("sale", answer["receipt"], answer["total_cents"], answer["principal_cents"], answer["bonus_cents"],
                answer["points"], answer["cash_cents"], answer["earned"])
    if one.answered == "captured":
        return ("sale", answer["receipt"], answer["total_cents"], answer["principal_cents"], answer["bonus_cents"],
                0, 0, answer["earned"], answer["ml"], answer["price_milli"])
    if one.answered == "filled":
        return "fill", answer["total_cents"]
    if one.answered == "topped_up":
        paid_in_cents = one.request["amount_cents"]
        return "top_up", answer["receipt"], paid_in_cents, answer["principal_cents"], answer["bonus_cents"]
    if one.answered == "refunded":
        return "refund", answer["receipt"], answer["principal_cents"], answer["bonus_cents"], answer["cash_cents"]
    if one.answered == "refused":
        return "refusal", answer["reason"]
    return (one.answered or "unanswered", answer.get("outcome"))


def _add_told(sums: Sums, one: Told) -> None:
    answer = one.answer or {}
    account = sums.accounts[one.request.get("account", "")]
    if one.answered == "topped_up":
        sums.money["topped up"] += answer["principal_cents"]
        sums.money["topped up, gift"] += answer["bonus_cents"]
        sums.money["cash"] += one.request["amount_cents"]
        account.update(principal=answer["principal_cents"], bonus=answer["bonus_cents"])
        return
    owed_cents = answer.get("owed_cents", 0)
    sums.money["sold"] += answer["total_cents"]
    sums.money["fuel, owed"] += owed_cents
    sums.money["paid by stored value"] += answer["principal_cents"]
    sums.money["paid by gift"] += answer["bonus_cents"]
    sums.money["cash"] += answer.get("cash_cents", 0)
    sums.money["points earned"] += answer["earned"]
    sums.money["points paid"] += answer.get("points", 0)
    account.update(principal=-answer["principal_cents"] - owed_cents, bonus=-answer["bonus_cents"],
                   points=answer["earned"] - answer.get("points", 0))


def _add_refunded(sums: Sums, answer: dict[str, Any], account: str) -> None:
    """The account is that of the sale: the journal that has the sale knows it."""
    given_back = {name: answer[name + "_cents"] for name in ("principal", "bonus", "cash")}
    sums.money["refunded"] += sum(given_back.values())
    sums.money["cash"] -= given_back.pop("cash")
    points = answer["points"] - answer["points_taken"] - answer["owed_points"]
    sums.accounts[account].update(given_back | {"points": points})


def head_office_side(events: list[dict]) -> Sums:
    """What head office has booked, added up from entries; outcomes from events."""
    sums, approved = Sums(), {}
    for event in events:
        if event["request"] and not event["duplicate_of"]:
            sums.outcomes[event["request"]] = _outcome_booked(event)
        # what the forecourt's page has booked is in no journal: its fill was told, how it ended is not
        forth, back = TABLES.get(event["kind"], {}) if event["request"] else {}, {}
        if event["kind"] == "fill":
            sums.money["let flow, to be paid"] += event["lines"][0]["amount_cents"]
        if forth:
            approved[event["request"]] = forth
        elif event["kind"] == "void":  # approved but never shown: what it takes back counts as its original did
            back = approved.get(event["request"], {})
        for entry in event["entries"]:
            _add_entry(sums, entry, forth, back)
    return sums


def _outcome_booked(event: dict) -> tuple:
    tenders = event["tenders"]
    if event["kind"] == "sale":
        return ("sale", event["receipt"], event["total_cents"], tenders.get("principal", 0), tenders.get("bonus", 0),
                tenders.get("points", 0), tenders.get("cash", 0), event["earned_points"], *_pumped(event))
    if event["kind"] == "fill":
        return "fill", event["lines"][0]["amount_cents"]
    if event["kind"] == "top_up":
        return "top_up", event["receipt"], event["total_cents"], tenders.get("principal", 0), tenders.get("bonus", 0)
    if event["kind"] == "refund":
        return "refund", event["receipt"], *_given_back(event["entries"])
    if event["kind"] == "refusal":
        return "refusal", event["reason"]
    return "void_answer", event.get("outcome")


def _pumped(event: dict) -> list[int]:
    """Litres and what one of them cost, where a pump gave them to a member."""
    fuel = event["lines"][0] if event.get("message") == "capture" else None
    return [fuel["qty_milli"], fuel["price_milli"]] if fuel else []


def _given_back(entries: list[dict]) -> list[int]:
    """What a refund gives back, in minor units: principal, bonus, cash."""
    moved: Counter = Counter()
    for entry in entries:
        debit, credit = entry["debit"].split("/"), entry["credit"].split("/")
        moved[debit[0], debit[2], credit[0]] += entry["amount"]
    ways = (("revenue", "principal", "member"), ("revenue", "bonus", "member"), ("revenue", "cash", "cash"))
    return [moved[way] for way in ways]


# (book debited, its asset, book credited) of an entry -> what it counts as, and for how much of it; the void of a
# request that was approved but never shown has the same entries the other way round
COUNTED = {
    ("cash", "principal", "member"): {"topped up": 1, "cash": 1},
    ("gift_cost", "bonus", "member"): {"topped up, gift": 1},
    ("member", "principal", "revenue"): {"sold": 1, "paid by stored value": 1},
    ("member", "bonus", "revenue"): {"sold": 1, "paid by gift": 1},
    ("cash", "cash", "revenue"): {"sold": 1, "cash": 1},
    ("gift_cost", "points_value", "revenue"): {"sold": 1},
    ("points_cost", "points", "member"): {"points earned": 1},
    ("member", "points", "points_cost"): {"points paid": 1},
    ("receivable", "principal", "revenue"): {"sold": 1, "fuel, owed": 1},
}
COUNTED_REFUND = {
    ("revenue", "principal", "member"): {"refunded": 1},
    ("revenue", "bonus", "member"): {"refunded": 1},
    ("revenue", "cash", "cash"): {"refunded": 1, "cash": -1},
}
TABLES = {"sale": COUNTED, "top_up": COUNTED, "refund": COUNTED_REFUND}  # by kind of event
THEIRS = ("member", "receivable")  # books whose lines are an account's: what was spent before it was taken back is owed


def _add_entry(sums: Sums, entry: dict, forth: dict, back: dict) -> None:
    """forth: what the entry counts as; back: what it counts as the other way round."""
    debit, credit = entry["debit"].split("/"), entry["credit"].split("/")
    asset = debit[2]
    for name, times in forth.get((debit[0], asset, credit[0]), {}).items():
        sums.money[name] += times * entry["amount"]
    for name, times in back.get((_paid_by(credit), asset, _paid_by(debit)), {}).items():
        sums.money[name] -= times * entry["amount"]
    for line, sign in ((debit, -1), (credit, 1)):
        if line[0] in THEIRS:
            sums.accounts[line[1]][line[2]] += sign * entry["amount"]


def _paid_by(line: list[str]) -> str:
    """The book of a line, as if nothing that was taken back had been spent meanwhile."""
    return "member" if line[0] == "receivable" else line[0]


def shares(told: dict[str, Told], cut: list[int] | None) -> tuple[Counter, Counter]:
    """Taps that wanted stored value: (line state, approved or refused) -> how many; refusals by reason."""
    taps: Counter = Counter()
    refusals: Counter = Counter()
    for one in told.values():
        wanted = one.asked == "hold" or one.asked == "pay" and one.request["stored_cents"]
        if wanted and one.answered:
            state = "cut" if cut and cut[0] <= one.request["at_s"] <= cut[1] else "up"
            taps[state, "approved" if one.answered in ("receipt", "held") else "refused"] += 1
        if one.answered == "refused" and one.answer is not None:
            refusals[one.answer["reason"]] += 1
    return taps, refusals


def share(taps: Counter, state: str) -> float | None:
    """Approved of all taps in that state of the line; None where there was none."""
    count = taps[state, "approved"] + taps[state, "refused"]
    return taps[state, "approved"] / count if count else None


def _events(client: httpx.Client, pages: str) -> Iterator[dict]:
    after: int | None = 0
    while after is not None:
        query = {"after": after, "limit": PAGE}
        answer = client.get(pages + "/api/v1/events", params=query).raise_for_status().json()
        yield from answer["events"]
        after = answer["next"]


def _unequal(ours: Sums, theirs: Sums) -> Iterator[str]:
    for request in sorted(ours.outcomes.keys() | theirs.outcomes.keys()):
        told, booked = ours.outcomes.get(request), theirs.outcomes.get(request)
        if told is None:
            yield f"{request}: booked as {booked}, but no journal knows of it"
        elif told != booked:
            yield f"{request}: the terminal was told {told}, head office has {booked}"
    for name in sorted(ours.money.keys() | theirs.money.keys()):
        if ours.money[name] != theirs.money[name]:
            yield f"{name}: terminals {ours.money[name]}, head office {theirs.money[name]}"


def _broken_books(books: dict) -> Iterator[str]:
    for unit, total in books["by_unit"].items():
        if total:
            yield f"the books do not balance: {unit} is off by {total}"
    for line in books["negative"]:
        yield f"below zero: {line}"


def _balances(client: httpx.Client, pages: str, ours: Sums) -> Iterator[str]:
    for account, told in sorted(ours.accounts.items()):
        if not account:
            continue
        answer = client.get(pages + "/api/v1/ledger", params={"account": account, "limit": 1}).raise_for_status().json()
        booked: Counter = Counter()
        for row in answer["balances"]:
            book, _, asset = row["line"].split("/")[:3]
            if book in THEIRS:
                booked[asset] += row["amount"]
        for asset in sorted(told.keys() | booked.keys()):
            if told[asset] != booked[asset]:
                yield f"{account} {asset}: terminals {told[asset]}, head office {booked[asset]}"


def _statement(client: httpx.Client, pages: str, company: dict, told: dict[str, Told]) -> Iterator[str]:
    """A company's statement: fills, litres, amount and what the member's price saved, as its pumps told them."""
    mine = [one for one in told.values() if one.answered == "captured" and one.request["account"] == company["account"]]
    answers = [one.answer for one in mine if one.answer]
    days = sorted(answer["business_date"] for answer in answers)
    if not days:
        return
    query = {"from_date": days[0], "to_date": days[-1]}
    head = {"authorization": "Bearer " + company["key"]}
    address = f"{pages}/api/v1/fuel/companies/{company['account']}/statement"
    total = client.get(address, params=query, headers=head).raise_for_status().json()["total"]
    ours = {"fills": len(answers), "ml": 0, "cents": 0, "saved_cents": 0}
    for answer in answers:
        ours["ml"] += answer["ml"]
        ours["cents"] += answer["total_cents"]
        ours["saved_cents"] += answer.get("saved_cents", 0)
    for name, amount in ours.items():
        if amount != total[name]:
            yield f"statement of {company['account']}, {name}: terminals {amount}, head office {total[name]}"


def _too_few(taps: Counter, shares_count: bool) -> list[str]:
    wrong = [] if taps.total() else ["no tap at all: two empty sides are equal and prove nothing"]
    for state, least in (("up", APPROVED_WITH_HQ), ("cut", APPROVED_WHILE_CUT)) if shares_count else ():
        reached = share(taps, state)
        if reached is not None and reached < least:
            wrong.append(f"only {reached:.1%} of the taps with the line {state} were approved, {least:.0%} are wanted")
    return wrong


def show(result: Audit, console: Console) -> None:
    """The summary, as tables."""
    money = Table("added up twice", "terminals' journals", "head office", title="To the cent")
    for name in sorted(result.terminals.money.keys() | result.head_office.money.keys()):
        ours, theirs = result.terminals.money[name], result.head_office.money[name]
        text = str if name.startswith("points") else money_text
        money.add_row(name, text(ours), text(theirs), style=None if ours == theirs else "red")
    both = (str(len(side.outcomes)) for side in (result.terminals, result.head_office))
    money.add_row("requests with an outcome", *both)
    money.add_row("accounts", str(len(result.terminals.accounts)), "each balance compared")
    for column in money.columns[1:]:
        column.justify = "right"
    console.print(money)
    lines = Table("line to head office", "taps", "approved", "refused", "share", title="Taps that wanted stored value")
    for state, name in (("up", "up"), ("cut", "cut")):
        good, bad, part = result.taps[state, "approved"], result.taps[state, "refused"], share(result.taps, state)
        lines.add_row(name, str(good + bad), str(good), str(bad), "-" if part is None else f"{part:.1%}")
    console.print(lines)
    for reason, count in result.refusals.most_common():
        console.print(f"refused: {count} x {reason}")
    for text in result.wrong[:40]:
        console.print(text, style="red", markup=False)
    verdict = "equal to the cent" if not result.wrong else f"{len(result.wrong)} differences"
    console.print(verdict, style="bold red" if result.wrong else "bold green")


def main() -> int:
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    result = audit(json.loads(Path(sys.argv[1]).read_text()))
    show(result, Console())
    return 1 if result.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
