"""Who may open and send what: every route that changes something, every page by role, headers, no open redirect."""

import re

import pytest
from fastapi.routing import APIRoute

from hq_server.app import create_app
from tests.hq_server.conftest import PASSWORD, guard_of, program, visit

BEFORE_SIGN_IN = ("/sign-in", "/setup")
OPEN = (*BEFORE_SIGN_IN, "/language/{code}", "/theme/{name}")

# page, then who may open it: administrator finance marketing support viewer store_manager
PAGES = """
    /                                  yes yes yes yes yes yes
    /stores                            yes yes yes yes yes no
    /stores/0001                       yes yes yes yes yes no
    /members                           yes yes yes yes no  no
    /segments                          yes yes yes yes no  no
    /reports                           yes yes yes yes yes yes
    /reports/sales_summary             yes yes yes yes yes yes
    /reports/sales_summary.xlsx        yes yes yes no  no  yes
    /reports/fuel_sales_stats          yes yes yes yes yes yes
    /reports/fuel_sales_stats.xlsx     yes yes yes no  no  yes
    /reports/product_sales_ranking     yes yes yes yes yes yes
    /reports/member_growth_stats       yes yes yes yes yes yes
    /reports/points_ledger             yes yes no  yes no  no
    /reports/punch_ledger              yes yes no  yes no  no
    /reports/stored_value_ledger       yes yes no  yes no  no
    /reports/stored_value_ledger.xlsx  yes yes no  no  no  no
    /trial-balance                     yes yes no  no  no  no
    /audit                             yes yes no  no  no  no
    /users                             yes no  no  no  no  no
    /account                           yes yes yes yes yes yes
"""
ROLES = ("administrator", "finance", "marketing", "support", "viewer", "store_manager")


def changing(app) -> list[tuple[str, str]]:
    """Every (method, address) that changes something and is meant for people or programs."""
    filled = {"name": "x", "number": "1", "code": "0001"}
    found = []
    for route in every_route(app.routes):
        path = route.path
        for place, value in filled.items():
            path = path.replace("{%s}" % place, value)
        found += [(method, path) for method in route.methods - {"GET", "HEAD", "OPTIONS"}]
    return found


def every_route(routes) -> list[APIRoute]:
    """Routes of the application and of the routers within it."""
    found = [route for route in routes if isinstance(route, APIRoute)]
    inner = [route.original_router.routes for route in routes if hasattr(route, "original_router")]
    return found + [route for each in inner for route in every_route(each)]


def test_there_are_routes_that_change_something(hq):
    assert len(changing(create_app(hq))) > 8


def test_nothing_changes_without_signing_in(hq):
    browser = visit(hq)
    for method, path in changing(create_app(hq)):
        answer = browser.request(method, path, follow_redirects=False)
        expected = (403,) if path in BEFORE_SIGN_IN else (303, 401)
        assert answer.status_code in expected, (method, path, answer.status_code)


def test_nothing_is_shown_without_signing_in(hq):
    """Every page and every answer of the API but those that lead in."""
    browser, seen = visit(hq), 0
    for route in every_route(create_app(hq).routes):
        if "GET" in route.methods and route.path not in OPEN:
            seen += 1
            path = re.sub(r"\{\w+\}", "1", route.path)
            answer = browser.get(path, follow_redirects=False)
            if path == "/metrics":  # for programs, by a token of its own
                assert answer.status_code == 403
                continue
            assert answer.status_code == (401 if path.startswith("/api/") else 303), path
            assert path.startswith("/api/") or answer.headers["location"].startswith("/sign-in?then="), path
    assert seen > 20


def test_nothing_changes_by_a_form_that_no_page_of_this_session_showed(hq):
    browser = visit(hq, "administrator")
    other = visit(hq, "viewer")
    stolen = guard_of(other.get("/account").text)
    for method, path in changing(create_app(hq)):
        for data in ({}, {"guard": "0" * 32}, {"guard": stolen}):
            answer = browser.request(method, path, data=data, follow_redirects=False)
            assert answer.status_code == 403, (method, path, answer.status_code)


def test_a_form_with_its_guard_changes_and_is_recorded(hq):
    browser = visit(hq, "administrator")
    said = {"name": "bea", "role": "finance", "password": PASSWORD, "guard": guard_of(browser.get("/users").text)}
    assert "The user has been added" in browser.post("/users", data=said).text
    record = browser.get("/audit?action=user_added").text
    assert "user:bea" in record and "the-administrator" in record


def test_a_program_needs_no_guard_but_its_permission(hq):
    answer = program(hq, "viewer").post("/alarms/1/close")
    assert answer.status_code == 403
    assert program(hq, "administrator", "other").post("/alarms/1/close").status_code == 404


@pytest.mark.parametrize("column, role", enumerate(ROLES))
def test_pages_by_role(hq, column, role):
    browser = visit(hq, role)
    for row in PAGES.strip().splitlines():
        path, *answers = row.split()
        expected = 200 if answers[column] == "yes" else 403
        assert browser.get(path).status_code == expected, (role, path)


def test_a_role_is_offered_only_what_it_may_open(hq):
    browser = visit(hq, "viewer")
    page = browser.get("/").text
    links = [part.split('"')[0] for part in page.split("<nav")[1].split("</nav>")[0].split('href="')[1:]]
    assert links and all(browser.get(link).status_code == 200 for link in links)


def test_every_answer_forbids_foreign_scripts_and_frames(hq):
    browser = visit(hq)
    for path in ("/sign-in", "/nowhere", "/static/tapwell.css", "/api/v1/reports"):
        headers = browser.get(path).headers
        assert "script-src 'self'" in headers["content-security-policy"]
        assert "'unsafe-inline'" not in headers["content-security-policy"]
        assert headers["x-frame-options"] == "DENY" and headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("wish", ["https://elsewhere.example/", "//elsewhere.example", "/\\elsewhere.example", "x"])
def test_signing_in_never_leads_elsewhere(hq, wish):
    browser = visit(hq)
    answer = browser.get("/language/zh", params={"then": wish}, follow_redirects=False)
    assert answer.headers["location"] == "/"


def test_sign_in_leads_back_to_the_page_that_was_wanted(hq):
    visit(hq, "viewer", "ada")
    browser = visit(hq)
    page = browser.get("/reports/sales_summary?by=day")
    assert page.url.path == "/sign-in"
    said = {"name": "ada", "password": PASSWORD, "guard": guard_of(page.text), "then": "/reports/sales_summary?by=day"}
    assert browser.post("/sign-in", data=said).url.path == "/reports/sales_summary"


def test_throttled_sign_in_says_so(hq):
    browser = visit(hq)
    for _ in range(6):
        page = browser.get("/sign-in")
        said = {"name": "ada", "password": "wrong", "guard": guard_of(page.text)}
        answer = browser.post("/sign-in", data=said)
    assert answer.status_code == 429 and "Too many tries" in answer.text
