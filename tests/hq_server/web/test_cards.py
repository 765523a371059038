"""A card is blocked on a member's page; the page that follows says where the block holds and what is left."""

import re

from hq_server.ingest.endpoints import ingest
from tests.hq_server.cards.test_blocks import CARD, NEW, SECOND, acknowledge
from tests.hq_server.conftest import NOW_S, guard_of, visit
from tests.hq_server.small_chain import ACCOUNTS, open_shops

ADA = ACCOUNTS[0]


def press(browser, path: str, **fields: str) -> str:
    page = browser.get("/members/" + ADA).text
    assert f'action="{path}"' in page
    return browser.post(path, data=fields | {"guard": guard_of(page)}).text


def words(page: str) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", page).split())


def test_a_card_is_blocked_and_the_page_follows(hq):
    shops = open_shops(hq, 1)
    shops[1].top_up("2026-11-16", 1, ADA, 63_20)
    ingest(hq, "0002", shops[1].batch())
    support = visit(hq, "support")
    page = press(support, f"/cards/{CARD}/status", status="blocked")
    assert "blocked at 0 of 2 stores" in page and "63.20" in page and 'data-refresh="2"' in page
    assert "On their way" in support.get("/cards").text
    shops[1].sale("2026-11-16", NOW_S + 1, {"4001": 1000}, ADA, stored_cents=129)
    ingest(hq, "0002", shops[1].batch())
    acknowledge(hq, SECOND)
    acknowledge(hq, "1" * 32)
    page = support.get("/blocks/1").text
    assert "blocked at 2 of 2 stores" in page and "data-refresh" not in page
    assert "Every store has it" in support.get("/cards").text and CARD in support.get("/cards").text
    assert "counting again at 0 of 2" in press(support, f"/cards/{CARD}/status", status="active")


def test_replaced_handed_in_and_frozen(hq):
    boss = visit(hq, "administrator")
    assert "replaced at 0 of 2 stores" in press(boss, f"/cards/{CARD}/replace", new=NEW)
    assert "tied to an account already" in press(boss, f"/cards/{NEW}/replace", new=NEW)
    assert "A second person has to agree" in press(boss, f"/cards/{NEW}/return", pay_out="1")
    assert "frozen at 0 of 2 stores" in press(boss, f"/members/{ADA}/status", status="frozen")
    page = words(boss.get("/members/" + ADA).text)
    assert f"→ {NEW}" in page and "Taken back" in page and "Release the account" in page
    assert "Card replaced" in boss.get("/audit").text


def test_who_may_not_edit_sees_no_buttons(hq):
    page = visit(hq, "finance").get("/members/" + ADA).text
    assert CARD in page and f"/cards/{CARD}/" not in page
