"""Makes source lean before it is compiled for a board, since a board's heap holds every name, number and function.

    messages    protocol/messages.py: the table becomes messages.txt in flash, a line a message, without its sentences
    constants   `NAME = 15` at the top of a module is written where it is used, in every module of the image
    dead code   functions and methods of our own that nothing in the image names are left out
    errors      say their reason code alone: a sentence beside it costs 40 bytes each
    names       what begins with an underscore and is one module's own becomes _a, _b, ..., the same few in every
                module; parameters that nobody passes by name become a, b, ...: each name kept costs 25 bytes
Lines stay where they are, so that a trace from a board names the lines of the source.
"""

import ast
from collections.abc import Iterable

# what looks functions up by names put together at run time, or is read by people and tests through such names
DYNAMIC = ("firmware/flows/", "firmware/ui/", "firmware/text/")
# read by name through getattr or by MicroPython itself
KEEP = {"main"}


class Image:
    """All modules of one image at once: `sources` maps 'protocol/mqtt.py' to its text; lean(name) is its lean text."""

    def __init__(self, sources: dict[str, str]) -> None:
        self.texts = {name: _special(name, text) for name, text in sources.items()}
        self.trees = {name: ast.parse(text) for name, text in self.texts.items()}
        self.constants = {name: _constants(tree) for name, tree in self.trees.items()}
        self._pass_on()
        self.named = self._named()
        self._keywords = {word.arg for tree in self.trees.values() for word in _keywords(tree)}
        self._shared = self._shared_privates()

    def lean(self, name: str) -> str:
        """Source of one module for mpy-cross."""
        edits = list(_brief(self.trees[name])) + list(self._inlined(name)) + list(self._dead(name))
        text = apply(self.texts[name], edits)
        return apply(text, list(self._renamed(ast.parse(text), text)))

    def _pass_on(self) -> None:
        """A module that imports a constant has it too, for those who import it from there."""
        for tree_name, tree in self.trees.items():
            for node in tree.body:
                if isinstance(node, ast.ImportFrom) and node.module:
                    source = self.constants.get(node.module.replace(".", "/") + ".py", {})
                    for alias in node.names:
                        if alias.name in source:
                            self.constants[tree_name][alias.asname or alias.name] = source[alias.name]

    # ---- names

    def _shared_privates(self) -> set[str]:
        """Private names that a module uses without making them, or that a text may name: they stay everywhere."""
        borrowed: set[str] = set()
        for name, tree in self.trees.items():
            used = {word for node in ast.walk(tree) for word in _privates(node)}
            # Flows inherit from one another across modules, so what they use may be made anywhere.
            borrowed |= used if name.startswith(DYNAMIC) else used - set(_defined_privates(tree))
        return borrowed | {text for tree in self.trees.values() for node in ast.walk(tree) for text in _text(node)}

    def _renamed(self, tree: ast.Module, text: str) -> Iterable[tuple]:
        own = [word for word in _defined_privates(tree) if word not in self._shared]
        names = {word: "_" + letters(at) for at, word in enumerate(own)}
        parameters: dict[int, str] = {}
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                self._parameters(node, parameters)
        for node in ast.walk(tree):
            if id(node) in parameters and isinstance(node, ast.arg | ast.Name):
                yield name_span(node, parameters[id(node)], text)
            else:
                for word in _privates(node):
                    if word in names:
                        yield name_span(node, names[word], text)

    def _parameters(self, function: ast.FunctionDef | ast.AsyncFunctionDef, renamed: dict[int, str]) -> None:
        """Notes new names for this function's parameters and for every place in its body where they stand."""
        inner = [node for node in ast.walk(function) if isinstance(node, _SCOPES) and node is not function]
        nested = any(isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) for node in inner)
        if nested or function.args.kwonlyargs or function.args.kwarg or function.args.vararg:
            return
        used = {node.id for node in ast.walk(function) if isinstance(node, ast.Name)}
        used |= {node.arg for node in ast.walk(function) if isinstance(node, ast.arg)}
        used |= {renamed[id(node)] for node in ast.walk(function) if id(node) in renamed}  # of the function around it
        fixed = self._keywords | {word for scope in inner for word in _bound(scope)} | {"self"}
        free = (letter for letter in "abcdefghijklmnopqrstuvwxyz" if letter not in used)
        new = {}
        for argument in function.args.args:
            if argument.arg not in fixed and len(argument.arg) > 1:
                new[argument.arg] = next(free)
                renamed[id(argument)] = new[argument.arg]
        for statement in function.body:
            for node in ast.walk(statement):
                if isinstance(node, ast.Name) and node.id in new:
                    renamed[id(node)] = new[node.id]

    # ---- constants

    def _inlined(self, name: str) -> Iterable[tuple]:
        tree = self.trees[name]
        here = dict(self.constants[name])
        modules: dict[str, dict] = {}
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.module:
                yield from self._import(node, here, modules)
        for node in ast.walk(tree):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in here:
                yield _span(node, here[node.id])
            elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                constants = modules.get(node.value.id, {})
                if node.attr in constants and isinstance(node.ctx, ast.Load):
                    yield _span(node, constants[node.attr])
        for node in tree.body:
            pairs = _pairs(node)
            if pairs and all(word in self.constants[name] for word, _ in pairs):
                yield _span(node, "pass" if len(tree.body) == 1 else "")

    def _import(self, node: ast.ImportFrom, here: dict, modules: dict) -> Iterable[tuple]:
        """Names that become numbers need no import; a whole module imported is noted under its name."""
        constants = self.constants.get(str(node.module).replace(".", "/") + ".py", {})
        kept = []
        for alias in node.names:
            whole = "%s/%s.py" % (str(node.module).replace(".", "/"), alias.name)
            if whole in self.constants:
                modules[alias.asname or alias.name] = self.constants[whole]
            if alias.name in constants:
                here[alias.asname or alias.name] = constants[alias.name]
            else:
                kept.append(alias.name + (" as " + alias.asname if alias.asname else ""))
        if not kept:
            yield _span(node, "pass" if node.col_offset else "")
        elif len(kept) < len(node.names):
            yield _span(node, "from %s import %s" % (node.module, ", ".join(kept)))

    # ---- dead code

    def _named(self) -> dict[str, int]:
        """How often each name is used anywhere in the image, and every text, since texts may name methods."""
        counts: dict[str, int] = {}
        for tree in self.trees.values():
            for node in ast.walk(tree):
                for word in _words(node):
                    counts[word] = counts.get(word, 0) + 1
        return counts

    def _dead(self, name: str) -> Iterable[tuple]:
        if name.startswith(DYNAMIC):
            return
        tree = self.trees[name]
        for body in [tree.body] + [node.body for node in tree.body if isinstance(node, ast.ClassDef)]:
            for node in body:
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and self._unused(node):
                    yield _span(node, "pass")

    def _unused(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
        if node.name.startswith("__") or node.name in KEEP or node.decorator_list:
            return False
        return not self.named.get(node.name)


_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ListComp, ast.DictComp, ast.SetComp, ast.GeneratorExp)


def _bound(scope: ast.AST) -> Iterable[str]:
    """Names that a function, lambda or comprehension within another makes."""
    nodes = list(ast.walk(scope))
    yield from (node.arg for node in nodes if isinstance(node, ast.arg))
    yield from (node.id for node in nodes if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load))


def _brief(tree: ast.Module) -> Iterable[tuple]:
    """`raise Theirs("malformed", "what exactly")` without what exactly."""
    for node in ast.walk(tree):
        call = node.exc if isinstance(node, ast.Raise) else None
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") in ("Ours", "Theirs") and len(call.args) > 1:
            kept, last = call.args[0], call.args[-1]
            yield kept.end_lineno, kept.end_col_offset, last.end_lineno, last.end_col_offset, ""


def letters(number: int) -> str:
    """a..z, aa, ab, ..."""
    return (letters(number // 26 - 1) if number >= 26 else "") + chr(97 + number % 26)


def _keywords(tree: ast.Module) -> list[ast.keyword]:
    return [word for node in ast.walk(tree) if isinstance(node, ast.Call) for word in node.keywords if word.arg]


def _text(node: ast.AST) -> list[str]:
    return [node.value] if isinstance(node, ast.Constant) and isinstance(node.value, str) else []


def _privates(node: ast.AST) -> list[str]:
    """Names at this node that begin with one underscore."""
    word = getattr(node, "name", None) if isinstance(node, _NAMED) else None
    word = node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else word
    if isinstance(node, ast.alias):
        word = node.name
    return [word] if word and word.startswith("_") and not word.startswith("__") and len(word) > 1 else []


_NAMED = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def _defined_privates(tree: ast.Module) -> list[str]:
    """Private names that this module itself makes, most used first; a local one is no name of the heap's."""
    made = set()
    counts: dict[str, int] = {}
    for node in ast.walk(tree):
        for word in _privates(node):
            counts[word] = counts.get(word, 0) + 1
            if isinstance(node, _NAMED) or isinstance(getattr(node, "ctx", None), ast.Store):
                made.add(word)
    return sorted(made, key=lambda word: (-counts[word], word))


def name_span(node: ast.AST, new: str, text: str) -> tuple:
    """Where the name itself stands within this node."""
    if isinstance(node, ast.Attribute):
        old = len(node.attr.encode())
        line, end = node.end_lineno or node.lineno, node.end_col_offset or 0  # the parser always tells its ends
        return line, end - old, line, end, new
    if isinstance(node, ast.arg):
        return node.lineno, node.col_offset, node.lineno, node.col_offset + len(node.arg.encode()), new
    if isinstance(node, _NAMED):
        start = text.split("\n")[node.lineno - 1].encode().index(node.name.encode(), node.col_offset)
        return node.lineno, start, node.lineno, start + len(node.name.encode()), new
    return _span(node, new)


def _words(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Name):
        return [node.id]
    if isinstance(node, ast.Attribute):
        return [node.attr]
    if isinstance(node, ast.alias):
        return [node.name]
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [node.value]
    return []


def _constants(tree: ast.Module) -> dict[str, str]:
    """name -> literal of numbers set once at the top of a module, alone or side by side, worked out where need be."""
    found: dict[str, str] = {}
    stores = [node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)]
    arguments = {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    for node in tree.body:
        for name, value in _pairs(node):
            number = _number(value, found)
            if number is not None and stores.count(name) == 1 and name not in arguments:
                found[name] = repr(number)
    return found


def _pairs(node: ast.stmt) -> list[tuple[str, ast.expr]]:
    """(NAME, value) of an assignment to upper-case names; none when it is anything else."""
    if not isinstance(node, ast.Assign) or len(node.targets) != 1:
        return []
    target, value = node.targets[0], node.value
    if isinstance(target, ast.Name) and target.id.isupper():
        return [(target.id, value)]
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple) and len(target.elts) == len(value.elts):
        pairs = [(getattr(name, "id", ""), each) for name, each in zip(target.elts, value.elts, strict=True)]
        return pairs if all(name.isupper() for name, _ in pairs) else []
    return []


def _number(node: ast.expr, known: dict[str, str]) -> int | None:
    """The whole number that an expression of numbers and known constants is, if it is one."""
    if not all(isinstance(part, _ARITHMETIC) for part in ast.walk(node)):
        return None
    names = [part.id for part in ast.walk(node) if isinstance(part, ast.Name)]
    if any(name not in known for name in names):
        return None
    value = eval(ast.unparse(node), {"__builtins__": {}}, {name: int(known[name]) for name in names})  # our own source
    return value if type(value) is int else None


_ARITHMETIC = (ast.Constant, ast.Name, ast.BinOp, ast.UnaryOp, ast.operator, ast.unaryop, ast.expr_context)


def _span(node: ast.AST, text: str) -> tuple:
    return node.lineno, node.col_offset, node.end_lineno, node.end_col_offset, text  # type: ignore[attr-defined]


def apply(text: str, edits: list[tuple]) -> str:
    """The text with each span replaced; columns count UTF-8 bytes, lines are kept by padding with line ends."""
    lines = [line.encode() for line in text.split("\n")]
    inside = set()
    done = []
    for edit in sorted(edits, key=lambda edit: (edit[0], edit[1], -edit[2], -edit[3])):
        if any(outer[:2] <= edit[:2] and edit[2:4] <= outer[2:4] for outer in done[-40:]):
            continue
        done.append(edit)
        inside.add(edit[:4])
    for first, start, last, end, new in reversed(done):
        tail = lines[last - 1][end:]
        lines[first - 1] = lines[first - 1][:start] + new.encode() + (tail if first == last else b"")
        for at in range(first, last):
            lines[at] = b""
        if first != last:
            lines[last - 1] = tail if tail.strip() else b""
    return b"\n".join(lines).decode()


def _special(name: str, text: str) -> str:
    if name == "protocol/messages.py":
        return _messages(text)
    if name == "protocol/errors.py":
        return _without_reasons(text)
    if name == "protocol/sale.py":
        rows = ("%s.%s %s %s" % (*key, step[0], " ".join(step[1])) for key, step in _table(text)["SALE"].items())
        return _steps(text, "SALE", rows, 'tuple(%s.split(" ", 1))')
    if name == "firmware/flows/pump_nozzle.py":
        rows = ("%s.%s %s" % (*key, after) for key, after in _table(text)["NOZZLE"].items())
        return _steps(text, "NOZZLE", rows, "%s")
    return text


# Looks a table's steps up where they lie in flash: one text; a sale's effects are words in it.
LOOK = """def look(state, event):
    wanted = "\\n%%s.%%s " %% (state, event)
    at = STEPS.find(wanted) + len(wanted)
    return %s if at >= len(wanted) else None
STEPS = %r"""


def _steps(text: str, name: str, rows: Iterable[str], found: str) -> str:
    """The table of this name as a text, and look() that reads it."""
    look = LOOK % (found % 'STEPS[at : STEPS.find("\\n", at)]', "\n" + "\n".join(rows) + "\n")
    edits = []
    for node in ast.parse(text).body:
        if getattr(_target(node), "id", "") == name:
            edits.append(_span(node, ""))
        elif getattr(node, "name", "") == "look":
            edits.append(_span(node, look))
    return apply(text, edits)


def _target(node: ast.stmt) -> ast.expr | None:
    return node.targets[0] if isinstance(node, ast.Assign) else None


def _without_reasons(text: str) -> str:
    for node in ast.parse(text).body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "REASONS":
            return apply(text, [_span(node, "")])
    return text


def _messages(text: str) -> str:
    """The module with a table that is read from flash; STRUCTS, asked for with each field, stay in memory."""
    table = _table(text)
    structs = {name: _joined(fields) for name, fields in table["STRUCTS"].items()}
    edits = []
    for node in ast.parse(text).body:
        name = getattr(node.targets[0], "id", "") if isinstance(node, ast.Assign) else ""
        if name == "MESSAGES":
            edits.append(_span(node, FLASHED))
        elif name == "STRUCTS":
            edits.append(_span(node, "STRUCTS = " + repr(structs)))
        elif name.startswith("_"):
            edits.append(_span(node, ""))
    return apply(text, edits)


def messages_file(text: str) -> str:
    """messages.txt: 'name sender answer,answer field;field' by name, from the source of protocol/messages.py."""
    rows = _table(text)["MESSAGES"]
    lines = ["%s %s %s %s\n" % (n, rows[n][0], ",".join(rows[n][1]), _joined(rows[n][2])) for n in sorted(rows)]
    return "".join(lines)


def _table(text: str) -> dict:
    values: dict = {}
    exec(compile(text, "messages", "exec"), values)  # our own source, the same that is compiled
    return values


# Stands for the table in an image; the last row looked up is kept, since a frame asks for its own several times.
FLASHED = """from firmware.text.lines import Lines
class Flashed:
    def __init__(self, path):
        self.lines = Lines(path)
        self.name = self.row = None
    def __contains__(self, name):
        return self[name] is not None
    def __getitem__(self, name):
        if name != self.name:
            row = self.lines.get(name)
            if row is not None:
                sender, answers, fields = row.split(" ", 2)
                row = sender, answers.split(","), fields
            self.name, self.row = name, row
        return self.row
MESSAGES = Flashed(__file__.rpartition("/")[0] + "/messages.txt")"""


def _joined(fields: tuple) -> str:
    return ";".join(field.partition(" | ")[0] for field in fields)
