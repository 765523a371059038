"""What a linked module loses before it is compiled: host code, names that nothing uses, constants with a place."""

import pytest

from tools.lean import Image
from tools.trim import decided, interned, trim, unnamed

# the module | names that others take | what is left
TRIMMED = {
    "what nothing uses goes, with what only that used": ("def a():\n    b()\ndef b():\n    pass\nC = 1", set(), ""),
    "what others take stays": ("def a():\n    pass\ndef b():\n    pass", {"b"}, "def b():\n    pass"),
    "a text stands where it is used": ("A = 'x' \ndef b():\n    return A", {"b"}, "def b():\n    return 'x'"),
    "a text made of another": ("A = 'x'\nB = (A, 1)\ndef c():\n    return B", {"c"}, "def c():\n    return ('x', 1)"),
    "a tuple used twice stays": ("A = (1, 2)\ndef b():\n    return A + A", {"b"}, None),
    "what is set twice stays": ("A = 'x'\nA = 'y'\ndef b():\n    return A", {"b"}, None),
    "what does something stays": ("print('x')\nf().a = 1", set(), None),
    "a board's branch": (
        "import sys\nif sys.implementation.name == 'micropython':\n    def a():\n        return 1\n"
        "else:\n    def a():\n        return 2",
        {"a"},
        "def a():\n    return 1",
    ),
    "what a table alone names leaves the names": (
        "def a():\n    pass\ndef b():\n    return T\nT = {1: a}\nU = T",
        {"b"},
        "def a():\n    pass\ndef b():\n    return T\nT = {1: a}\ndel a",
    ),
}


@pytest.mark.parametrize("what", TRIMMED)
def test_trimmed(what):
    text, kept, left = TRIMMED[what]
    assert trim(text, kept).split() == (text if left is None else left).split()


def test_errors_say_their_code_alone():
    text = 'def a(b):\n    raise Theirs("malformed", "not %s" %\n        b)\na(1)\n'
    lean = Image({"protocol/a.py": text}).lean("protocol/a.py")
    assert 'raise Theirs("malformed")' in lean.replace("\n", "") and lean.count("\n") == text.count("\n")


def test_a_long_word_is_named_once_before_it_is_used():
    text = "def a():\n    return 'card_not_genuine', 'short', 'no word at all', 'card_not_genuine'\n"
    assert interned(text) == "if 0:\n    card_not_genuine = 0\n" + text
    assert interned("a = 'short'\n") == "a = 'short'\n"


def test_a_class_keeps_its_own_names_alone():
    assert unnamed("class A:\n    def b(self):\n        pass\n").splitlines()[1] == "    del __module__, __qualname__"
    assert unnamed("class A(Exception):\n    pass\n") == "class A(Exception):\n    pass\n"


# what a part says of the app | in the image of a pump
OF_APPS = (
    ("def f(app):\n    if app == 'pump':\n        return 1\n    return 2", "def f(app):\n    return 1"),
    ("def f(app):\n    if app.kind != 'pump':\n        return 1\n    return 2", "def f(app):\n    pass\n    return 2"),
    ("if config.app == 'pos':\n    a()\nelse:\n    b()", "b()"),
    ("if release.app == app:\n    a()", "if release.app == app:\n    a()"),
)


@pytest.mark.parametrize("text, left", OF_APPS)
def test_an_image_knows_its_app(text, left):
    assert decided(text, "pump").strip() == left


# a function | its parameters where nobody passes them by name
PARAMETERS = (
    (
        "def f(words, at):\n    return [word + at for word in words]\n",
        "def f(a, b):\n    return [word + b for word in a]\n",
    ),
    ("def f(words):\n    return lambda words: words\n", "def f(words):\n    return lambda words: words\n"),
    (
        "def f(reader):\n    def g(apdu):\n        return reader(apdu)\n    return g\n",
        "def f(reader):\n    def g(a):\n        return reader(a)\n    return g\n",
    ),
)


@pytest.mark.parametrize("text, left", PARAMETERS)
def test_parameters_are_letters_but_where_an_inner_function_has_its_own(text, left):
    assert Image({"protocol/a.py": text + "f(1)\n"}).lean("protocol/a.py").removesuffix("f(1)\n") == left
