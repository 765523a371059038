"""Reads the card on the serial port in argv[1] with PyPI's nfcpy, which speaks ISO 14443-4 by itself.

Its own process: it sets the line's speed with stty and blocks. Prints what it found; nothing is written.
"""

import sys

import nfc
import nfc.tag.tt4
from nfc.clf import pn532, transport

GET_VERSION = bytes([0x90, 0x60, 0, 0, 0])
MORE = bytes([0x90, 0xAF, 0, 0, 0])


def main() -> None:
    reader = nfc.ContactlessFrontend()
    reader.device = pn532.init(transport.TTY(sys.argv[1]))
    print("chip", reader.device.chipset_name)
    target = reader.sense(nfc.clf.RemoteTarget("106A"))
    assert target is not None, "no card found"
    tag = nfc.tag.activate(reader, target)
    assert isinstance(tag, nfc.tag.tt4.Type4Tag), "no ISO 14443-4 card"
    print("tag", tag.type, tag.identifier.hex())
    print("version", tag.transceive(GET_VERSION).hex(), tag.transceive(MORE).hex(), tag.transceive(MORE).hex())
    if tag.ndef is not None:
        print("ndef", [record.type for record in tag.ndef.records], tag.ndef.octets.hex())
    reader.device.close()


if __name__ == "__main__":
    main()
