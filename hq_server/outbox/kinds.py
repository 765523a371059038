"""Which kinds of message a gateway knows, by the version of its program: it is sent no other.

Gateways are updated one by one and weeks apart; head office works with those of this release and of the two before. A
new kind has a row here with the release that brought it. What a gateway cannot be told it is told, as all that stands,
once it says a newer version. Kinds that move value have to wait in their own decisions for gateways that know them.
"""

SINCE = {
    "block": "0.1.0",
    "cancel_grant": "0.1.0",
    "cancel_refund_right": "0.1.0",
    "card": "0.1.0",
    "fuel_allowed": "0.1.0",
    "fuel_limits": "0.1.0",
    "fuel_prices": "0.1.0",
    "fuel_rules": "0.1.0",
    "goods": "0.1.0",
    "grant": "0.1.0",
    "lent_before": "0.1.0",
    "lent_settled": "0.1.0",
    "member": "0.1.0",
    "recall": "0.1.0",
    "recall_refund": "0.1.0",
    "refund_right_grant": "0.1.0",
    "releases": "0.1.0",
    "restored": "0.1.0",
    "retired": "0.1.0",
    "revocation": "0.1.0",
    "right_grant": "0.1.0",
    "rules": "0.1.0",
    "staff": "0.1.0",
    "target": "0.1.0",
    "terminal": "0.1.0",
}
FIRST = "0.1.0"  # of a gateway that has not said


def knows(version: str, kind: str, since: dict[str, str] = SINCE) -> bool:
    """Whether a gateway of this version can be told this. Raises KeyError for a kind without a row."""
    return _number(since[kind]) <= _number(version or FIRST)


def learnt(before: str, now: str, since: dict[str, str] = SINCE) -> bool:
    """Whether a gateway that went from one version to another knows kinds that it did not."""
    return any(knows(now, kind, since) and not knows(before, kind, since) for kind in since)


def _number(version: str) -> tuple[int, ...]:
    """Of a version as programs say it; what follows the digits of a part counts for nothing."""
    parts = version.split("+")[0].split(".")[:3]
    return tuple(int("".join(digit for digit in part if digit.isdecimal())[:6] or 0) for part in parts)
