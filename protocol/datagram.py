"""A frame in one UDP datagram: topic, newline, sealed frame. Only time_ask and time_tell travel so, before TLS."""

from protocol.errors import Theirs

DATAGRAM_MAX = 512


def pack(topic: str, frame: bytes) -> bytes:
    """The datagram's bytes."""
    return topic.encode() + b"\n" + frame


def unpack(data: bytes) -> tuple:
    """(topic, frame). Raises Theirs."""
    at = data.find(b"\n")
    if at < 1 or len(data) > DATAGRAM_MAX:
        raise Theirs("malformed", "datagram")
    try:
        return data[:at].decode(), data[at + 1 :]
    except UnicodeError:
        raise Theirs("malformed", "datagram")
