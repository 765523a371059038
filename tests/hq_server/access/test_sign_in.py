"""Signing in against a database: one-time code, throttling, sessions, keys, the audit record."""

from sqlalchemy import select

from hq_server.access import sign_in, store
from hq_server.access.rules import SESSION_IDLE_S, SETUP_CODE_LIFE_S, THROTTLE_FAILURES_MAX, THROTTLE_WINDOW_S
from tests.hq_server.conftest import NOW_S, PASSWORD, guard_of, program, visit

HERE = sign_in.Visit(NOW_S, "10.0.0.7", "test")


def new_code(hq, now_s: int = NOW_S) -> str:
    with hq.db.write() as connection:
        return sign_in.make_setup_code(connection, now_s)


def actions(hq) -> list[str]:
    with hq.db.read() as connection:
        return [line.action for line in store.audit_lines(connection, 50)]


def add(hq, name: str, role: str) -> None:
    assert sign_in.add_user(hq.db, "test", name, role, PASSWORD, HERE) is None


def test_first_administrator_by_one_time_code(hq):
    code = new_code(hq)
    assert sign_in.set_up(hq.db, "wrong-code", "ada", PASSWORD, HERE) == "wrong_code"
    assert sign_in.set_up(hq.db, code, "ada", "too short", HERE) == "password_short"
    done = sign_in.set_up(hq.db, " " + code.upper() + " ", "Ada", PASSWORD, HERE)
    assert done.name == "ada"
    assert sign_in.set_up(hq.db, code, "eve", PASSWORD, HERE) == "set_up_done"
    assert actions(hq) == ["signed_in", "set_up", "set_up_refused"]


def test_setup_code_ends_after_seven_days(hq):
    code = new_code(hq, NOW_S - SETUP_CODE_LIFE_S)
    assert sign_in.set_up(hq.db, code, "ada", PASSWORD, HERE) == "wrong_code"


def test_a_new_setup_code_ends_the_one_before(hq):
    before, code = new_code(hq), new_code(hq)
    assert sign_in.set_up(hq.db, before, "ada", PASSWORD, HERE) == "wrong_code"
    assert sign_in.set_up(hq.db, code, "ada", PASSWORD, HERE).name == "ada"


def test_setup_code_cannot_be_guessed_at_leisure(hq):
    code = new_code(hq)
    for _ in range(THROTTLE_FAILURES_MAX["name_at_address"]):
        assert sign_in.set_up(hq.db, "wrong", "ada", PASSWORD, HERE) == "wrong_code"
    assert sign_in.set_up(hq.db, code, "ada", PASSWORD, HERE) == "too_many_tries"


def test_database_keeps_neither_password_nor_token_nor_code(hq):
    code = new_code(hq)
    done = sign_in.set_up(hq.db, code, "ada", PASSWORD, HERE)
    with hq.db.read() as connection:
        kept = [str(row) for table in (store.user, store.session, store.setup_code, store.audit)
                for row in connection.execute(select(table))]
    assert not [row for row in kept for secret in (PASSWORD, done.token, code) if secret in row]
    assert "$argon2id$" in kept[0]


def test_throttling_stops_one_address_and_lets_others_in(hq):
    add(hq, "ada", "viewer")
    for _ in range(THROTTLE_FAILURES_MAX["name_at_address"]):
        assert sign_in.sign_in(hq.db, "ada", "wrong", HERE) == "wrong_password"
    assert sign_in.sign_in(hq.db, "ada", PASSWORD, HERE) == "too_many_tries"
    assert sign_in.sign_in(hq.db, "ada", PASSWORD, HERE._replace(address="10.0.0.8")).name == "ada"
    later = HERE._replace(now_s=NOW_S + THROTTLE_WINDOW_S + 1)
    assert sign_in.sign_in(hq.db, "ada", PASSWORD, later).name == "ada"


def test_success_starts_the_count_anew(hq):
    add(hq, "ada", "viewer")
    for _ in range(3):
        for _ in range(THROTTLE_FAILURES_MAX["name_at_address"] - 1):
            assert sign_in.sign_in(hq.db, "ada", "wrong", HERE) == "wrong_password"
        assert sign_in.sign_in(hq.db, "ada", PASSWORD, HERE).name == "ada"


def test_unknown_and_closed_users_get_the_same_answer(hq):
    add(hq, "ada", "viewer")
    with hq.db.write() as connection:
        assert sign_in.change_user(connection, "test", "ada", "viewer", "closed", HERE) is None
    assert sign_in.sign_in(hq.db, "ada", PASSWORD, HERE) == "wrong_password"
    assert sign_in.sign_in(hq.db, "nobody", PASSWORD, HERE) == "wrong_password"


def test_last_administrator_stays(hq):
    add(hq, "ada", "administrator")
    with hq.db.write() as connection:
        assert sign_in.change_user(connection, "ada", "ada", "viewer", "active", HERE) == "last_administrator"
        assert sign_in.change_user(connection, "ada", "ada", "administrator", "closed", HERE) == "last_administrator"
    add(hq, "bea", "administrator")
    with hq.db.write() as connection:
        assert sign_in.change_user(connection, "bea", "ada", "viewer", "active", HERE) is None


def test_session_ends_when_idle(hq):
    browser = visit(hq, "viewer")
    assert browser.get("/stores").url.path == "/stores"
    hq.now_s = lambda: NOW_S + SESSION_IDLE_S
    assert browser.get("/stores").url.path == "/sign-in"


def test_cookie_is_for_the_server_alone(hq):
    browser = visit(hq)
    add(hq, "ada", "viewer")
    page = browser.get("/sign-in").text
    said = {"name": "ada", "password": PASSWORD, "guard": guard_of(page)}
    cookie = browser.post("/sign-in", data=said, follow_redirects=False).headers["set-cookie"]
    assert "tapwell=" in cookie and "HttpOnly" in cookie and "SameSite=lax" in cookie


def test_change_of_role_signs_out(hq):
    browser = visit(hq, "finance", "bea")
    with hq.db.write() as connection:
        assert sign_in.change_user(connection, "test", "bea", "viewer", "active", HERE) is None
    assert browser.get("/stores").url.path == "/sign-in"


def test_new_password_ends_the_other_sessions(hq):
    here, there = visit(hq, "viewer", "ada"), visit(hq)
    page = there.get("/sign-in").text
    there.post("/sign-in", data={"name": "ada", "password": PASSWORD, "guard": guard_of(page)})
    said = {"old": PASSWORD, "new": "four wet herons fly", "guard": guard_of(here.get("/account").text)}
    assert "password has been changed" in here.post("/account/password", data=said).text
    assert here.get("/account").url.path == "/account"
    assert there.get("/account").url.path == "/sign-in"


def test_keys_of_programs(hq):
    checker = program(hq, "viewer")
    assert checker.get("/api/v1/reports").status_code == 200
    with hq.db.write() as connection:
        assert sign_in.withdraw_key(connection, "test", "checker", HERE)
    refused = checker.get("/api/v1/reports")
    assert (refused.status_code, refused.json()["reason"]) == (401, "not_signed_in")
    assert actions(hq)[:2] == ["key_withdrawn", "key_made"]
