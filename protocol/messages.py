"""The table of messages between terminal and gateway: name, sender, answer, fields with type, unit and range.

Encoder, validator, AsyncAPI document, README table and golden vectors come from this table; nothing else says what
a frame holds. One field is one line: 'name type range | sentence'. A trailing '?' on the name means it may be absent.
The sentences are cut out of the image that is flashed (tools/build_firmware.py).

    int lo..hi      whole number in that range        hex n       n lower-case hex digits
    text max        UTF-8, at most max bytes           bool        true or false
    account, card, terminal, store, date               as ids.py says; date is 'YYYY-MM-DD'
    list max of T   JSON array of at most max T        STRUCT      a JSON object from STRUCTS
"""

VERSION = 1
VERSIONS = (1,)  # the current one and, once there is one, the one before
FRAME_MAX = 4096
BASKET_LINES_MAX = 200

UP = "terminal"
DOWN = "gateway"

_R = "r int 1..2147483647 | number of this question; its answer repeats it"
_J = "j hex 8 | journal number of the terminal, random, made with its journal file"
_L = "l int 0..15 | lane: one basket, one nozzle or the reader itself"
_N = "n int 1..2147483647 | sequence within the lane"
_ID = (_J, _L, _N)
_TAP = "tap hex 16 | the tap that showed the card, from the answer `tapped`"
_OPERATOR = "operator text 16 | attendant's number"
_SHIFT = "shift int 1..2147483647 | the attendant's open shift"
_AT = "at_s int 0..9999999999 | the terminal's clock, epoch seconds; a label only"
_HOLD = "hold text 48 | the request id under which the amount was set aside"
_PRICE = "price_milli int 0..999999999999 | price of a litre in 1/1000 of a minor unit"
_SALE = (
    "sale? text 48 | the sale's request id, from the code on its receipt",
    "store? store | where it was sold, if not here",
    "receipt? int 1..9999999999 | number on its receipt, instead of `sale`",
)
_W = "w hex 16 | witness seal: HMAC with the key that only terminal and head office hold"

# structs: objects inside messages
STRUCTS = {
    "balances": (
        "principal int 0..999999999999 | paid-in stored value, minor units",
        "bonus int 0..999999999999 | given stored value, minor units",
        "points int 0..999999999999 | points",
    ),
    "tax": (
        "bp int 0..10000 | rate in 1/100 percent",
        "gross_cents int -999999999999..999999999999 | amount of the lines at this rate, tax included",
        "tax_cents int -999999999999..999999999999 | the tax within it",
    ),
    "sale_line": (
        "line int 1..200 | line of the sale",
        "name text 32 | goods in the store's language",
        "qty_milli int 0..99999999 | what of it can still come back, in 1/1000",
        "paid_cents int 0..999999999999 | what was paid for that",
    ),
    "offer": (
        "asset text 24 | coupon:X, punch:ITEM or code:X",
        "lot? hex 16 | which coupon",
        "have int 0..999999999999 | 1, or the punches that are here",
        "of int 0..1000000 | punches that a free item takes; 0 where it is none",
        "off_cents int 0..999999999999 | what it takes off a basket, at most all of it",
        "until? date | last day on which it is good",
    ),
    "unit": (
        "asset text 24 | coupon:X, punch:ITEM or code:X",
        "lot? hex 16 | which coupon",
    ),
    "back_line": (
        "line int 1..200 | line of the sale",
        "qty_milli int 1..99999999 | what comes back of it, in 1/1000",
    ),
}

# name -> (sender, may be answered by, fields)
MESSAGES = {
    "hello": (UP, ("welcome",), (
        _R,
        "app text 8 | reader, pos or pump",
        "board text 24 | pin map in use",
        "firmware text 24 | version of the image",
        _J,
        "boots int 0..2147483647 | starts so far",
        "witness_incarnation? hex 32 | gateway incarnation of the highest head seen",
        "witness_seq int 0..9999999999 | highest head seen of that incarnation, 0 for none",
        "heap_free int 0..99999999 | bytes free after start",
        "unanswered int 0..99999 | requests in the journal still without an answer",
        "answers? hex 16 | the start that asked for this hello (`asks`)",
    )),
    "welcome": (DOWN, (), (
        _R,
        "incarnation hex 32 | the gateway's life, made with its database file",
        "letter hex 32 | head office's word for this terminal that this incarnation is the enrolled one",
        "seq int 0..9999999999 | the gateway's head: last event it has written",
        "at_s int 0..9999999999 | the gateway's clock, epoch seconds",
        "business_date date | the store's business date",
        "store_name text 48 | for screen and receipt",
        "currency text 3 | ISO 4217",
        "exponent int 0..3 | digits of the minor unit",
        "booked list 16 of int 0..2147483647 | per lane the last sequence that head office has booked",
        "selling bool | false: the store takes no money requests now",
        "utc_offset_min? int -1439..1439 | the store's clock, minutes ahead of UTC; absent: UTC",
        "asks? hex 16 | this start of the gateway waits for a hello that repeats this in `answers`",
    )),
    "lost": (UP, (), ()),
    "head": (DOWN, (), (
        "incarnation hex 32 | as in welcome",
        "seq int 0..9999999999 | as in welcome; told with each reply and at least each minute",
        "at_s int 0..9999999999 | the gateway's clock",
        "booked list 16 of int 0..2147483647 | as in welcome",
        "selling bool | as in welcome",
        "asks? hex 16 | as in welcome",
    )),
    "card_seen": (UP, ("card_script", "refused"), (
        _R,
        "uid text 20 | UID in upper-case hex; a hint which key to derive, never an identity",
        "answer hex 32 | the card's first authentication step: its random number, enciphered",
    )),
    "card_script": (DOWN, (), (
        _R,
        "script int 1..2147483647 | number of this batch; it is played at most once",
        "apdus list 8 of text 120 | commands in hex, to be played in order until one fails",
    )),
    "card_answers": (UP, ("card_script", "tapped", "staff_tapped", "refused"), (
        _R,
        "script int 1..2147483647 | the batch that was played",
        "answers list 8 of text 120 | the card's answers in hex, status bytes last",
    )),
    "tapped": (DOWN, (), (
        _R,
        _TAP,
        "account account | the member",
        "card card | issuer and UID",
        "display text 32 | the name that the member chose to be shown",
        "level text 16 | level code",
        "here balances | what this store can take now",
        "in_all balances | last known in all",
        "in_all_at_s int 0..9999999999 | from when that is; 0: not known yet",
        "point_value_milli int 0..1000000 | what one point pays, in 1/1000 of a minor unit; 0: points do not pay",
    )),
    "staff_tapped": (DOWN, (), (
        _R,
        _TAP,
        _OPERATOR,
        "name text 32 | to be shown",
    )),
    "sign_on": (UP, ("signed_on", "refused"), (
        _R,
        "operator text 16 | attendant's number; empty with a staff card",
        "pin? text 12 | digits",
        "tap? hex 16 | a staff card's tap instead of number and PIN",
    )),
    "signed_on": (DOWN, (), (
        _R,
        _OPERATOR,
        "name text 32 | to be shown",
        "role text 12 | attendant or supervisor",
        _SHIFT,
    )),
    "sign_off": (UP, ("signed_off", "refused"), (_R, _OPERATOR, _SHIFT)),
    "signed_off": (DOWN, (), (
        _R,
        "sales int 0..99999999 | sales of the shift",
        "cash_cents int -999999999999..999999999999 | cash that should be in the drawer for this shift",
    )),
    "set_line": (UP, ("priced", "refused"), (
        _R,
        _L,
        _J,
        "basket int 1..2147483647 | the lane's sequence when this basket was opened",
        "line int 1..200 | the line to write; writing it again replaces it",
        "code text 24 | barcode or goods number",
        "qty_milli int 0..99999999 | quantity in 1/1000; 0 takes the line out",
        _OPERATOR,
        _SHIFT,
    )),
    "priced": (DOWN, (), (
        _R,
        "basket int 1..2147483647 | as asked",
        "line int 1..200 | as asked",
        "name text 64 | goods in the store's language",
        "qty_milli int 0..99999999 | quantity in 1/1000",
        "price_milli int 0..999999999999 | unit price in 1/1000 of a minor unit",
        "amount_cents int 0..999999999999 | the line",
        "lines int 0..200 | lines in the basket now",
        "total_cents int 0..999999999999 | the basket now",
    )),
    "units_ask": (UP, ("units_told", "refused"), (
        _R,
        "account? account | whose coupons and punch cards",
        "tap? hex 16 | the tap that showed that member's card here",
        "code? text 19 | a code typed or scanned, instead of what a member has",
        "after int 0..99999 | so many were told before",
    )),
    "units_told": (DOWN, (), (
        _R,
        "offers list 6 of offer | what this store can redeem now",
        "more bool | there are more of them",
    )),
    "pay": (UP, ("receipt", "refused", "void_answer"), _ID + (
        _OPERATOR,
        _SHIFT,
        _AT,
        "basket int 1..2147483647 | the basket that is paid",
        "lines int 1..200 | lines the terminal has shown",
        "total_cents int 0..999999999999 | total the terminal has shown",
        "account? account | the member, absent for a sale without a card",
        "tap? hex 16 | the tap that showed the member's card",
        "stored_cents int 0..999999999999 | to be taken from stored value; the gateway splits principal and bonus",
        "points int 0..999999999999 | points to be taken",
        "points_cents int 0..999999999999 | what those points pay",
        "cash_cents int 0..999999999999 | cash kept (after change)",
        "units? list 8 of unit | coupons, punch cards and codes that this basket redeems; its total is less by them",
        _W,
    )),
    "receipt": (DOWN, (), _ID + (
        "receipt int 1..9999999999 | gap-free number in the store",
        "business_date date | the store's business date",
        "total_cents int 0..999999999999 | paid in all",
        "principal_cents int 0..999999999999 | taken from paid-in value",
        "bonus_cents int 0..999999999999 | taken from given value",
        "points int 0..999999999999 | points taken",
        "points_cents int 0..999999999999 | what they paid",
        "cash_cents int 0..999999999999 | cash kept",
        "earned int 0..999999999999 | points earned by this sale",
        "taxes list 8 of tax | tax by rate",
        "off_cents? int 1..999999999999 | what coupons, punches and codes took off the total",
        "lent_cents? int 1..999999999999 | of the paid-in value: lent by the store while head office is away",
        "here? balances | what this store can take now; absent without a member",
        "in_all? balances | last known in all",
        "in_all_at_s? int 0..9999999999 | from when",
        "offline bool | head office was not reached for this sale",
        "incarnation hex 32 | the gateway's life",
        "seq int 1..9999999999 | the event that holds this sale: the head for the witness record",
    )),
    "top_up": (UP, ("topped_up", "refused", "void_answer"), _ID + (
        _OPERATOR,
        _SHIFT,
        _AT,
        "account account | the member",
        _TAP,
        "amount_cents int 1..999999999999 | paid in",
        "tender text 8 | cash",
        _W,
    )),
    "topped_up": (DOWN, (), _ID + (
        "receipt int 1..9999999999 | gap-free number in the store",
        "business_date date | the store's business date",
        "principal_cents int 1..999999999999 | credited as paid in",
        "bonus_cents int 0..999999999999 | credited as a gift of the chain",
        "collected_cents? int 1..999999999999 | of it taken at once for what the member owed",
        "here balances | what this store can take now",
        "in_all balances | last known in all",
        "in_all_at_s int 0..9999999999 | from when",
        "offline bool | head office was not reached",
        "incarnation hex 32 | the gateway's life",
        "seq int 1..9999999999 | the event that holds it",
    )),
    "vouch": (UP, ("staff_tapped", "refused"), (
        _R,
        "operator text 16 | number of a second person who agrees to something; a staff card's tap does the same",
        "pin text 12 | digits",
    )),
    "sale_ask": (UP, ("sale_told", "refused"), (_R,) + _SALE + (
        "after int 0..200 | lines after this one",
        _OPERATOR,
        _SHIFT,
    )),
    "sale_told": (DOWN, (), (
        _R,
        "sale text 48 | its request id",
        "left_cents int 0..999999999999 | what can still be refunded of it",
        "cash_cents int 0..999999999999 | how much of that was paid in cash",
        "account? account | the member",
        "lines list 16 of sale_line | what can still come back",
        "more bool | there are lines after the last one",
    )),
    "refund": (UP, ("refunded", "refused", "void_answer"), _ID + (
        _OPERATOR,
        _SHIFT,
        _AT,
    ) + _SALE + (
        "lines? list 32 of back_line | what comes back",
        "amount_cents? int 1..999999999999 | a lower price for what is kept; without this and `lines` all that is left",
        "why text 12 | returned, faulty, mistake or goodwill",
        "second? hex 16 | tap of a second person, where the chain's rules ask for one",
        _W,
    )),
    "adjust": (UP, ("adjusted", "refused", "void_answer"), _ID + (
        _OPERATOR,
        _SHIFT,
        _AT,
        "account account | the member",
        "asset text 24 | principal, bonus, points or punch:ITEM",
        "change int -999999999999..999999999999 | up or down",
        "why text 16 | wrong_entry, missed, goodwill, fault, misuse or carried_over",
        "second hex 16 | tap of a second person, a supervisor",
        _W,
    )),
    "adjusted": (DOWN, (), _ID + (
        "business_date date | the store's business date",
        "change int -999999999999..999999999999 | as asked",
        "here balances | what this store can take now",
        "in_all balances | last known in all",
        "in_all_at_s int 0..9999999999 | from when",
        "offline bool | head office was not reached",
        "incarnation hex 32 | the gateway's life",
        "seq int 1..9999999999 | the event that holds it",
    )),
    "refunded": (DOWN, (), _ID + (
        "receipt int 1..9999999999 | gap-free number in the store",
        "business_date date | the store's business date",
        "sale text 48 | what was refunded",
        "total_cents int 0..999999999999 | given back in all",
        "principal_cents int 0..999999999999 | to paid-in value",
        "bonus_cents int 0..999999999999 | to given value",
        "cash_cents int 0..999999999999 | to be paid out in cash",
        "points int 0..999999999999 | points given back",
        "points_taken int 0..999999999999 | points of the sale taken back",
        "kept_cents int 0..999999999999 | kept, because that much of what the sale gave was spent",
        "owed_points int 0..999999999999 | points that the member owes now",
        "owed_cents int 0..999999999999 | stored value that the member owes now",
        "left_cents int 0..999999999999 | what can still be refunded of the sale",
        "here? balances | what this store can take now; absent without a member",
        "in_all? balances | last known in all",
        "in_all_at_s? int 0..9999999999 | from when",
        "offline bool | head office was not reached",
        "incarnation hex 32 | the gateway's life",
        "seq int 1..9999999999 | the event that holds it",
    )),
    "hold": (UP, ("held", "refused", "void_answer"), _ID + (
        _AT,
        "account account | the member",
        _TAP,
        "code text 24 | goods number of the grade that this nozzle gives",
        "nozzle int 1..16 | the nozzle's number for people",
        "cents int 0..999999999999 | to be set aside; 0: for `ml`, and without both as much as there is",
        "ml int 0..99999999 | volume that is wanted",
        "operator? text 16 | attendant's number; a pump also serves itself",
        "shift? int 1..2147483647 | the attendant's open shift",
        _W,
    )),
    "held": (DOWN, (), _ID + (
        _HOLD,
        "cents int 1..999999999999 | set aside: the pump stops there",
        "ml int 0..99999999 | the volume that it buys",
        _PRICE,
        "name text 32 | grade in the store's language",
        "here balances | what this store can take beside it",
        "in_all balances | last known in all",
        "in_all_at_s int 0..9999999999 | from when",
        "offline bool | head office was not reached",
        "incarnation hex 32 | the gateway's life",
        "seq int 0..9999999999 | the head; a hold itself is no event",
    )),
    "pump_state": (UP, ("pump_noted", "refused"), (
        _R,
        _L,
        _J,
        _HOLD,
        "state text 8 | fuelling: from now on fuel may flow; unknown: the pump does not answer; idle: it has ended",
    )),
    "pump_noted": (DOWN, (), (
        _R,
        _HOLD,
        "state text 8 | of the hold: open, running, suspense, closed",
    )),
    "capture": (UP, ("captured", "refused", "void_answer"), _ID + (
        _AT,
        _HOLD,
        "account account | the member",
        "code text 24 | goods number of the grade",
        "ml int 1..99999999 | volume delivered",
        "amount_cents int 1..999999999999 | as the pump shows it",
        _PRICE,
        "total_before_ml int 0..999999999999 | the nozzle's totaliser before",
        "total_after_ml int 0..999999999999 | and after",
        "last bool | nothing more comes of this hold",
        "why text 12 | hung_up, stopped, or recovered: worked out from the totals after a cut of power",
        _W,
    )),
    "captured": (DOWN, (), _ID + (
        _HOLD,
        "receipt int 1..9999999999 | gap-free number in the store",
        "business_date date | the store's business date",
        "name text 32 | grade in the store's language",
        "ml int 1..99999999 | volume",
        _PRICE,
        "total_cents int 1..999999999999 | the amount",
        "principal_cents int 0..999999999999 | taken from paid-in value",
        "bonus_cents int 0..999999999999 | taken from given value",
        "over_cents? int 1..999999999999 | of the amount: beyond what was set aside",
        "owed_cents? int 1..999999999999 | of that: owed now, it is taken from the next credit",
        "lent_cents? int 1..999999999999 | of the paid-in value: lent by the store while head office is away",
        "earned int 0..999999999999 | points earned",
        "taxes list 8 of tax | tax by rate",
        "here balances | what this store can take now",
        "in_all balances | last known in all",
        "in_all_at_s int 0..9999999999 | from when",
        "offline bool | head office was not reached",
        "incarnation hex 32 | the gateway's life",
        "seq int 1..9999999999 | the event that holds this sale: the head for the witness record",
    )),
    "release": (UP, ("released", "refused", "void_answer"), _ID + (
        _AT,
        _HOLD,
        "total_before_ml int 0..999999999999 | the nozzle's totaliser before",
        "total_after_ml int 0..999999999999 | and now: the same, nothing flowed",
        _W,
    )),
    "released": (DOWN, (), _ID + (
        _HOLD,
        "incarnation hex 32 | the gateway's life",
        "seq int 0..9999999999 | the head",
    )),
    "void": (UP, ("void_answer", "refused"), _ID + (
        _AT,
        _W,
    )),
    "void_answer": (DOWN, (), _ID + (
        "outcome text 12 | voided: it will never be booked; reversed: it was booked and has been taken back",
        "receipt? int 1..9999999999 | number of the reversal where there was one",
        "incarnation hex 32 | the gateway's life",
        "seq int 0..9999999999 | the event that holds it",
    )),
    "refused": (DOWN, (), (
        "r? int 1..2147483647 | the question, if it was one",
        "j? hex 8 | the request, if it was one",
        "l? int 0..15 | its lane",
        "n? int 1..2147483647 | its sequence",
        "reason text 24 | a code of protocol/errors.py",
        "detail? text 96 | what exactly, for the log and the curious",
        "approve_cents? int 0..999999999999 | how much of stored value the store can approve now",
        "in_all_cents? int 0..999999999999 | stored value last known in all",
        "in_all_at_s? int 0..9999999999 | from when",
        "seq? int 0..9999999999 | the event that holds the refusal of a money request",
    )),
    "testify": (DOWN, ("testimony",), (
        "life hex 32 | an incarnation that is gone: what did it approve here",
        "at int 0..2147483647 | go on from here; 0 to begin",
    )),
    "testimony": (UP, (), (
        "life hex 32 | as asked",
        "at int 0..2147483647 | to be asked for next; 0: that was all",
        "name? text 12 | message of the request",
        "request? text 2048 | its frame, as it lies in the journal",
        "told? text 12 | message of the answer",
        "answer? text 2048 | its frame",
    )),
    "time_ask": (UP, ("time_tell",), (
        "nonce hex 16 | random; by UDP before TLS, sealed with the link key like any frame",
    )),
    "time_tell": (DOWN, (), (
        "nonce hex 16 | the board's own, repeated",
        "at_s int 0..9999999999 | the gateway's clock",
    )),
    "update_ask": (UP, ("update_offer",), (
        _R,
        "app text 8 | as in hello",
        "kind text 8 | rom or files: what its slots take",
        "board text 24 | as in hello",
        "number int 0..2147483647 | the release that runs; 0: copied by cable",
        "least int 0..2147483647 | none below this is taken",
        "failed int 0..2147483647 | the release that was given up last, 0 for none",
        "why text 12 | why: trial, signature, hash, older, ...; empty without one",
    )),
    "update_offer": (DOWN, (), (
        _R,
        "number int 0..2147483647 | the release to load; 0: none",
        "size int 0..8192 | bytes of its manifest",
    )),
    "update_part": (UP, ("update_data",), (
        _R,
        "app text 8 | of the release",
        "kind text 8 | of the release",
        "number int 1..2147483647 | of the release",
        "file int 0..64 | 0: the manifest, then the files in its order",
        "offset int 0..99999999 | first byte",
        "size int 1..1024 | bytes, at most",
    )),
    "update_data": (DOWN, (), (
        _R,
        "data text 1368 | base64; empty beyond the end",
    )),
}

# journalled before they are sent, sealed by the witness key too
MONEY = ("pay", "top_up", "refund", "adjust", "hold", "capture", "release", "void")
