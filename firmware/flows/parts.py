"""Code that is in memory only while it is wanted: read from flash, run, and left to the collector."""

import sys


def load(name: str):
    """The module of a part; nothing but the caller keeps it."""
    # written out, so that whoever builds an image or looks for a name finds them
    if name == "shift":
        from firmware.flows import shift as part
    elif name == "selling":
        from firmware.flows import selling as part
    elif name == "paying":
        from firmware.flows import paying as part
    elif name == "redeeming":
        from firmware.flows import redeeming as part
    elif name == "refunding":
        from firmware.flows import refunding as part
    elif name == "topping_up":
        from firmware.flows import topping_up as part
    elif name == "receipt":
        from firmware.flows import receipt as part
    else:
        from firmware.flows import after as part
    for gone in (name, "tender", "paper", "offered"):  # what a part brings along goes with it
        if sys.modules.pop("firmware.flows." + gone, None):
            delattr(sys.modules["firmware.flows"], gone)
    return part
