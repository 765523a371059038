"""Bodies of the decisions' API."""

from typing import Annotated, Any

from msgspec import Meta, Struct


class NewDecision(Struct):
    """What is asked for: a kind of decisions/kinds.py and its body."""

    kind: Annotated[str, Meta(max_length=24)]
    body: dict[str, Any]
