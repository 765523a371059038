"""Decisions of sign-in, without storage or clock: names, passwords, session life, throttling."""

import hashlib
import hmac
import re

PASSWORD_CHARACTERS_MIN = 12
PASSWORD_CHARACTERS_MAX = 256
SESSION_IDLE_S = 2 * 3600
SESSION_LIFE_S = 12 * 3600
SETUP_CODE_LIFE_S = 7 * 86400
# seen_at_s is written at most this often, so that reading pages does not write to the database each time
SESSION_TOUCH_S = 60

THROTTLE_WINDOW_S = 900
# who failed -> how many failures within the window before the next try has to wait.
# A name alone has a high bound, so that a stranger cannot easily lock out a user; the pair has the low one.
THROTTLE_FAILURES_MAX = {"name_at_address": 5, "address": 30, "name": 60}

_USER_NAME = re.compile(r"[a-z][a-z0-9._-]{1,31}")
# far too common whatever their length
_POOR = ("password", "12345678", "qwertyui", "tapwell")


def user_name(text: str) -> str:
    """The name as it is kept: lower case, 2 to 32 of a-z 0-9 . _ -. Raises ValueError("bad_name")."""
    name = text.strip().lower()
    if not _USER_NAME.fullmatch(name):
        raise ValueError("bad_name")
    return name


def password_problem(password: str, name: str) -> str | None:
    """Why this password may not be chosen: a text key, or None. Length counts, composition does not (SP 800-63B)."""
    if len(password) < PASSWORD_CHARACTERS_MIN:
        return "password_short"
    if len(password) > PASSWORD_CHARACTERS_MAX:
        return "password_long"
    lower = password.lower()
    if name in lower or len(set(lower)) < 5 or any(lower.startswith(poor) for poor in _POOR):
        return "password_poor"
    return None


def session_lives(created_at_s: int, seen_at_s: int, now_s: int) -> bool:
    """A session ends after two hours without a page and twelve hours in all.

    A clock set back does not make it longer than that by more than the step: times ahead of now end it too.
    """
    if seen_at_s > now_s + SESSION_TOUCH_S:
        return False
    return now_s - seen_at_s < SESSION_IDLE_S and now_s - created_at_s < SESSION_LIFE_S


def throttled(failures: dict[str, int]) -> bool:
    """Whether a try must wait; `failures` counts those within the window by the keys of THROTTLE_FAILURES_MAX."""
    return any(failures[key] >= bound for key, bound in THROTTLE_FAILURES_MAX.items())


def hashed(token: str) -> str:
    """What the database keeps of a session token, an API key or a one-time code (all of 128 bits or more)."""
    return hashlib.sha256(token.encode()).hexdigest()


def guard_of(token: str) -> str:
    """The value a form must send back to prove that a page of this session showed it (CSRF guard)."""
    return hmac.new(token.encode(), b"tapwell form guard", hashlib.sha256).hexdigest()[:32]


def guard_fits(token: str, guard: str) -> bool:
    """Whether the form came from a page shown to the holder of that token."""
    return hmac.compare_digest(guard_of(token), guard)
