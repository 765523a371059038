"""Bodies of the endpoint for float."""

from typing import Annotated

from msgspec import Meta, Struct

from hq_server.fuel.schemas import FuelAsked


class RefundSought(Struct):
    """The sale that a store wants to refund: by transfer, or by store and receipt number."""

    sale: Annotated[str, Meta(max_length=96)] = ""
    store: Annotated[str, Meta(max_length=6)] = ""
    receipt: Annotated[int, Meta(ge=0, le=999_999_999_999)] = 0


class FloatWanted(Struct):
    """What a store lacks of an account, by asset; principal and bonus together are stored value."""

    request: str
    account: str
    want: dict[str, int]
    refund: RefundSought | None = None
    fuel: FuelAsked | None = None  # what a hold may have of its card's day is asked with it
