"""docs/dart.md out of protocol/dart: every transaction with its fields and how sure they are, the line's states."""

from protocol.dart import line, master, orders, table

KINDS = {
    line.DATA: "DATA", line.EOT: "EOT", line.ACK: "ACK", line.NAK: "NAK", line.ACKPOLL: "ACKPOLL",
    line.BAD: "a spoilt DATA", master.NOTHING: "nothing in time",
}  # fmt: skip
STATES = {
    master.FREE: "free", master.POLLED: "polled", master.HEARD: "to be acknowledged", master.ACKED: "acknowledged",
    master.SENT: "sent",
}  # fmt: skip
DIRECTIONS = {table.TO_PUMP: "To the pump", table.FROM_PUMP: "From the pump"}
HEAD = """# DART

Made by `make draw` out of [protocol/dart](../protocol/dart); what was decided and why stands in its
[README](../protocol/dart/README.md). Numbers are packed BCD, most significant digit first.

How sure: *captured* on a real bus; *agreed* by independent controllers and pumps in use; *unverified*: one source, or
sources that differ, so it is read from configuration or not relied upon.
"""


def document() -> str:
    """The whole file."""
    parts = [HEAD, *(_transactions(direction) for direction in DIRECTIONS)]
    parts.append(_table("What COMMAND asks for", "code | | how sure | meaning", _commands()))
    parts.append(_table("What STATUS says", "number | | how sure | meaning", _states()))
    parts.append(
        _table("Alarms", "code | meaning (unverified)", [f"{code:02X} | {says}" for code, says in table.ALARMS])
    )
    parts.append(_table("The controller's line", "state | what comes | then | what is done", _line()))
    parts.append(_table("Where an order may begin", "order | status of the pump", _may()))
    return "\n".join(parts)


def _transactions(direction: str) -> str:
    rows = []
    for towards, number, size, name, fields in table.TABLE:
        if towards != direction:
            continue
        first = f"{direction}{number} (`{number:02X}`) | {name} | {size}"
        for at, (field, length, sure, says) in enumerate(fields):
            rows.append(f"{first if at == 0 else ' | | '} | {field} | {length} | {sure} | {says}")
    return _table(DIRECTIONS[direction], "transaction | name | bytes | field | bytes | how sure | meaning", rows)


def _commands() -> list[str]:
    return [f"{code:02X} | {name} | {sure} | {says}" for code, name, sure, says in table.COMMANDS]


def _states() -> list[str]:
    return [f"{number} | {name} | {sure} | {says}" for number, name, sure, says in table.STATES]


def _line() -> list[str]:
    """From the very table the controller runs by."""
    return [
        f"{STATES[state]} | {KINDS[comes]} | {STATES[becomes]} | {what.__name__.strip('_')}"
        for state, comes, becomes, what in master.TABLE
    ]


def _may() -> list[str]:
    names = {number: name for number, name, _, _ in table.STATES}
    return [f"{order} | {', '.join(names[status] for status in may)}" for order, may in orders.MAY.items()]


def _table(title: str, columns: str, rows: list[str]) -> str:
    rule = "|".join(["---"] * (columns.count("|") + 1))
    return "\n".join([f"## {title}", "", f"| {columns} |", f"|{rule}|", *(f"| {row} |" for row in rows), ""])
