"""Topic of every message: 'tapwell/<client>/<up|down>/<message>', QoS 1, never retained.

The broker's access list has one pattern per direction, so a terminal can write and read only below its own name.
"""

from protocol.errors import Theirs

ROOT = "tapwell"
UP = "up"
DOWN = "down"
QOS = 1
ALL_UP = ROOT + "/+/" + UP + "/#"


def up(client: str, message: str) -> str:
    """Topic on which a client speaks to the gateway."""
    return ROOT + "/" + client + "/" + UP + "/" + message


def down(client: str, message: str) -> str:
    """Topic on which the gateway speaks to a client."""
    return ROOT + "/" + client + "/" + DOWN + "/" + message


def all_down(client: str) -> str:
    """What a client subscribes to."""
    return ROOT + "/" + client + "/" + DOWN + "/#"


def parse(topic: str) -> tuple:
    """(client, direction, message). Raises Theirs('unknown_message') for a topic outside the tree."""
    parts = topic.split("/")
    if len(parts) != 4 or parts[0] != ROOT or parts[2] not in (UP, DOWN):
        raise Theirs("unknown_message", topic)
    return parts[1], parts[2], parts[3]
