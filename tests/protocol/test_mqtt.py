"""MQTT packets: golden bytes worked out from the standard's text, cuts at every byte, and bad input."""

from binascii import unhexlify

from protocol import mqtt, mqtt_broker, mqtt_packets
from protocol.errors import Ours, Theirs

LIMIT = 4200

# what is sent -> its bytes (OASIS MQTT 3.1.1, chapter 3)
GOLDEN = (
    (mqtt.connect("0001-pos1", 15), "10150004 4d515454 04 00 000f 0009 303030312d706f7331"),
    (mqtt.connect("a", 15, True, ("t", b"x", 1, False)), "1013 0004 4d515454 04 0e 000f 000161 000174 000178"),
    (mqtt.publish("a/b", b"hi"), "3007 0003 612f62 6869"),
    (mqtt.publish("a/b", b"hi", 1, 258), "3209 0003 612f62 0102 6869"),
    (mqtt.publish("a/b", b"hi", 1, 258, True), "3a09 0003 612f62 0102 6869"),
    (mqtt.puback(258), "40020102"),
    (mqtt.subscribe(1, "a/#"), "8208 0001 0003 612f23 01"),
    (mqtt.unsubscribe(1, "a/#"), "a207 0001 0003 612f23"),
    (mqtt.pingreq(), "c000"),
    (mqtt.disconnect(), "e000"),
    (mqtt_broker.connack(True), "20020100"),
    (mqtt_broker.suback(1), "9003000101"),
    (mqtt_broker.unsuback(1), "b0020001"),
    (mqtt_broker.pingresp(), "d000"),
)


def raised(call, *args) -> str:
    try:
        call(*args)
    except (Theirs, Ours) as wrong:
        return type(wrong).__name__ + " " + wrong.reason
    return ""


def test_golden_bytes():
    for raw, wanted in GOLDEN:
        assert raw == unhexlify(wanted.replace(" ", "")), wanted


def test_a_client_reads_what_a_broker_writes():
    decoder = mqtt_packets.Decoder(LIMIT)
    data = mqtt_broker.connack(True) + mqtt_broker.suback(7, (1, 128)) + mqtt.puback(9) + mqtt_broker.pingresp()
    data += mqtt.publish("tapwell/x/down/head", b"{}", 1, 77, True) + mqtt_broker.unsuback(8)
    assert decoder.feed(data) == [
        mqtt_packets.Connack(True, 0),
        mqtt_packets.Suback(7, (1, 128)),
        mqtt_packets.Puback(9),
        mqtt_packets.Pingresp(),
        mqtt_packets.Publish("tapwell/x/down/head", b"{}", 1, 77, True, False),
        mqtt_packets.Unsuback(8),
    ]


def test_a_board_reads_plain_tuples_kind_first():
    data = mqtt_broker.connack(True) + mqtt.publish("t/long", bytes(9000), 1, 12) + mqtt.puback(9)
    packets = [(mqtt.CONNACK, True, 0), (mqtt.OVERSIZED, "t/long", 9010, 1, 12), (mqtt.PUBACK, 9)]
    assert mqtt.Decoder(LIMIT).feed(data) == packets


def test_a_broker_reads_what_a_client_writes():
    decoder = mqtt_packets.Decoder(LIMIT, mqtt_broker.READERS)
    will = ("tapwell/x/up/lost", b"gone", 1, False)
    data = mqtt.connect("x", 15, False, will) + mqtt.subscribe(1, "a/#") + mqtt.pingreq() + mqtt.disconnect()
    assert decoder.feed(data + mqtt.unsubscribe(2, "a/#")) == [
        mqtt_broker.Connect("x", 15, False, will, None, None),
        mqtt_broker.Subscribe(1, (("a/#", 1),)),
        mqtt_broker.Pingreq(),
        mqtt_broker.Disconnect(),
        mqtt_broker.Unsubscribe(2, ("a/#",)),
    ]


def test_cut_at_every_byte():
    data = mqtt.publish("t", bytes(200), 1, 5) + mqtt_broker.pingresp() + mqtt.publish("u", b"\xff" * 3000, 1, 6)
    whole = mqtt_packets.Decoder(LIMIT).feed(data)
    assert [len(whole[0].payload), whole[1], len(whole[2].payload)] == [200, mqtt_packets.Pingresp(), 3000]
    for cut in list(range(1, 12)) + [130, 206, 207, 208, 209, 210, 215, len(data) - 1]:
        decoder = mqtt_packets.Decoder(LIMIT)
        assert decoder.feed(data[:cut]) + decoder.feed(data[cut:]) == whole, cut


def test_byte_by_byte():
    decoder = mqtt_packets.Decoder(LIMIT)
    packets = []
    for byte in mqtt.publish("t", bytes(150), 1, 5) * 2:
        packets += decoder.feed(bytes((byte,)))
    assert len(packets) == 2 and packets[1].packet_id == 5


def test_many_packets_in_one_read():
    data = b"".join([mqtt.publish("t", b"%d" % n, 1, n) for n in range(1, 120)])
    assert [packet.packet_id for packet in mqtt_packets.Decoder(LIMIT).feed(data)] == list(range(1, 120))


def test_oversized_publish_is_skipped_and_can_be_acknowledged():
    data = mqtt.publish("t/long", bytes(9000), 1, 12) + mqtt.publish("t", b"next", 1, 13)
    for step in (1, 7, 1000, 20000):
        decoder = mqtt_packets.Decoder(LIMIT)
        packets = []
        for at in range(0, len(data), step):
            packets += decoder.feed(data[at : at + step])
        long = mqtt_packets.Oversized("t/long", 9010, 1, 12)
        assert packets == [long, mqtt_packets.Publish("t", b"next", 1, 13, False, False)], step


def test_bad_bytes_are_theirs():
    # bytes                           what is wrong
    for bad in (
        "00 00",  #                   packet type 0
        "f0 00",  #                   packet type 15
        "10 0c 0004 4d515454 04 00 000f 0000",  # CONNECT to a client
        "30 ff ff ff ff 01",  #       five length bytes
        "36 05 0001 61 0001",  #      QoS 3
        "38 03 0001 61",  #           DUP with QoS 0
        "32 05 0001 61 0000",  #      packet id 0
        "32 03 0001 61",  #           packet id missing
        "30 03 0009 61",  #           topic longer than the packet
        "30 01 00",  #                topic length cut
        "30 02 0000",  #              empty topic
        "30 03 0001 23",  #           wildcard in a topic
        "30 03 0001 ff",  #           not UTF-8
        "20 02 0200",  #              CONNACK flags
        "20 03 000000",  #            CONNACK length
        "40 02 0000",  #              PUBACK of 0
        "41 02 0001",  #              PUBACK flags
        "90 02 0001",  #              SUBACK without codes
        "d0 01 00",  #                PINGRESP with a body
        "90 ff ff 7f",  #             anything but PUBLISH beyond the limit
        "30 ff ff 7f ffff",  #        topic beyond the limit
    ):
        assert raised(mqtt_packets.Decoder(LIMIT).feed, unhexlify(bad.replace(" ", ""))).startswith("Theirs"), bad


def test_bad_clients_are_theirs():
    for bad in (
        "10 0c 0004 4d515454 03 00 000f 0000",  # protocol level 3
        "10 0c 0004 4d515454 04 01 000f 0000",  # reserved flag
        "10 0d 0004 4d515454 04 00 000f 0000 00",  # too long
        "82 02 0001",  #             nothing subscribed
        "80 06 0001 0001 61 01",  #  SUBSCRIBE flags
        "82 05 0001 0001 61",  #     QoS missing
    ):
        decoder = mqtt_packets.Decoder(LIMIT, mqtt_broker.READERS)
        assert raised(decoder.feed, unhexlify(bad.replace(" ", ""))).startswith("Theirs"), bad


def test_what_we_may_not_send_is_ours():
    assert raised(mqtt.publish, "t", b"", 1, 0) == "Ours malformed"
    assert raised(mqtt.publish, "t", b"", 1, 65536) == "Ours malformed"
    assert raised(mqtt.text, b"x" * 65536) == "Ours oversized"
