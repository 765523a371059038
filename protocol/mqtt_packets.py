"""Packets of mqtt.py with names for their fields. For servers, tests and tools: a board reads plain tuples."""

from collections import namedtuple

from protocol import mqtt

Connack = namedtuple("Connack", ("session_present", "code"))
Publish = namedtuple("Publish", ("topic", "payload", "qos", "packet_id", "dup", "retain"))
Oversized = namedtuple("Oversized", ("topic", "size", "qos", "packet_id"))
Puback = namedtuple("Puback", ("packet_id",))
Suback = namedtuple("Suback", ("packet_id", "codes"))
Unsuback = namedtuple("Unsuback", ("packet_id",))
Pingresp = namedtuple("Pingresp", ())

NAMES = {
    mqtt.CONNACK: Connack,
    mqtt.PUBLISH: Publish,
    mqtt.OVERSIZED: Oversized,
    mqtt.PUBACK: Puback,
    mqtt.SUBACK: Suback,
    mqtt.UNSUBACK: Unsuback,
    mqtt.PINGRESP: Pingresp,
}


class Decoder(mqtt.Decoder):
    """The same, with named packets; what a broker alone reads has its names from mqtt_broker.py."""

    def feed(self, data: bytes) -> list:
        """The packets that are complete with this data, in order. Raises Theirs."""
        return [_named(packet) for packet in super().feed(data)]


def _named(packet: tuple):
    return NAMES[packet[0]](*packet[1:]) if type(packet) is tuple else packet
