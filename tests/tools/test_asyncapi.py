"""The AsyncAPI document says what the codec accepts."""

import json
import re

import pytest
import yaml

from protocol import codec
from protocol.errors import Theirs
from protocol.messages import MESSAGES
from tools import asyncapi

DOCUMENT = yaml.safe_load(asyncapi.document())
TOPIC = "tapwell/0001-pos1/down/"
KEY = bytes(32)


def payload(name: str) -> dict:
    return DOCUMENT["components"]["messages"][name]["payload"]


def test_every_message_has_channel_operation_and_payload():
    for part in (DOCUMENT["channels"], DOCUMENT["operations"], DOCUMENT["components"]["messages"]):
        assert list(part) == list(MESSAGES)


def test_every_reference_leads_somewhere():
    for reference in re.findall(r"\$ref: '?#/([\w/]+)", asyncapi.document()):
        place = DOCUMENT
        for name in reference.split("/"):
            place = place[name]


@pytest.mark.parametrize("name", MESSAGES)
def test_the_first_and_last_members_are_those_of_every_frame(name):
    members = list(payload(name)["properties"])
    assert (members[0], members[-2:]) == ("v", ["k", "mac"])


def smallest(schema: dict):
    """A value at the lower end of what a schema allows."""
    if "$ref" in schema:
        return smallest(DOCUMENT["components"]["schemas"][schema["$ref"].rpartition("/")[2]])
    if "const" in schema:
        return schema["const"]
    if schema["type"] == "object":
        return {name: smallest(schema["properties"][name]) for name in schema["required"]}
    if schema["type"] == "string":
        return in_form(schema.get("pattern", ""))
    return {"integer": schema.get("minimum"), "boolean": False, "array": []}[schema["type"]]


def in_form(pattern: str) -> str:
    if fixed := re.fullmatch(r"\^\[0-9a-f\]\{(\d+)\}\$", pattern):
        return "0" * int(fixed[1])
    samples = {"card": "0001:04A1B2C3", "terminal": "0001-pos1", "store": "0001", "date": "2026-02-28"}
    return next((text for kind, text in samples.items() if asyncapi.FORMS[kind] == pattern), "")


@pytest.mark.parametrize("name", MESSAGES)
def test_the_codec_takes_the_smallest_frame_that_the_document_allows(name):
    assert codec.decode(name, json.dumps(smallest(payload(name))).encode())["k"] == 0


@pytest.mark.parametrize("name", MESSAGES)
def test_the_codec_refuses_a_number_below_what_the_document_allows(name):
    frame = smallest(payload(name))
    numbers = [field for field, schema in payload(name)["properties"].items() if "maximum" in schema and field in frame]
    for field in numbers:
        too_low = dict(frame, **{field: payload(name)["properties"][field]["minimum"] - 1})
        with pytest.raises(Theirs):
            codec.decode(name, json.dumps(too_low).encode())
