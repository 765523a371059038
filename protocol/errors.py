"""What can be refused, and whose fault it is. One base class; reason codes are a closed table.

A refusal is a value (a reason code and its fields), never an exception. An exception here means that
bytes broke the protocol: `Theirs` when the peer sent them, `Ours` when our own code was about to.
"""


class ProtocolError(Exception):
    """Something broke the protocol. `reason` is a code of REASONS, `detail` names what exactly."""

    def __init__(self, reason: str, detail: str = ""):
        super().__init__(reason + (": " + detail if detail else ""))
        self.reason = reason
        self.detail = detail


class Theirs(ProtocolError):
    """The peer sent something that the protocol forbids; drop it, count it, answer with the reason if one can."""


class Ours(ProtocolError):
    """Our own code asked for something that the protocol forbids: a bug, to be mended, never to be caught."""


# reason -> what it means and what to do now. The terminal's texts (zh, en) and the docs come from these codes.
REASONS = {
    # frames
    "malformed": "not a frame of this protocol: broken JSON, a missing or unknown-typed field, a value out of range",
    "oversized": "longer than a frame may be (4096 bytes)",
    "bad_mac": "the seal does not fit: wrong key, changed bytes or another topic",
    "unknown_key": "sealed with a key number that this side does not hold",
    "unknown_version": "a protocol version that this side does not speak; update it",
    "unknown_message": "no message of this name, or not one that this sender may send",
    # requests
    "stale_request": "a lower sequence than the lane has already answered",
    "id_conflict": "the same request id with other content",
    "lane_busy": "another request of this lane is still open",
    "voided": "this request was voided before it arrived",
    "terminal_revoked": "this terminal is no longer part of the store; ask head office",
    # people
    "not_signed_on": "no attendant is signed on at this terminal",
    "no_shift": "no shift is open for this attendant",
    "wrong_pin": "operator number or PIN is wrong",
    "pin_locked": "too many wrong PINs; wait, or ask a supervisor to unlock",
    "not_allowed": "this role may not do that",
    # cards and members
    "card_not_genuine": "the card could not prove its key",
    "card_unreadable": "the card went away or answered nonsense; hold it still and tap again",
    "card_blocked": "the card is blocked",
    "unknown_card": "a genuine card that this store has not heard of yet",
    "unknown_account": "no such member here",
    "frozen": "the member's account is frozen",
    "closed": "the member's account is closed",
    "tap_again": "the tap is too old or was at another terminal; tap the card again",
    # money
    "insufficient_float": "the store holds too little of this balance; the reply says how much it can approve now",
    "insufficient_balance": "the member has too little in all, as far as is known",
    "limit_exceeded": "above the limit per tap or per day",
    "issue_limit": "the store may not credit more by itself until head office has refilled its right",
    "stale_rules": "the store's rules are too old for this",
    "total_mismatch": "tenders do not add up to the total",
    "basket_changed": "the gateway holds another basket than the terminal shows; read it again",
    "basket_full": "a basket holds at most 200 lines",
    "empty_basket": "nothing to pay",
    "unknown_goods": "no goods with this code",
    "nothing_open": "nothing is open under this id",
    "hold_closed": "this hold is already closed",
    # fuel
    "grade_not_allowed": "this card may not have that grade",
    "plate_needed": "this card asks for the car's plate",
    "plate_differs": "the card is for a car with another plate",
    "odometer_needed": "this card asks for what the odometer shows, and no less than last time",
    "day_limit": "above what the card may have in a day; the reply says what is left",
    "fill_locked": "this fill is in another open basket",
    "fill_paid": "this fill has been paid or closed",
    "nozzle_busy": "the nozzle is in use, or its pump does not answer",
    "terminal_away": "that terminal is not heard of now",
    # coupons, punches, and what an owner or a supervisor may risk
    "coupon_unknown": "no such coupon of this member at this store; it may be elsewhere",
    "coupon_locked": "the coupon is in another open basket",
    "coupon_used": "the coupon has been redeemed",
    "coupon_expired": "the coupon's last day has passed",
    "code_used_up": "this store has none left of a code that is good for so many uses in all",
    "once_used": "the member has had this as often as each member may",
    "once_away": "whether the member has had this is known at another store, which cannot be asked now",
    "insufficient_punches": "fewer punches at this store than the free item takes",
    "offline_limit": "more than the store holds of it and may lend while the line is down",
    "advance_cap": "more than may be advanced for this store; head office has to raise the cap",
    "override_cap": "more than supervisors of this store may still let through",
    # refunds, and what people may change by hand
    "unknown_sale": "no sale with this number or id is known here",
    "refund_right_away": "another store may refund this sale; head office could not fetch that right in time",
    "nothing_left_to_refund": "this sale has been refunded in full, or there is no such sale",
    "more_than_sold": "more of a line, or a larger amount, than is left of this sale",
    "second_person": "somebody else has to agree to this, not the one who asked for it",
    "merged": "the account is now part of another one; that one can do it",
    "hold_open": "a hold of this account is still open; close it first",
    # the store itself
    "fenced": "this gateway must be enrolled again before it may approve",
    "witness_awaited": "just started: a terminal named here has to confirm first; until then a budget of stored value",
    "store_closed": "the gateway does not sell now (disk full, clock, or told so); its page says why",
    "busy": "the gateway could not answer in time; the same request may be sent again",
}
