"""Names, passwords, session life, throttling, roles: tables without storage."""

import pytest

from hq_server.access import roles, rules

NAMES = """
    Ada           ada
     ada          ada
    a.b-c_9       a.b-c_9
    a             refused
    9ada          refused
    ada lovelace  refused
    ädä           refused
"""

PASSWORDS = """
    short                         password_short
    elevenchars                   password_short
    password12345                 password_poor
    aaaaaaaaaaaaaaaa              password_poor
    ada is a fine name            password_poor
    correct horse battery         fine
    三只苍鹭在河边等着下雨呢吗    fine
"""

# created, seen, now -> alive
LIVES = (
    (0, 0, 60, True),
    (0, 0, rules.SESSION_IDLE_S - 1, True),
    (0, 0, rules.SESSION_IDLE_S, False),
    (0, rules.SESSION_LIFE_S - 5, rules.SESSION_LIFE_S - 1, True),
    (0, rules.SESSION_LIFE_S - 5, rules.SESSION_LIFE_S, False),
    (10_000, 10_000, 0, False),  # a clock set back does not keep a session for ever
)


def rows(table: str) -> list[list[str]]:
    return [[part.strip() for part in line.strip().split("  ") if part.strip()] for line in table.strip().splitlines()]


@pytest.mark.parametrize("told, kept", rows(NAMES))
def test_user_names(told, kept):
    if kept == "refused":
        with pytest.raises(ValueError):
            rules.user_name(told)
    else:
        assert rules.user_name(told) == kept


@pytest.mark.parametrize("password, problem", rows(PASSWORDS))
def test_passwords(password, problem):
    assert (rules.password_problem(password, "ada") or "fine") == problem


@pytest.mark.parametrize("created_at_s, seen_at_s, now_s, alive", LIVES)
def test_life_of_a_session(created_at_s, seen_at_s, now_s, alive):
    assert rules.session_lives(created_at_s, seen_at_s, now_s) is alive


def test_each_bound_of_throttling_stops_by_itself():
    for key, bound in rules.THROTTLE_FAILURES_MAX.items():
        none = dict.fromkeys(rules.THROTTLE_FAILURES_MAX, 0)
        assert not rules.throttled(none | {key: bound - 1})
        assert rules.throttled(none | {key: bound})


def test_guard_belongs_to_one_session():
    assert rules.guard_fits("token", rules.guard_of("token"))
    assert not rules.guard_fits("other", rules.guard_of("token"))
    assert not rules.guard_fits("token", "")


def test_roles_hold_only_permissions_of_the_table_and_the_administrator_all():
    assert roles.ROLES["administrator"] == frozenset(roles.PERMISSIONS)
    for permissions in roles.ROLES.values():
        assert permissions <= set(roles.PERMISSIONS)
    assert not roles.may("nobody", "stores.view")
    with pytest.raises(KeyError):
        roles.may("viewer", "no.such")


def test_only_administrator_and_support_see_personal_data():
    assert {role for role in roles.ROLES if roles.may(role, "members.personal")} == {"administrator", "support"}
