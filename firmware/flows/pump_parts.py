"""Parts of the pump that are in memory only while they are wanted: read from flash, run, and left to the collector."""

import sys


def load(name: str):
    """The module of a part; nothing but the caller keeps it."""
    # written out, so that whoever builds an image or looks for a name finds them
    if name == "staff":
        from firmware.flows import pump_staff as part
    elif name == "entry":
        from firmware.flows import pump_entry as part
    elif name == "coupons":
        from firmware.flows import pump_coupons as part
    else:
        from firmware.flows import pump_paper as part
    for gone in ("pump_staff", "pump_entry", "pump_coupons", "pump_paper", "offered"):
        if sys.modules.pop("firmware.flows." + gone, None):
            delattr(sys.modules["firmware.flows"], gone)
    return part
