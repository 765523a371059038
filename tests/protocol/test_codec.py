"""The codec beyond the vectors: what our own side may not send, what is ignored, and keys that come and go."""

from protocol import codec
from protocol.errors import Ours, Theirs
from protocol.messages import BASKET_LINES_MAX, FRAME_MAX, MESSAGES, MONEY, STRUCTS

KEY = bytes(range(32))
OTHER = bytes(range(1, 33))
TOPIC = "tapwell/0001-pos1/up/sign_off"
SIGN_OFF = {"r": 6, "operator": "1001", "shift": 12}
VOID = {"j": "5f3a09c1", "l": 0, "n": 17, "at_s": 1}


def open_with(frame: bytes, topic: str = TOPIC, message: str = "sign_off") -> dict:
    return codec.open_sealed(topic, message, frame, {1: KEY, 2: OTHER}.get)


def sealed_by_hand(body: bytes) -> bytes:
    """Any bytes under a seal that fits: what a broken or newer terminal might send."""
    from protocol.mac import hmac_sha256

    body += b',"k":1'
    mac = "".join(["%02x" % byte for byte in hmac_sha256(KEY, TOPIC.encode() + b"\n" + body)[:16]])
    return body + b',"mac":"' + mac.encode() + b'"}'


def raises(kind, call, *arguments) -> str:
    """The reason of the error that the call must raise."""
    try:
        call(*arguments)
    except kind as wrong:
        return wrong.reason
    raise AssertionError("nothing was raised")


def test_what_is_sealed_is_opened():
    frame = codec.seal(TOPIC, "sign_off", SIGN_OFF, 1, KEY)
    opened = open_with(frame)
    assert opened == {"r": 6, "operator": "1001", "shift": 12, "k": 1}


def test_equal_values_are_equal_bytes_whatever_their_order():
    turned = {}
    for name in ("shift", "operator", "r"):
        turned[name] = SIGN_OFF[name]
    assert codec.seal(TOPIC, "sign_off", turned, 1, KEY) == codec.seal(TOPIC, "sign_off", SIGN_OFF, 1, KEY)


def test_none_is_left_out_like_an_absent_member():
    with_none = {"r": 5, "operator": "1001", "pin": "1", "tap": None}
    frame = codec.seal(TOPIC, "sign_on", with_none, 1, KEY)
    assert b"tap" not in frame and "tap" not in open_with(frame, TOPIC, "sign_on")


def test_unknown_members_are_ignored():
    for extra in (b'"x":5', b'"x":null', b'"x":[1,2,{"y":3}]', b'"x":1.5', b'"x":"a \\" b"', b'"r2":{"r":1,"shift":2}'):
        frame = sealed_by_hand(b'{"v":1,"r":6,' + extra + b',"operator":"1001","shift":12')
        assert open_with(frame) == {"r": 6, "operator": "1001", "shift": 12, "k": 1}, extra


def test_members_may_come_in_any_order_and_with_spaces():
    frame = sealed_by_hand(b'{ "shift": 12, "operator": "1001", "v": 1, "r": 6')
    assert open_with(frame)["shift"] == 12


BAD_VALUES = (
    {"r": 6, "operator": "1001"},
    {"r": 6, "operator": "1001", "shift": None},
    {"r": 6, "operator": "1001", "shift": 0},
    {"r": 6, "operator": "1001", "shift": True},
    {"r": 6, "operator": "1001", "shift": 12.0},
    {"r": 6, "operator": "1" * 17, "shift": 12},
    {"r": 6, "operator": 1001, "shift": 12},
)


def test_what_we_may_not_send_is_our_own_bug():
    for values in BAD_VALUES:
        assert raises(Ours, codec.seal, TOPIC, "sign_off", values, 1, KEY) == "malformed", values


def test_a_frame_that_grows_too_long_is_our_own_bug():
    values = {"r": 1, "script": 1, "apdus": ["ab" * 60] * 8}
    assert len(codec.seal(TOPIC, "card_script", values, 1, KEY)) < FRAME_MAX
    values["apdus"] = ["ab" * 60] * 9
    assert raises(Ours, codec.seal, TOPIC, "card_script", values, 1, KEY) == "malformed"


def test_money_needs_the_witness_key():
    assert raises(Ours, codec.seal, TOPIC, "void", VOID, 1, KEY) == "malformed"
    frame = codec.seal(TOPIC, "void", VOID, 1, KEY, OTHER)
    assert codec.check_witness(TOPIC, frame, OTHER)
    assert not codec.check_witness(TOPIC, frame, KEY)
    assert not codec.check_witness(TOPIC + "x", frame, OTHER)


def test_a_store_cannot_change_a_request_under_its_witness_seal():
    """The store holds the link key: it can seal again, but the witness seal no longer fits."""
    frame = codec.seal(TOPIC, "void", VOID, 1, KEY, OTHER)
    body = frame[: frame.rfind(b',"k":')].replace(b'"n":17', b'"n":18')
    changed = sealed_by_hand(body)
    assert open_with(changed, TOPIC, "void")["n"] == 18
    assert not codec.check_witness(TOPIC, changed, OTHER)


def test_a_witness_seal_is_looked_for_where_it_belongs():
    for frame in (b"", b',"w":"', b'{"v":1}', b',"w":"' + b"0" * 16, b',"w":"' + b"0" * 17 + b'"'):
        assert not codec.check_witness(TOPIC, frame, OTHER)


def test_an_old_key_number_opens_as_long_as_it_is_held():
    frame = codec.seal(TOPIC, "sign_off", SIGN_OFF, 2, OTHER)
    assert open_with(frame)["k"] == 2
    assert raises(Theirs, codec.open_sealed, TOPIC, "sign_off", frame, {1: KEY}.get) == "unknown_key"


def test_a_journalled_frame_is_read_without_its_key():
    frame = codec.seal(TOPIC, "void", VOID, 1, KEY, OTHER)
    assert codec.decode("void", frame)["n"] == 17
    assert raises(Theirs, codec.decode, "pay", frame) == "malformed"


def test_structs_and_lists():
    balances = {"principal": 1, "bonus": 2, "points": 3}
    values = dict(
        VOID, receipt=1, business_date="2027-01-15", total_cents=1, principal_cents=1, bonus_cents=0, points=0
    )
    values.update(points_cents=0, cash_cents=0, earned=0, here=balances, offline=False, incarnation="0" * 32, seq=1)
    values["taxes"] = [{"bp": 1300, "gross_cents": -100, "tax_cents": -12}] * 8
    frame = codec.seal(TOPIC, "receipt", values, 1, KEY)
    opened = open_with(frame, TOPIC, "receipt")
    assert opened["taxes"] == values["taxes"] and opened["here"] == balances and "in_all" not in opened
    for bad in ({"principal": 1, "bonus": 2}, {"principal": 1, "bonus": 2, "points": -1}, [1, 2, 3], None):
        wrong = dict(values, here=bad)
        if bad is None:
            assert "here" not in open_with(codec.seal(TOPIC, "receipt", wrong, 1, KEY), TOPIC, "receipt")
        else:
            assert raises(Ours, codec.seal, TOPIC, "receipt", wrong, 1, KEY) == "malformed"


def test_dates():
    values = {
        "r": 1,
        "incarnation": "0" * 32,
        "letter": "0" * 32,
        "seq": 0,
        "at_s": 0,
        "store_name": "",
        "currency": "CNY",
    }
    values.update(exponent=2, booked=[0] * 16, selling=True)
    for good in ("2027-01-15", "1970-01-01"):
        codec.seal(TOPIC, "welcome", dict(values, business_date=good), 1, KEY)
    for bad in ("2027-1-15", "2027/01/15", "20270115", "2027-01-1x", "2027-01-1²", ""):
        assert raises(Ours, codec.seal, TOPIC, "welcome", dict(values, business_date=bad), 1, KEY) == "malformed", bad


def test_the_table_reads():
    """Every line of the table parses, and no name is used for two things in one message."""
    for name in list(MESSAGES) + list(STRUCTS):
        names = [field[0] for field in codec.fields_of(name)]
        assert len(set(names)) == len(names), name
        assert not {"v", "k", "mac"} & set(names), name
    for name in MESSAGES:
        assert ("w" in [field[0] for field in codec.fields_of(name)]) == (name in MONEY)
        for answer in MESSAGES[name][1]:
            assert answer in MESSAGES and MESSAGES[answer][0] != MESSAGES[name][0]
    assert BASKET_LINES_MAX == 200
