"""What is on a Tapwell card (DESFire EV1, EV2 or later, AES): application, keys, files. Kept byte by byte, for ever.

Application 0x505754 ("TWP" on the wire, least significant byte first), five AES keys:
    key 0      application master key (head office and issuing desk only)
    key 1..4   identify: what the stores of region 1..4 hold, each region its own
File 1..4, standard data, 40 bytes, plain; file r is read with key r and written with key 0:
    0       layout version, 2
    1       kind: 0x01 member, 0x02 staff
    2-3     issuer number, big endian
    4-19    account id, 16 bytes (staff: operator number in ASCII, padded with zeros)
    20-27   issued at, epoch seconds, big endian
    28-31   zero, kept for later layouts
    32-39   stamp: first 8 bytes of the AES-CMAC over bytes 0-31 under the card's stamp key of that region
Keys are diversified per card (NXP AN10922, AES-128) with M = UID + AID (3 bytes, most significant first) + "TAPWELL" +
one byte: the key number; for a stamp key 0x80 + region. The version of a key on the card is the number of its key set.
The card's own master key (level 0) is AES too, with AID 0 and key number 0.
"""

AID = 0x505754
KEY_MASTER = 0
KEY_IDENTIFY = 1  # the first region's; a terminal that was told no other begins with it
REGIONS = 4
IDENTITY_SIZE = 32
STAMP_SIZE = 8
LAYOUT = 2
KIND_MEMBER = 1
KIND_STAFF = 2
SYSTEM = b"TAPWELL"

# what a terminal plays by itself, without any key (native commands, ISO-wrapped): select, first step with key 1
SELECT = bytes([0x90, 0x5A, 0x00, 0x00, 0x03, AID & 0xFF, (AID >> 8) & 0xFF, AID >> 16, 0x00])
AUTHENTICATE = bytes([0x90, 0x71, 0x00, 0x00, 0x02, KEY_IDENTIFY, 0x00, 0x00])
MORE = b"\x91\xaf"
DONE = b"\x91\x00"
