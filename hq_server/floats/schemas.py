"""Bodies of the endpoint for float."""

from typing import Annotated

from msgspec import Meta, Struct


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
