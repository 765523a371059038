"""The message table as an AsyncAPI 3.0 document: protocol/asyncapi.yaml, written by `make draw`."""

import yaml

from protocol import topics
from protocol.codec import fields_of
from protocol.messages import DOWN, FRAME_MAX, MESSAGES, MONEY, STRUCTS, UP, VERSION

# By UDP before a terminal may trust a certificate's dates; everything else goes by MQTT.
BY_UDP = ("time_ask", "time_tell")
SEAL = (
    "The first 16 bytes of HMAC-SHA256 with the link key over topic, newline and all bytes of the payload before "
    "the 42-byte trailer that this member is."
)
ABOUT = (
    "Made from protocol/messages.py. A payload is one compact JSON object of at most %d bytes, its members in the "
    "order given here. Lengths of text are in bytes of UTF-8." % FRAME_MAX
)
# Types of the table that are text in a fixed form.
FORMS = {
    "account": "^[0-9a-f]{32}$",
    "card": "^[0-9a-f]{4}:([0-9A-F]{8}|[0-9A-F]{14}|[0-9A-F]{20})$",
    "terminal": "^[0-9]{4,6}-[a-z][a-z0-9]{0,11}$",
    "store": "^[0-9]{4,6}$",
    "date": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$",
}


def document() -> str:
    """The whole file."""
    content = {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Tapwell, terminal and gateway",
            "version": "%d" % VERSION,
            "description": ABOUT,
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "servers": {
            "broker": {
                "host": "gateway.store.example:8883",
                "protocol": "secure-mqtt",
                "protocolVersion": "3.1.1",
                "description": "The store's broker. Mutual TLS 1.2; the certificate's name is the client id.",
            },
            "time": {"host": "gateway.store.example:8883", "protocol": "udp", "description": "Time before TLS."},
        },
        "channels": {name: _channel(name) for name in MESSAGES},
        "operations": {name: _operation(name) for name in MESSAGES},
        "components": {
            "messages": {name: _message(name) for name in MESSAGES},
            "schemas": {name: _object(name, STRUCTS[name]) for name in STRUCTS},
        },
    }
    return yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=110)


def _channel(name: str) -> dict:
    direction = topics.UP if MESSAGES[name][0] == UP else topics.DOWN
    channel = {
        "address": "/".join((topics.ROOT, "{client}", direction, name)),
        "servers": [{"$ref": "#/servers/%s" % ("time" if name in BY_UDP else "broker")}],
        "messages": {name: {"$ref": "#/components/messages/" + name}},
        "parameters": {"client": {"description": "The terminal's id, such as 0001-pos1."}},
    }
    if name not in BY_UDP:
        channel["bindings"] = {"mqtt": {"qos": topics.QOS, "retain": False}}
    return channel


def _operation(name: str) -> dict:
    """Seen from the terminal: it sends what goes up, and receives what comes down."""
    sender, answers, _ = MESSAGES[name]
    operation: dict = {"action": "receive" if sender == DOWN else "send", "channel": {"$ref": "#/channels/" + name}}
    if answers:
        # AsyncAPI names one channel per reply; the first is the good one, the others are named in the message.
        operation["reply"] = {"channel": {"$ref": "#/channels/" + answers[0]}}
    return operation


def _message(name: str) -> dict:
    sender, answers, fields = MESSAGES[name]
    says = "From the %s%s." % (sender, "; answered by " + " or ".join(answers) if answers else "")
    if name in MONEY:
        says += " Journalled before it is sent; carries the witness seal."
    payload = _object(name, fields)
    payload["properties"] = {
        "v": {"const": VERSION, "description": "protocol version, the first member"},
        **payload["properties"],
        "k": {"type": "integer", "minimum": 0, "description": "number of the link key"},
        "mac": {"type": "string", "pattern": "^[0-9a-f]{32}$", "description": SEAL},
    }
    payload["required"] = ["v", *payload["required"], "k", "mac"]
    return {"name": name, "summary": says, "payload": payload}


def _object(name: str, lines: tuple) -> dict:
    sentences = [line.partition(" | ")[2] for line in lines]
    fields = list(zip(fields_of(name), sentences, strict=True))
    return {
        "type": "object",
        "properties": {field[0]: {**_schema(field[2:]), "description": says} for field, says in fields},
        "required": [field[0] for field, _ in fields if not field[1]],
    }


def _schema(spec: tuple) -> dict:
    kind, first, second = spec
    if kind == "int":
        return {"type": "integer", "minimum": first, "maximum": second}
    if kind == "bool":
        return {"type": "boolean"}
    if kind == "list":
        return {"type": "array", "maxItems": first, "items": _schema(second)}
    if kind == "hex":
        return {"type": "string", "pattern": "^[0-9a-f]{%d}$" % first}
    if kind == "text":
        return {"type": "string", "maxLength": first}
    if kind in FORMS:
        return {"type": "string", "pattern": FORMS[kind]}
    return {"$ref": "#/components/schemas/" + kind}
