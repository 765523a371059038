"""Names shared in an image: attributes that never meet on one object are called alike, by names the interpreter has.

A board's heap keeps every name of its own once: 11 bytes in a pool and its letters, and the pool that holds the 621st
name costs 7 KB. An attribute that our classes make, and nobody looks up by a text, may be called anything; two of them
may be called the same unless one class, with its relatives, has both. Names that every MicroPython holds in its own
flash (methods of its types, contents of its modules) cost nothing.
"""

import ast
import keyword
import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from tools import lean

ROOT = Path(__file__).resolve().parent.parent
MICROPYTHON = ROOT / ".venv" / "bin" / "micropython"
SHIMS = ROOT / "hardware" / "emulators" / "upy"
SHORT = 2  # a name of so few letters is not worth another
# On every board that can run an image; a name of one of these is in its flash.
MODULES = "array asyncio binascii collections errno framebuf gc hashlib io json math os random re select socket ssl"
TYPES = "'' b'' [] {} () set() 1 1.0 bytearray() memoryview(b'') object() type ValueError() iter([]) open".split(" ")
PROGRAM = """
import sys
for module in %r.split(" ") + ["struct", "sys", "time"]:
    for word in dir(__import__(module)):
        print(word)
for one in (%s):
    for word in dir(one):
        print(word)
import asyncio, framebuf, hashlib, array, collections, io, socket, ssl, re
for one in (asyncio.Event, asyncio.Lock, asyncio.Task, asyncio.StreamReader, framebuf.FrameBuffer, hashlib.sha256,
            array.array, collections.deque, collections.OrderedDict, io.BytesIO, socket.socket, ssl.SSLContext,
            asyncio.core.IOQueue, re.compile("a")):
    for word in dir(one):
        print(word)
"""
KNOWN = """
import micropython, sys
for word in sys.stdin:
    word = word.strip()
    hasattr(sys, word)
    print("word=" + word)
    micropython.qstr_info()
"""


@cache
def free_names() -> tuple[str, ...]:
    """Names that cost nothing, shortest first."""
    said = _micropython(PROGRAM % (MODULES, ", ".join(TYPES)), "")
    words = {word for word in said.split() if word.isidentifier() and not word.startswith("_")}
    return tuple(sorted((word for word in words if not keyword.iskeyword(word)), key=lambda word: (len(word), word)))


def known(words: list[str]) -> set[str]:
    """Those of the words that the interpreter has in its flash: attributes of its own types may be called so."""
    found = set()
    before, word = -1, ""
    for line in _micropython(KNOWN, "\n".join(words)).splitlines():
        if line.startswith("word="):
            word = line[5:]
        elif figures := re.search(r"n_qstr=(\d+)", line):
            if int(figures[1]) == before:
                found.add(word)
            before = int(figures[1])
    return found | set(words[:1])  # nothing comes before the first


def _micropython(program: str, text: str) -> str:
    done = subprocess.run([MICROPYTHON, "-c", program], input=text, capture_output=True, text=True, timeout=30)
    if done.returncode != 0:
        raise RuntimeError(done.stderr)
    return done.stdout


class Attributes:
    """`texts` maps 'firmware/app.py' to lean source. text(name) and table(text) are the same with shared names."""

    def __init__(self, texts: dict[str, str]) -> None:
        self.texts = texts
        self.trees = {name: ast.parse(text) for name, text in texts.items()}
        self.families = _families(list(self.trees.values()))
        self.names = self._shared(self._own())

    def text(self, name: str) -> str:
        """Source of one module."""
        tree, text = self.trees[name], self.texts[name]
        edits = [
            lean.name_span(node, self.names[word], text)
            for node, word in _attributes(tree)
            if word in self.names
        ]  # fmt: skip
        return lean.apply(text, edits)

    def table(self, text: str) -> str:
        """A flow's table: lines 'state.event handler', a handler being a method or a part's function."""
        rows = (line.rpartition(" ") for line in text.splitlines())
        return "".join("%s %s\n" % (key, self.names.get(word, word)) for key, _, word in rows)

    def _own(self) -> list[str]:
        """Attributes that only our classes have and only code names, most used first."""
        counts: dict[str, int] = {}
        for tree in self.trees.values():
            for _, word in _attributes(tree):
                counts[word] = counts.get(word, 0) + 1
        made = {word for family in self.families for word in family}
        told = {word for tree in self.trees.values() for word in _told(tree)} | _shim_words()
        words = [word for word in counts if word in made and word not in told and len(word) > SHORT]
        words = sorted(word for word in words if not word.startswith(("__", "see_")))
        theirs = known(["append", *words])
        return sorted(set(words) - theirs, key=lambda word: (-counts[word], word))

    def _shared(self, own: list[str]) -> dict[str, str]:
        said = {word for tree in self.trees.values() for word in _everything(tree)} | _shim_words()
        free = [name for name in free_names() if name not in said]
        taken: list[set[str]] = [set() for _ in self.families]
        names = {}
        for word in own:
            homes = [at for at, family in enumerate(self.families) if word in family]
            new = next((name for name in free if not any(name in taken[at] for at in homes)), word)
            for at in homes:
                taken[at].add(new)
            names[word] = new
        return names


def _families(trees: list[ast.Module]) -> list[set[str]]:
    """Attributes of each class together with those of the classes it is derived from or that are derived from it."""
    classes = {node.name: node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.ClassDef)}
    families: list[tuple[set[str], set[str]]] = []
    for name, node in classes.items():
        kin = {name} | {base.id for base in node.bases if isinstance(base, ast.Name) and base.id in classes}
        words = set(_made(node))
        for one in [family for family in families if family[0] & kin]:
            families.remove(one)
            kin, words = kin | one[0], words | one[1]
        families.append((kin, words))
    # put on an object of who knows which class, also where one class makes an attribute of that name itself
    everywhere = {word for tree in trees for word in _put_from_outside(tree)}
    return [words | everywhere for _, words in families]


def _made(node: ast.ClassDef) -> Iterator[str]:
    for part in node.body:
        if isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef):
            yield part.name
    for part in _stored(node):
        if _of_self(part):
            yield part.attr


def _put_from_outside(tree: ast.Module) -> Iterator[str]:
    return (node.attr for node in _stored(tree) if not _of_self(node))


def _of_self(node: ast.Attribute) -> bool:
    return isinstance(node.value, ast.Name) and node.value.id == "self"


def _stored(tree: ast.AST) -> Iterator[ast.Attribute]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store))


def _attributes(tree: ast.Module) -> Iterator[tuple[ast.AST, str]]:
    """Every place where an attribute or a method is named."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            yield node, node.attr
        elif isinstance(node, ast.ClassDef):
            for part in node.body:
                if isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef):
                    yield part, part.name


def _told(tree: ast.Module) -> Iterator[str]:
    """Names that more than an attribute's own place may mean: said in texts, defined by a module or a class body."""
    sentences = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in sentences:
            yield from re.findall(r"\w+", node.value)
        elif isinstance(node, ast.alias):
            yield node.asname or node.name
    bodies = [tree.body] + [node.body for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    for at, body in enumerate(bodies):
        for node in body:
            if isinstance(node, ast.ClassDef) or (at == 0 and isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)):
                yield node.name
            elif not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield from (part.id for part in ast.walk(node) if isinstance(part, ast.Name))


def _everything(tree: ast.Module) -> Iterator[str]:
    """Every name of any kind."""
    for node in ast.walk(tree):
        for field in ("id", "attr", "arg", "name", "asname"):
            word = getattr(node, field, None)
            if isinstance(word, str):
                yield from word.split(".")


@cache
def _shim_words() -> frozenset[str]:
    """What a board's modules have, as far as we use it: the shims of the host have all of that."""
    texts = [file.read_text(encoding="utf-8") for file in SHIMS.glob("*.py")]
    return frozenset(word for text in texts for word in re.findall(r"\w+", text))
