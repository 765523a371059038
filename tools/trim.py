"""Takes out of a linked module what a board never runs: each name at its top costs the heap 16 bytes, a text 40.

host code    `if sys.implementation.name == "micropython":` is decided here, the branch of the servers is left out
constants    texts and tuples made once at the top stand where they are used
dead names   what nothing in the image uses any more goes, again and again, until all that is left is used
long words   a text of more than ten letters is an object of 40 bytes, unless the compiler knows it as a name before
class names  what every class notes of itself, two entries in its table, nobody asks for
tables       a function that only a table at the top names goes from the module's own table once that is made:
             kept small until then, the table of all names takes its next step, of a thousand bytes, later or never
"""

import ast
import re
from keyword import iskeyword

INTERNED = 10  # letters of a text that becomes a name by itself (MICROPY_ALLOC_PARSE_INTERN_STRING_LEN)
ASKED = r"(config\.app|app\.kind|app) [!=]= ['\"](reader|pos|pump)['\"]"  # which app is it? by whoever makes its parts
HOST = 'sys.implementation.name == "micropython"'


def trim(text: str, kept: set[str]) -> str:
    """Source of the one module without what nobody needs; `kept` are the names that others take from it."""
    tree = ast.parse(text)
    _decide(tree)
    _inline(tree)
    while _prune(tree, kept):
        pass
    _let_go(tree, kept)
    return ast.unparse(ast.fix_missing_locations(tree)) + "\n"


def interned(text: str) -> str:
    """The same source, behind a line that never runs and names every text that may be a name: 11 bytes each, not 40."""
    nodes = list(ast.walk(ast.parse(text)))
    texts = {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    words = sorted(word for word in texts if len(word) > INTERNED and word.isidentifier() and not iskeyword(word))
    return "if 0:\n    %s = 0\n%s" % (" = ".join(words), text) if words else text


def decided(text: str, app: str) -> str:
    """The same source, in which it is known which app this is: what others of them need alone goes, with its names."""
    if not re.search(ASKED, text):
        return text
    return ast.unparse(ast.fix_missing_locations(_Decided(app).visit(ast.parse(text)))) + "\n"


class _Decided(ast.NodeTransformer):
    def __init__(self, app: str) -> None:
        self.app = app

    def visit_If(self, node: ast.If):
        self.generic_visit(node)
        if not re.fullmatch(ASKED, ast.unparse(node.test)):
            return node
        test = node.test
        assert isinstance(test, ast.Compare) and isinstance(test.comparators[0], ast.Constant)
        same = test.comparators[0].value == self.app
        return (node.body if same == isinstance(test.ops[0], ast.Eq) else node.orelse) or ast.Pass()

    def visit_FunctionDef(self, node: ast.FunctionDef):
        self.generic_visit(node)
        ends = [at for at, line in enumerate(node.body) if isinstance(line, ast.Return)]
        node.body = node.body[: ends[0] + 1] if ends else node.body
        return node


def unnamed(text: str) -> str:
    """The same source, in which no class keeps `__module__` and `__qualname__`."""
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and any(isinstance(part, _FUNCTIONS) for part in node.body):
            node.body.insert(0, ast.parse("del __module__, __qualname__").body[0])
    return ast.unparse(ast.fix_missing_locations(tree)) + "\n"


_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def _decide(tree: ast.Module) -> None:
    wanted = ast.dump(ast.parse(HOST, mode="eval").body)
    body: list[ast.stmt] = []
    for node in tree.body:
        known = isinstance(node, ast.If) and ast.dump(node.test) == wanted
        body += node.body if known and isinstance(node, ast.If) else [node]
    tree.body = body


def _inline(tree: ast.Module) -> None:
    nodes = list(ast.walk(tree))
    stored = [node.id for node in nodes if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load)]
    loaded = [node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)]
    taken = {node.arg for node in nodes if isinstance(node, ast.arg)}
    values: dict[str, ast.expr] = {}
    for node in tree.body:
        name = _made_by(node)
        if name and isinstance(node, ast.Assign) and stored.count(name) == 1 and name not in taken:
            value = _Inlined(values).visit(node.value)
            if _is_text(value) or (_is_constant(value) and loaded.count(name) == 1):
                values[name] = value
    _Inlined(values).visit(tree)


class _Inlined(ast.NodeTransformer):
    def __init__(self, values: dict[str, ast.expr]) -> None:
        self.values = values

    def visit_Name(self, node: ast.Name):
        return self.values.get(node.id, node) if isinstance(node.ctx, ast.Load) else node


def _prune(tree: ast.Module, kept: set[str]) -> bool:
    """Whether anything went."""
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)} | kept
    body = [node for node in tree.body if (name := _made_by(node)) is None or name in used or name in ("", "_")]
    gone = len(body) < len(tree.body)
    tree.body = body
    return gone


def _let_go(tree: ast.Module, kept: set[str]) -> None:
    """`del` behind the last table that names a function which no function or class names."""
    inner = {name for node in tree.body if isinstance(node, (*_FUNCTIONS, ast.ClassDef)) for name in _loaded(node)}
    made = {node.name for node in tree.body if isinstance(node, _FUNCTIONS)} - inner - kept
    body: list[ast.stmt] = []
    for node in reversed(tree.body):
        last = sorted(made & _loaded(node))
        made -= set(last)
        if last:
            body.append(ast.Delete([ast.Name(name, ast.Del()) for name in last]))
        body.append(node)
    tree.body = body[::-1]


def _loaded(node: ast.stmt) -> set[str]:
    return {part.id for part in ast.walk(node) if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Load)}


def _made_by(node: ast.stmt) -> str | None:
    """The one name that a statement at the top makes; None for anything that may do more than that."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return node.name
    if isinstance(node, ast.Import | ast.ImportFrom) and len(node.names) == 1:
        return (node.names[0].asname or node.names[0].name).split(".")[0]
    if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
        return node.targets[0].id
    return None


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str | bytes)


def _is_constant(node: ast.expr) -> bool:
    if isinstance(node, ast.Tuple):
        return all(_is_constant(item) for item in node.elts)
    return isinstance(node, ast.Constant)
