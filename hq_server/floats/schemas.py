"""Bodies of the endpoint for float."""

from msgspec import Struct


class FloatWanted(Struct):
    """What a store lacks of an account, by asset; principal and bonus together are stored value."""

    request: str
    account: str
    want: dict[str, int]
