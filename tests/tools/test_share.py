"""Attributes that meet on one object never share a name; those that never meet may."""

from tools.share import Attributes

SCREEN = """
class Screen:
    def __init__(self):
        self.canvas_bytes = []
        self.reserved = 1
"""
FLOW = """
class Flow:
    def __init__(self):
        self.catalogue = {}
        self.registered = 0
"""
PART = """
def begin(flow):
    flow.canvas_bytes = [0]
    flow.arrangement = flow.catalogue
"""


def names(*texts: str) -> dict[str, str]:
    return Attributes({"%d.py" % n: text for n, text in enumerate(texts)}).names


def test_classes_that_never_meet_share():
    told = names(SCREEN, FLOW)
    assert {told["canvas_bytes"], told["reserved"]} == {told["catalogue"], told["registered"]}


def test_what_a_part_puts_on_a_flow_is_apart_from_what_the_flow_has():
    """Also where another class makes an attribute of that name itself, which alone would be free to share."""
    told = names(SCREEN, FLOW, PART)
    on_flow = [told[word] for word in ("canvas_bytes", "arrangement", "catalogue", "registered")]
    assert len(set(on_flow)) == len(on_flow)
