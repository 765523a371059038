"""What takes two people, through the API: adjustments, merge, closing, a case of a gateway that is gone."""

import pytest

from hq_server.access.store import audit_actions
from hq_server.floats.service import place_due
from hq_server.ingest.endpoints import ingest
from hq_server.ledger import store as books
from hq_server.members.store import member_row
from hq_server.vault import lives
from protocol.ledger import floats
from tests.hq_server.conftest import program
from tests.hq_server.small_chain import ACCOUNTS, MEMBERS, open_shops

ADA, MING = ACCOUNTS[:2]
DAY = "2026-11-16"


class Office:
    """Two people of finance, and the store that the value comes from."""

    def __init__(self, hq):
        self.hq = hq
        self.lin, self.kim = program(hq, "finance", "lin"), program(hq, "finance", "kim")
        self.shop = open_shops(hq, 1)[0]

    def top_up(self, account: str, cents: int, bonus_cents: int = 0) -> None:
        self.shop.top_up(DAY, 1, account, cents, bonus_cents)
        ingest(self.hq, "0001", self.shop.batch())

    def comes_home(self, account: str) -> None:
        """The store answers: all of it goes home, and head office looks at the account."""
        number = (account[:8] + f"{self.shop.seq:024x}")[:32]
        booking, _ = floats.give_back(self.shop.holding(account), number, None)
        self.shop.holdings[account] = booking.holding
        self.shop.write("float_returned", DAY, 2, number, booking.entries, account=account)
        ingest(self.hq, "0001", self.shop.batch())
        while place_due(self.hq):
            pass

    def decide(self, kind: str, **body):
        """Lin asks, Kim agrees; the answer."""
        asked = self.lin.post("/api/v1/decisions", json={"kind": kind, "body": body})
        assert asked.status_code == 201, asked.text
        return self.kim.post(f"/api/v1/decisions/{asked.json()['id']}/agree")

    def held(self, account: str) -> dict:
        with self.hq.db.read() as connection:
            assert books.negative_lines(connection) == []
            rows = books.trial_balance(connection)
            assert not any(books.sums_by_unit(rows).values())
            return books.held(connection, [account])[account]

    def status(self, account: str) -> str:
        with self.hq.db.read() as connection:
            row = member_row(connection, account)
        assert row is not None
        return row.status


@pytest.fixture()
def office(hq):
    return Office(hq)


#   asset     | change | reason     | what is answered    | in the pool then
ADJUSTMENTS = """
    principal |    500 | goodwill   | done                | 1500
    principal |  -1000 | misuse     | done                |    0
    principal |  -1001 | misuse     | insufficient_float  | 1000
    principal |    500 | no reason  | bad_adjustment      | 1000
    principal |      0 | goodwill   | bad_adjustment      | 1000
    points    |     70 | missed     | done                |   70
    coupon:X  |      1 | goodwill   | malformed           |    0
"""


@pytest.mark.parametrize("row", ADJUSTMENTS.strip().splitlines())
def test_a_balance_is_corrected_by_two_people(office, row):
    asset, change, reason, answered, left = [part.strip() for part in row.split("|")]
    office.top_up(ADA, 1000)
    office.comes_home(ADA)
    body = {"account": ADA, "asset": asset, "change": int(change), "reason": reason}
    if answered == "malformed":
        told = office.lin.post("/api/v1/decisions", json={"kind": "adjust", "body": body})
    else:
        told = office.decide("adjust", **body)
    assert told.json().get("reason", "done") == answered
    assert office.held(ADA).get(("hq", asset), 0) == int(left)


def test_nobody_agrees_with_himself(office):
    office.top_up(ADA, 1000)
    body = {"account": ADA, "asset": "principal", "change": 1, "reason": "goodwill"}
    number = office.lin.post("/api/v1/decisions", json={"kind": "adjust", "body": body}).json()["id"]
    told = office.lin.post(f"/api/v1/decisions/{number}/agree")
    assert (told.status_code, told.json()["reason"]) == (409, "second_person")
    (waiting,) = office.kim.get("/api/v1/decisions").json()["decisions"]
    assert (waiting["id"], waiting["asked_by"], waiting["body"]["change"]) == (number, "key:lin", 1)
    assert office.kim.post(f"/api/v1/decisions/{number}/withdraw").status_code == 200
    assert office.kim.post(f"/api/v1/decisions/{number}/agree").json()["reason"] == "decision_withdrawn"
    assert program(office.hq, "support").post("/api/v1/decisions", json={}).status_code == 403
    with office.hq.db.read() as connection:
        actions = audit_actions(connection)
    assert {"decision_asked", "decision_withdrawn"} <= set(actions)


def test_a_merged_account_hands_over_what_comes_home(office):
    office.top_up(ADA, 3000)
    office.top_up(MING, 1000)
    told = office.decide("merge", account=ADA, heir=MING)
    assert told.json()["result"] == {"moved": {}, "cards": [MEMBERS[ADA][4]]}
    assert office.status(ADA) == "merged"
    office.comes_home(ADA)
    assert office.held(ADA) == {}
    assert office.held(MING) == {("hq", "principal"): 3000, ("0001", "principal"): 1000}
    again = office.decide("merge", account=ADA, heir=MING)
    assert again.json()["reason"] == "merged"
    assert office.decide("merge", account=MING, heir=ADA).json()["reason"] == "malformed"


def test_a_closed_account_is_paid_out_as_it_comes_home(office):
    office.top_up(ADA, 3000, 500)
    told = office.decide("close_account", account=ADA)
    assert told.json()["result"] == {"paid_cents": 0} and office.status(ADA) == "closing"
    office.comes_home(ADA)
    assert office.held(ADA) == {} and office.status(ADA) == "closed"
    with office.hq.db.read() as connection:
        sums = {(row.book, row.asset): int(row.amount) for row in books.trial_balance(connection)}
    assert (sums["cash", "principal"], sums["breakage", "bonus"]) == (-3000 + 3000, 500)
    assert office.lin.post("/api/v1/decisions", json={"kind": "close_account", "body": {"account": "x"}}).json()[
        "reason"
    ] == "malformed"


def test_a_case_from_advance_to_closing(office):
    office.top_up(ADA, 100_00)
    with office.hq.vault() as vault:
        lives.begin(vault, "0001", "7" * 32)
    (case,) = office.lin.get("/api/v1/cases").json()["cases"]
    assert (case["store"], case["status"], case["waiting"]) == ("0001", "open", {"principal": 100_00})
    life = case["life"]
    told = office.lin.post(f"/api/v1/cases/{life}/advance", json={"account": ADA, "want": {"principal": 40_00}})
    assert told.json() == {"account": ADA, "advanced": {"principal": 40_00}, "cap_left_cents": 2000_00 - 40_00}
    again = office.lin.post(f"/api/v1/cases/{life}/advance", json={"account": MING})
    assert again.status_code == 404
    assert office.decide("close_case", life=life).json()["result"]["released"] == {"principal": 60_00}
    told = office.lin.get(f"/api/v1/cases/{life}").json()
    assert (told["status"], told["waiting"], told["advanced"]) == ("closed", {}, {"principal": 40_00})
    assert told["accounts"][0]["account"] == ADA and told["cap_left_cents"] == 1960_00
    assert office.held(ADA) == {("hq", "principal"): 100_00}
