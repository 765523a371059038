"""The life of a sale at a terminal as a table: (state, event) -> (state, effects). What is not listed is refused.

The outcome of a request is only what a sealed reply to its own id says. A terminal that gives up, or that starts again
before the outcome was shown, voids the id until that is acknowledged; a late approval then counts as undone.

    open        lines are scanned and priced by the gateway
    requested   the request lies in the journal and is sent until it is answered
    approved    the answer lies in the journal and is shown
    voiding     nobody may be told 'approved' any more; the void is sent until it is answered
    voided      over, nothing is owed

A report of what has been delivered (capture, release) is the exception: it is told again after a restart, never voided.
"""

from protocol.errors import Ours

OPEN = "open"
REQUESTED = "requested"
APPROVED = "approved"
VOIDING = "voiding"
VOIDED = "voided"

SALE = {
    (OPEN, "scan"): (OPEN, ("price_line",)),
    (OPEN, "priced"): (OPEN, ("show_line",)),
    (OPEN, "pay"): (REQUESTED, ("journal_request", "send")),
    (OPEN, "cancel"): (VOIDED, ("drop_basket",)),
    (REQUESTED, "timeout"): (REQUESTED, ("send",)),
    (REQUESTED, "reconnected"): (REQUESTED, ("send",)),
    (REQUESTED, "approve"): (APPROVED, ("journal_answer", "show_receipt", "print_receipt")),
    (REQUESTED, "refuse"): (OPEN, ("journal_answer", "show_reason")),
    (REQUESTED, "give_up"): (VOIDING, ("journal_void", "send_void", "show_voiding")),
    (REQUESTED, "restart"): (VOIDING, ("journal_void", "send_void", "show_voiding")),
    (VOIDING, "timeout"): (VOIDING, ("send_void",)),
    (VOIDING, "reconnected"): (VOIDING, ("send_void",)),
    (VOIDING, "restart"): (VOIDING, ("send_void",)),
    (VOIDING, "approve"): (VOIDING, ()),
    (VOIDING, "refuse"): (VOIDING, ()),
    (VOIDING, "voided"): (VOIDED, ("journal_answer", "show_voided")),
    (APPROVED, "done"): (OPEN, ("new_basket",)),
    (VOIDED, "done"): (OPEN, ("new_basket",)),
}


def look(state: str, event: str) -> tuple | None:
    """(next state, effects); None for an event that this state does not know."""
    return SALE.get((state, event))


def step(state: str, event: str) -> tuple:
    """(next state, effects). Raises Ours for an event that this state does not know."""
    found = look(state, event)
    if found is None:
        raise Ours("malformed", "a sale that is %s knows no %s" % (state, event))
    return found
