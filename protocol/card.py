"""What is on a Tapwell card (DESFire EV1 and later, AES): application, keys, files. Kept byte by byte, for ever.

Application 0x505754 ("TWP" on the wire, least significant byte first), two AES keys:
    key 0   application master key (head office and issuing desk only)
    key 1   identify: read the identity file (stores)
File 1, standard data, 32 bytes, MACed, read with key 1, written with key 0:
    0       layout version, 1
    1       kind: 0x01 member, 0x02 staff
    2-3     issuer number, big endian
    4-19    account id, 16 bytes (staff: operator number in ASCII, padded with zeros)
    20-27   issued at, epoch seconds, big endian
    28-31   zero, kept for later layouts
Keys are diversified per card (NXP AN10922, AES-128) with M = UID + AID (3 bytes, most significant first) + "TAPWELL" +
key number.
"""

AID = 0x505754
KEY_MASTER = 0
KEY_IDENTIFY = 1
FILE_IDENTITY = 1
IDENTITY_SIZE = 32
LAYOUT = 1
KIND_MEMBER = 1
KIND_STAFF = 2
SYSTEM = b"TAPWELL"

# what a terminal plays by itself, without any key (native commands, ISO-wrapped): select, first step with key 1
SELECT = bytes([0x90, 0x5A, 0x00, 0x00, 0x03, AID & 0xFF, (AID >> 8) & 0xFF, AID >> 16, 0x00])
AUTHENTICATE = bytes([0x90, 0xAA, 0x00, 0x00, 0x01, KEY_IDENTIFY, 0x00])
MORE = b"\x91\xaf"
DONE = b"\x91\x00"
