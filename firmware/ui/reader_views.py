"""The views of the reader."""


def reader_boot(v, p):
    """Not yet taken in by the gateway."""
    v.label(5, 0, 40, "boot", align="^")
    v.put(7, 0, 40, p["terminal"], "^")
    v.lines(12, 2, p["note"])
    v.hints("keys.language")


def reader_idle(v, p):
    """The invitation."""
    v.put(3, 0, 40, p["store"], "^")
    v.label(6, 0, 40, "reader.tap", align="^", big=True)
    v.lines(12, 2, p["note"] or ("" if p["link"] else v.texts("link.down")), "^")
    v.hints("keys.language")


def reader_reading(v, p):
    """A card lies on the reader."""
    v.put(3, 0, 40, p["store"], "^")
    v.label(6, 0, 40, "reader.hold", align="^", big=True)
    v.hints("keys.wait")


def reader_error(v, p):
    """Why there are no figures, and what to do."""
    v.label(3, 0, 40, "reader.sorry", align="^", big=True)
    v.lines(7, 4, p["note"], "^")
    v.hints("keys.reader_again")


def reader_staff(v, p):
    """A staff card."""
    v.put(4, 0, 40, p["name"], "^", True)
    v.label(8, 0, 40, "reader.operator", p["operator"], align="^")
    v.hints("keys.reader_again")


def reader_member(v, p):
    """A member's figures: what this store can take, and what there is in all and from when."""
    v.put(1, 1, 28, p["name"], "<", True)
    v.put(2, 30, 9, p["level"], ">")
    v.figure(4, "here", p["here"])
    if p["here_bonus"]:
        v.pair(6, "here_gift", p["here_bonus"])
    v.figure(7, "points", p["here_points"])
    if p["since"]:
        v.label(10, 1, 38, "in_all_since", p["since"])
        v.pair(11, "stored", p["in_all"])
        v.pair(12, "points", p["in_all_points"])
    else:
        v.long_label(10, 2, "in_all_unknown")
    v.hints("keys.reader_again")
