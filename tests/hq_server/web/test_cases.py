"""A gateway is lost: head office sees its case, advances a member, and two people close it."""

import re

from hq_server.ingest.endpoints import ingest
from hq_server.ledger import store as books
from hq_server.vault import lives
from tests.hq_server.conftest import visit
from tests.hq_server.small_chain import ACCOUNTS, open_shops

ADA, BOB = ACCOUNTS[0], ACCOUNTS[1]
OLD, NEW = "1" * 32, "7" * 32


def lose_a_gateway(hq) -> None:
    shop = open_shops(hq, 1)[0]
    shop.top_up("2026-11-16", 1, ADA, 100_00)
    shop.top_up("2026-11-16", 2, BOB, 40_00)
    ingest(hq, "0001", shop.batch())
    with hq.vault() as vault:
        lives.begin(vault, "0001", NEW)


def post(browser, page: str, path: str) -> str:
    """Presses the button of a form on a page; the page that follows."""
    text = browser.get(page).text
    assert f'action="{path}"' in text, text
    form = text[text.index(f'action="{path}"') :]
    fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form[: form.index("</form>")]))
    return browser.post(path, data=fields).text


def test_nothing_is_lost_and_the_page_says_so(hq):
    page = visit(hq, "administrator").get("/cases").text
    assert "No gateway has been lost" in page and "Nothing waits" in page


def test_a_member_is_advanced_and_two_people_close_the_case(hq):
    lose_a_gateway(hq)
    ada, bob = visit(hq, "administrator", "ada"), visit(hq, "finance", "bob")
    assert f"/cases/{OLD}" in ada.get("/cases").text and "140.00" in ada.get("/cases").text
    page = post(ada, f"/cases/{OLD}", f"/cases/{OLD}/advance")
    assert "Advanced. The member can spend it now." in page
    with hq.db.read() as connection:
        held = books.held(connection, [ADA, BOB])
    assert {sum(held[ADA].values()), sum(held[BOB].values())} == {100_00, 40_00}
    assert "Asked. A second person has to agree." in post(ada, f"/cases/{OLD}", f"/cases/{OLD}/close")
    assert "Somebody else has to agree." in ada.get("/cases").text
    number = re.search(r"/decisions/(\w+)/withdraw", ada.get("/cases").text).group(1)
    path = f"/decisions/{number}/agree"
    assert path in bob.get("/cases").text and path not in ada.get("/cases").text
    assert "Agreed and done." in post(bob, "/cases", path)
    assert "closed" in ada.get(f"/cases/{OLD}").text and "/close" not in ada.get(f"/cases/{OLD}").text
    with hq.db.read() as connection:
        held = books.held(connection, [ADA, BOB])
    assert {("hq", "principal")} <= set(held[ADA]) & set(held[BOB]), "what waited went home"


def test_what_cannot_be_done_is_said(hq):
    lose_a_gateway(hq)
    ada = visit(hq, "administrator", "ada")
    post(ada, f"/cases/{OLD}", f"/cases/{OLD}/close")
    number = re.search(r"/decisions/(\w+)/withdraw", ada.get("/cases").text).group(1)
    assert "Withdrawn." in post(ada, "/cases", f"/decisions/{number}/withdraw")
    assert ada.get("/cases/" + "0" * 32).status_code == 404
    viewer = visit(hq, "viewer", "vera")
    assert viewer.post(f"/cases/{OLD}/close").status_code == 403
