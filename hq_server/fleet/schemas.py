"""Bodies of the fleet's endpoints."""

from typing import Annotated, Any

from msgspec import Meta, Struct, field

Limit = Annotated[int, Meta(ge=0, le=999_999_999_999)]


class GatewayEnrolment(Struct, forbid_unknown_fields=False):
    """A new gateway: its one-time code, three signing requests, the incarnation it made with its database."""

    code: str
    csr_gateway_pem: str
    csr_uplink_pem: str
    csr_broker_pem: str
    incarnation: str
    broker_names: list[str] = field(default_factory=list)  # beside those in the broker's signing request
    version: str = ""  # of its program; '' of the first ones


class TerminalEnrolment(Struct):
    """A new terminal: its one-time code and a signing request, or just the public key."""

    code: str
    csr_pem: str = ""
    public_key: str = ""


class TerminalUpdate(Struct):
    """What a terminal said of its releases, and how far it has loaded one."""

    kind: str = ""
    number: int = 0
    failed: int = 0
    why: str = ""
    loading: int = 0
    loaded: int = 0


class TerminalLife(Struct):
    """What a gateway says of one terminal; unknown members are ignored."""

    terminal: str
    app: str = ""
    online: bool = False
    last_seen_s: int = 0
    free_heap: int | None = None
    firmware: str | None = None
    board: str = ""
    update: TerminalUpdate | None = None


class OpenHold(Struct):
    """A hold at a nozzle as its store has it; account '': an attendant's. Times by the store's clock, 0: not known."""

    hold: str
    terminal: str = ""
    nozzle: int = 0
    account: str = ""
    card: str = ""
    code: str = ""
    cents: int = 0
    ml: int = 0
    state: str = ""
    at_s: int = 0
    suspended_s: int = 0


class Heartbeat(Struct):
    """A gateway's sign of life, about each ten seconds."""

    head_seq: int = 0
    booked_seq: int = 0
    outbox: int = 0
    incarnation: str = ""
    terminals: list[TerminalLife] = field(default_factory=list)
    clock_s: int = 0
    alarms: list[Any] = field(default_factory=list)  # texts, or objects with kind and detail
    holds: list[OpenHold] | None = None  # None: of a program that does not tell them
    version: str = ""


class NewStore(Struct):
    """A store with what its gateway may credit by itself."""

    code: str
    name: str = ""
    region: str = ""
    timezone: str = "UTC"
    language: str = "en"
    right_principal: int = 2000000
    right_bonus: int = 2000000
    right_points: int = 2000000
    right_adjust: int = 0
    right_punches: int = 2000
    loss_cap_cents: int = 200000


class StoreChange(Struct):
    """What is to be changed of a store; the rest stays."""

    name: Annotated[str, Meta(max_length=48)] | None = None
    region: Annotated[str, Meta(max_length=48)] | None = None
    right_principal: Limit | None = None
    right_bonus: Limit | None = None
    right_points: Limit | None = None
    right_adjust: Limit | None = None
    right_punches: Limit | None = None
    loss_cap_cents: Limit | None = None


class NewTerminal(Struct):
    """A terminal to be enrolled."""

    terminal: str
    app: str
