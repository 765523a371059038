"""Pictures come from what is there, and say so when it is not."""

from xml.etree import ElementTree

import pytest

from tools import draw

STEP = "1. **Card** [`protocol/codec.py:seal`](protocol/codec.py): how `it` ends\n"


def test_a_step_is_read_from_the_readme():
    [step] = draw.steps("## Follow one tap\n\n%s\n## Next\n1. not this\n" % STEP)
    assert step == ("Card", "protocol/codec.py", "seal", "protocol/codec.py", "how `it` ends")


def test_a_step_in_another_form_is_named():
    with pytest.raises(ValueError, match="2. something"):
        draw.steps("## Follow one tap\n%s2. something\n" % STEP)


@pytest.mark.parametrize(
    "what, there",
    [("f", True), ("C", True), ("C.m", True), ("TABLE", True), ("g", False), ("C.n", False), ("f.m", False)],
)
def test_what_a_file_defines(tmp_path, what, there):
    file = tmp_path / "x.py"
    file.write_text("TABLE = {}\n\ndef f():\n    return 1\n\nclass C:\n    def m(self):\n        return 2\n")
    assert draw.defines(file, what) is there


def test_every_state_and_event_of_a_table_is_drawn():
    door = {("open", "push"): ("shut", ()), ("shut", "pull"): ("open", ()), ("shut", "knock"): ("shut", ())}
    picture = draw.states("Door", door)
    words = {element.text for element in ElementTree.fromstring(picture).iter() if element.text}
    assert {"Door", "open", "shut", "push", "pull", "knock"} <= words
