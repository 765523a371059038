"""The life of a sale: paths in words, and that what the table does not list is refused."""

from protocol import errors, sale
from protocol.errors import Ours

# events                                             -> state at the end
PATHS = (
    ("scan priced pay approve done", "open"),
    ("scan pay refuse scan pay approve", "approved"),
    ("pay timeout timeout reconnected approve", "approved"),
    ("pay give_up timeout voided done", "open"),
    ("pay restart voided", "voided"),
    ("pay give_up approve voided", "voided"),
    ("pay give_up refuse restart reconnected voided", "voided"),
    ("scan cancel done", "open"),
)


def run(events: str) -> tuple:
    """(state, all effects in order)."""
    state, effects = sale.OPEN, []
    for event in events.split():
        state, more = sale.step(state, event)
        effects += more
    return state, effects


def test_paths():
    for events, wanted in PATHS:
        assert run(events)[0] == wanted, events


def test_a_late_approval_is_never_shown_as_one():
    for events in ("pay give_up approve voided", "pay restart approve voided"):
        assert "show_receipt" not in run(events)[1], events


def test_an_approval_is_journalled_before_it_is_shown():
    effects = run("pay approve")[1]
    assert effects.index("journal_request") < effects.index("send")
    assert effects.index("journal_answer") < effects.index("show_receipt")


def test_what_is_not_listed_is_refused():
    states = {state for state, _ in sale.SALE}
    events = {event for _, event in sale.SALE}
    for state in states:
        for event in events:
            if (state, event) not in sale.SALE:
                assert refused(state, event), (state, event)


def refused(state: str, event: str) -> bool:
    try:
        sale.step(state, event)
    except Ours:
        return True
    return False


def test_every_state_can_be_left():
    states = {state for state, _ in sale.SALE}
    assert {after for after, _ in sale.SALE.values()} <= states
    for state in states:
        assert any(after != state for (before, _), (after, _) in sale.SALE.items() if before == state), state


def test_reason_codes_fit_their_field():
    for reason in errors.REASONS:
        assert len(reason) <= 24 and reason == reason.lower()
