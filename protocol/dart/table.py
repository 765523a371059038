"""Every transaction of DART with its fields: docs, tests and the desk tool's trace come from here; no board loads it.

A row: direction, number, bytes ("3n": three for each hose), name, fields. A field: name, bytes, how sure, meaning.

    captured      seen on a real bus
    agreed        independent public controllers and pumps, in use, do the same
    unverified    one source, or sources that differ: read from configuration, or not relied upon
"""

TO_PUMP, FROM_PUMP = "CD", "DC"
CAPTURED, AGREED, UNVERIFIED = "captured", "agreed", "unverified"

# what COMMAND asks for
COMMANDS = (
    (0x00, "status", AGREED, "answered by STATUS, mostly with NOZZLE"),
    (0x02, "parameters", AGREED, "answered by PARAMETERS; a pump that does not answer needs its decimals configured"),
    (0x03, "identity", AGREED, "answered by IDENTITY"),
    (0x04, "filling", AGREED, "answered by FILLED"),
    (0x05, "reset", AGREED, "display to zero, the preset is gone; what else goes differs between pumps"),
    (0x06, "authorise", AGREED, "only in RESET; elsewhere it does nothing"),
    (0x08, "stop", AGREED, "no more fuel; the fill is COMPLETED"),
    (0x0A, "switch off", UNVERIFIED, "the pump's lights and display; never sent"),
    (0x0D, "suspend", UNVERIFIED, "valve closed, the fill goes on after resume; or SUSPEND, see `suspend_by`"),
    (0x0E, "resume", UNVERIFIED, "or RESUME"),
    (0x0F, "prices", UNVERIFIED, "answered by PRICES (DC103) where the pump knows it; nothing waits for it"),
)

# what STATUS says
STATES = (
    (0, "NOT_PROGRAMMED", AGREED, "without prices; after PRICES it is COMPLETED"),
    (1, "RESET", AGREED, "the only state that takes authorise"),
    (2, "AUTHORISED", AGREED, "fuel flows as soon as an allowed hose is out"),
    (4, "FILLING", AGREED, ""),
    (5, "COMPLETED", CAPTURED, "hung up or stopped; volume and amount stand"),
    (6, "LIMIT", AGREED, "the preset is reached; COMPLETED when hung up"),
    (7, "OFF", UNVERIFIED, "switched off"),
    (8, "SUSPENDED", UNVERIFIED, "some pumps have another number for it: `suspended_status`"),
)

ALARMS = (
    (0x01, "processor restarted"), (0x03, "memory"), (0x04, "program checksum"), (0x06, "pulser"),
    (0x07, "pulser current"), (0x09, "emergency stop"), (0x0A, "power failure"), (0x0B, "pressure lost"),
    (0x0C, "blend ratio"), (0x0D, "low leak"), (0x0E, "high leak"), (0x0F, "hose leak"), (0x10, "vapour monitor reset"),
    (0x11, "vapour monitor, 10 errors"), (0x12, "vapour monitor shut the pump"), (0x13, "vapour monitor internal"),
    (0x19, "vapour control"), (0x20, "vapour control, repeated"),
)  # fmt: skip

TABLE = (
    (TO_PUMP, 1, "1", "COMMAND", (("what", "1", CAPTURED, "one of the commands below"),)),
    (TO_PUMP, 2, "n", "NOZZLES", (
        ("hoses", "n", AGREED, "1..15, one byte each: these may be authorised; none sent since reset: all"),)),
    (TO_PUMP, 3, "4", "PRESET_VOLUME", (("volume", "4 BCD", AGREED, "it stops there; 0: no bound (unverified)"),)),
    (TO_PUMP, 4, "4", "PRESET_AMOUNT", (("amount", "4 BCD", AGREED, "it stops there; 0: no bound (unverified)"),)),
    (TO_PUMP, 5, "3n", "PRICES", (
        ("price", "3 BCD each", CAPTURED, "of hose 1, 2, ..; all hoses at once; only in RESET (unverified)"),)),
    (TO_PUMP, 14, "1", "SUSPEND", (("hose", "1", UNVERIFIED, "0: the filling one; answered by the same number"),)),
    (TO_PUMP, 15, "1", "RESUME", (("hose", "1", UNVERIFIED, "0: the filling one; answered by the same number"),)),
    (TO_PUMP, 101, "1", "TOTALS", (
        ("counter", "1", CAPTURED, "01..09: volume of that hose; 11..19 (hex): its money (unverified)"),)),
    (FROM_PUMP, 1, "1", "STATUS", (("status", "1", CAPTURED, "one of the states below"),)),
    (FROM_PUMP, 2, "8", "FILLED", (
        ("volume", "4 BCD", CAPTURED, "of this fill, or of the last"),
        ("amount", "4 BCD", CAPTURED, ""),
    )),
    (FROM_PUMP, 3, "4", "NOZZLE", (
        ("price", "3 BCD", CAPTURED, "of the chosen hose"),
        ("hose", "1", CAPTURED, "low half: chosen hose, 0: none; bit 4: it is out"),
    )),
    (FROM_PUMP, 5, "1", "ALARM", (("code", "1", UNVERIFIED, "one of the alarms below; 0: it is over"),)),
    (FROM_PUMP, 7, "50", "PARAMETERS", (
        ("reserved", "22", UNVERIFIED, ""),
        ("volume decimals", "1", UNVERIFIED, "0..8; where these three lie is `parameters_at` (22)"),
        ("amount decimals", "1", UNVERIFIED, "0..8"),
        ("price decimals", "1", UNVERIFIED, "0..4"),
        ("reserved", "4", UNVERIFIED, ""),
        ("most amount", "4 BCD", UNVERIFIED, "of one fill; 0: none"),
        ("reserved", "2", UNVERIFIED, ""),
        ("grades", "15", UNVERIFIED, "a grade's number for each hose, 0: no such hose"),
    )),
    (FROM_PUMP, 9, "5", "IDENTITY", (("digits", "5 BCD", AGREED, ""),)),
    (FROM_PUMP, 14, "1", "SUSPEND", (("hose", "1", UNVERIFIED, ""),)),
    (FROM_PUMP, 15, "1", "RESUME", (("hose", "1", UNVERIFIED, ""),)),
    (FROM_PUMP, 101, "16", "TOTALS", (
        ("counter", "1", CAPTURED, "as asked"),
        ("total", "5 BCD", CAPTURED, "its decimals are unverified: `total_decimals`, absent: those of a fill's volume"),
        ("second", "5 BCD", CAPTURED, "first meter (unverified), or the number of fills"),
        ("third", "5 BCD", CAPTURED, "second meter (unverified)"),
    )),
    (FROM_PUMP, 103, "3n", "PRICES", (("price", "3 BCD each", UNVERIFIED, "as last set"),)),
)  # fmt: skip
