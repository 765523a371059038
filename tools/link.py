"""Links what an app needs from its start into one module: each module's own tables cost a board half a kilobyte.

Modules come in the order in which they need one another. What they define at their top is called like attributes that
exist anyway, since each name costs the heap 11 bytes, and the pool of names that holds the 621st costs 7 KB; so are the
handlers of a flow's parts, here and in the flow's table. `from module import name` and `module.name` become the name
itself; imports of the interpreter's own modules are kept once. What is imported inside a function stays a module of its
own, to be loaded and dropped when the app wants.
"""

import ast
import builtins
from collections.abc import Iterator

ONE = "tapwell"  # name of the one module
KEEP = {"main"}  # called by name from outside
FLOWS = "firmware.flows."  # handlers of these modules are called by the names in a flow's table


class Linker:
    """`texts` maps 'firmware/app.py' to lean source; `entries` with all that they need at their top are linked.

    free: names that the interpreter has anyway (share.free_names), for when those of the attributes are used up.
    """

    def __init__(self, texts: dict[str, str], entries: tuple[str, ...], free: tuple[str, ...] = ()) -> None:
        self._more = free
        self.files = {module_of(name): name for name in texts}
        self.trees = {module_of(name): ast.parse(text) for name, text in texts.items()}
        self.order: list[str] = []
        self.foreign: dict[str, None] = {}
        self.names: dict[tuple[str, str], str] = {}
        self.wanted: set[str] = set()  # what modules that stay apart take from the one module
        self._taken: set[str] = set()
        self._passed = dict(self._passed_on())
        for entry in entries:
            self._visit(entry, ())
        self._reserve_foreign()
        self._methods = {word for module in self.order for word in _said(self.trees[module])}
        kept = KEEP | {word for tree in self.trees.values() for word in _read_in_classes(tree)}
        borrowed = iter(self._borrowed())
        for module in self.order:
            for word in _defined(self.trees[module]):
                new = word if word in kept else next(borrowed, word)
                self.names[module, word] = self._free(new)
        self.handlers = self._name_loose([word for word in borrowed if word not in self._taken])

    def link(self) -> str:
        """Source of the one module."""
        bodies = []
        for module in self.order:
            tree = _Rewriter(self, module).visit(self.trees[module])
            bodies.append(ast.unparse(ast.fix_missing_locations(tree)))
        return "\n".join(list(self.foreign) + bodies) + "\n"

    def loose(self) -> dict[str, str]:
        """File -> source of what stays apart, its imports led to the one module. Packages without code are left out."""
        return {self.files[m]: self._led(m) for m in self.trees if m not in self.order and self.trees[m].body}

    def _led(self, module: str) -> str:
        rewriter = _Rewriter(self, module)
        tree = rewriter.visit(self.trees[module])
        self.wanted |= rewriter.used
        wanted = "from %s import %s\n" % (ONE, ", ".join(sorted(rewriter.used))) if rewriter.used else ""
        return wanted + ast.unparse(ast.fix_missing_locations(tree)) + "\n"

    def name(self, module: str, word: str) -> str:
        """What a name of a module is called in the one module."""
        return self.names.get((module, word), word)

    def origin(self, module: str, word: str) -> tuple[str, str]:
        """Where a name that a module passes on was made."""
        while (module, word) in self._passed:
            module, word = self._passed[module, word]
        return module, word

    def _passed_on(self) -> Iterator[tuple]:
        # noted before anything is rewritten: a module's own imports are gone then
        for module, tree in self.trees.items():
            for node in tree.body:
                if isinstance(node, ast.ImportFrom) and node.module in self.trees:
                    for alias in node.names:
                        yield (module, alias.asname or alias.name), (node.module, alias.name)

    def _visit(self, module: str, above: tuple) -> None:
        if module in self.order:
            return
        if module in above:
            raise ValueError("modules import one another in a circle: " + " ".join(above))
        for needed in self._needs(module):
            self._visit(needed, (*above, module))
        self.order.append(module)

    def _needs(self, module: str) -> Iterator[str]:
        # What is imported inside a function is needed only when that runs, but a base class must come before.
        for node in self.trees[module].body:
            if isinstance(node, ast.ImportFrom) and node.module:
                if node.module in self.trees:
                    yield node.module
                for alias in node.names:
                    if node.module + "." + alias.name in self.trees:
                        yield node.module + "." + alias.name

    def _name_loose(self, borrowed: list[str]) -> dict[str, str]:
        """Borrowed names for what modules that stay apart define: handler -> name, the same in each part of a flow."""
        loose = [module for module in self.trees if module not in self.order]
        defined = {module: _defined(self.trees[module]) for module in loose}
        keep = self._imported() | {word for tree in self.trees.values() for word in _read_in_classes(tree)}
        in_flows = {word for module in self.trees if module.startswith(FLOWS) for word in _said(self.trees[module])}
        free = [word for word in borrowed if word not in in_flows]
        handlers: dict[str, str] = {}
        for word in sorted({word for words in defined.values() for word in words}):
            homes = [module for module in loose if word in defined[module]]
            if word in keep or word.startswith("see_") or not all(home.startswith(FLOWS) for home in homes):
                continue
            if word in self._methods:
                continue
            taken = {self.names.get((home, other)) for home in homes for other in defined[home]}
            new = next((name for name in free if name not in taken), word)
            self.names.update({(home, word): new for home in homes})
            handlers[word] = new
        return handlers

    def _imported(self) -> set[str]:
        """Names that one of our modules takes from another by an import."""
        nodes = [node for tree in self.trees.values() for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
        return {alias.name for node in nodes if self.ours(node) for alias in node.names}

    def table(self, text: str) -> str:
        """A flow's table with the names that its handlers have in this image."""
        return "".join(self._row(line) for line in text.splitlines(keepends=True))

    def _row(self, line: str) -> str:
        key, space, handler = line.rstrip("\n").partition(" ")
        part, dot, word = handler.rpartition(".")
        known = not key.startswith("part.") and word in self.handlers
        return key + space + part + dot + (self.handlers[word] if known else word) + "\n"

    def _borrowed(self) -> list[str]:
        """Names that cost nothing, since attributes are called so anyway and no variable, argument or import is."""
        nodes = [node for tree in self.trees.values() for node in ast.walk(tree)]
        imported = [alias for node in nodes if isinstance(node, _IMPORTS) for alias in node.names]
        made = [node for node in nodes if isinstance(node, ast.ClassDef | ast.ExceptHandler)]
        variables = {node.id for node in nodes if isinstance(node, ast.Name)}
        variables |= {node.arg for node in nodes if isinstance(node, ast.arg)} | set(dir(builtins)) | KEEP
        variables |= {node.name for node in made if node.name} | {alias.asname or alias.name for alias in imported}
        # what a module that stays apart makes keeps its name, beside what it takes from the one module
        apart = [m for m in self.trees if m not in self.order and not m.startswith(FLOWS)]
        variables |= {word for module in apart for word in _defined(self.trees[module])}
        attributes = {node.attr for node in nodes if isinstance(node, ast.Attribute)} - variables
        more = [word for word in self._more if word not in attributes and word not in variables]
        return sorted(attributes, key=_by_length) + more

    def _free(self, word: str) -> str:
        name, number = word, 1
        while name in self._taken:
            number += 1
            name = "%s%d" % (word, number)
        self._taken.add(name)
        return name

    def _reserve_foreign(self) -> None:
        for tree in self.trees.values():
            for node in ast.walk(tree):
                if isinstance(node, ast.Import):
                    self._taken |= {alias.asname or alias.name.split(".")[0] for alias in node.names}
                elif isinstance(node, ast.ImportFrom) and node.module not in self.trees and not self.ours(node):
                    self._taken |= {alias.asname or alias.name for alias in node.names}

    def ours(self, node: ast.ImportFrom) -> bool:
        """Whether an import names our own code, in the image or not."""
        return str(node.module).split(".")[0] in ("firmware", "protocol")


class _Rewriter(ast.NodeTransformer):
    """One module's tree with the names of the one module."""

    def __init__(self, linker: Linker, module: str) -> None:
        self.linker = linker
        self.module = module
        self.linked = module in linker.order
        self.methods = _methods(linker.trees[module])
        own = _defined(linker.trees[module]) if self.linked else []
        self.words = {word: linker.name(module, word) for word in own}
        self.apart = {} if self.linked else {w: n for (m, w), n in linker.names.items() if m == module}
        self.used: set[str] = set()
        self.modules: dict[str, str] = {}
        self.locals: list[set[str]] = []
        for node in ast.walk(linker.trees[module]):
            if isinstance(node, ast.ImportFrom) and linker.ours(node):
                self._learn(node)

    def _learn(self, node: ast.ImportFrom) -> None:
        for alias in node.names:
            whole, word = "%s.%s" % (node.module, alias.name), alias.asname or alias.name
            if whole in self.linker.order:
                self.modules[word] = whole
            elif whole in self.linker.trees:
                continue  # a module that stays apart
            elif node.module in self.linker.order:
                self.words[word] = self.linker.name(*self.linker.origin(str(node.module), alias.name))

    def visit_Import(self, node: ast.Import):
        return self._hoisted(node)

    def visit_ImportFrom(self, node: ast.ImportFrom):
        if self.linker.ours(node):
            apart = [a for a in node.names if not self._is_linked(str(node.module), a.name)]
            return ast.ImportFrom(node.module, apart, 0) if apart else ast.Pass()
        return self._hoisted(node)

    def _is_linked(self, module: str, word: str) -> bool:
        if module + "." + word in self.linker.trees:
            return module + "." + word in self.linker.order
        return module in self.linker.order

    def _hoisted(self, node: ast.Import | ast.ImportFrom):
        # An import inside a try may fail, and one inside a function may wait: both stay where they are.
        if not self.linked or node not in self.linker.trees[self.module].body:
            return node
        for alias in node.names:
            whole = ast.Import([alias]) if isinstance(node, ast.Import) else ast.ImportFrom(node.module, [alias], 0)
            self.linker.foreign[ast.unparse(whole)] = None
        return None

    def visit_FunctionDef(self, node):
        return self._function(node)

    def visit_AsyncFunctionDef(self, node):
        return self._function(node)

    def visit_Lambda(self, node):
        return self._function(node)

    def visit_ListComp(self, node):
        return self._scope(node, _stored(node))

    def visit_GeneratorExp(self, node):
        return self._scope(node, _stored(node))

    def visit_DictComp(self, node):
        return self._scope(node, _stored(node))

    def visit_SetComp(self, node):
        return self._scope(node, _stored(node))

    def visit_ClassDef(self, node):
        node.name = self._word(node.name) if not self.locals else node.name
        return self.generic_visit(node)

    def visit_Name(self, node):
        node.id = self._word(node.id)
        if node.id == "__file__" and self.linked:
            path = self.linker.files[self.module]
            return ast.parse("((__file__.rpartition('/')[0] or '.') + '/%s')" % path, mode="eval").body
        return node

    def visit_Attribute(self, node):
        value = node.value
        if isinstance(value, ast.Name) and value.id in self.modules and not self._is_local(value.id):
            made = self.linker.origin(self.modules[value.id], node.attr)
            return ast.Name(self._use(self.linker.name(*made)), node.ctx)
        self.generic_visit(node)
        if isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute) and value.func.attr == "part":
            node.attr = self.linker.handlers.get(node.attr, node.attr)  # pos.part("selling").scan
        return node

    def _function(self, node):
        if not isinstance(node, ast.Lambda):
            for part in (*node.args.defaults, *node.args.kw_defaults):
                if part is not None:
                    self.visit(part)
            if not self._in_class(node):
                node.name = self._word(node.name)
            node.returns = None
        for argument in _arguments(node.args):
            argument.annotation = None
        local = {argument.arg for argument in _arguments(node.args)} | _stored(node)
        return self._scope(node, local)

    def _in_class(self, node) -> bool:
        return id(node) in self.methods

    def _scope(self, node, local: set[str]):
        self.locals.append(local)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            node.body = [new for statement in node.body if (new := self.visit(statement)) is not None]
        else:
            node = self.generic_visit(node)
        self.locals.pop()
        return node

    def _is_local(self, word: str) -> bool:
        return any(word in scope for scope in self.locals)

    def _word(self, word: str) -> str:
        if self._is_local(word) or word not in self.words:
            return word if self._is_local(word) else self.apart.get(word, word)
        return self._use(self.words[word])

    def _use(self, name: str) -> str:
        self.used.add(name)
        return name


def _said(tree: ast.Module) -> set[str]:
    """Methods and attributes that a module makes or names."""
    nodes = list(ast.walk(tree))
    named = {node.attr for node in nodes if isinstance(node, ast.Attribute)}
    methods = _methods(tree)
    return named | {word for node in nodes if id(node) in methods for word in [getattr(node, "name", "")]}


_IMPORTS = (ast.Import, ast.ImportFrom)


def _by_length(word: str) -> tuple:
    return len(word), word


def _read_in_classes(tree: ast.Module) -> Iterator[str]:
    """Names read while a class is being made, where its own names come first."""
    for made in ast.walk(tree):
        if isinstance(made, ast.ClassDef):
            for node in made.body:
                inner = node.args.defaults if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) else [node]
                yield from (part.id for one in inner for part in ast.walk(one) if isinstance(part, ast.Name))


def module_of(name: str) -> str:
    """'firmware/net/link.py' -> 'firmware.net.link'; a package by its own name."""
    return name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def _arguments(arguments: ast.arguments) -> list[ast.arg]:
    extra = [one for one in (arguments.vararg, arguments.kwarg) if one is not None]
    return [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, *extra]


def _stored(scope: ast.AST) -> set[str]:
    """Names that a function binds itself. An import of our own inside a function binds nothing: it is linked."""
    found = set()
    for node in ast.walk(scope):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
        elif isinstance(node, ast.ExceptHandler) and node.name:
            found.add(node.name)
        elif isinstance(node, ast.Global):
            raise ValueError("a global statement cannot be linked: " + ", ".join(node.names))
    return found


def _defined(tree: ast.Module) -> list[str]:
    """Names that a module makes at its top, also within if and try."""
    found: dict[str, None] = {}
    for node in _top(tree.body):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found[node.name] = None
        elif isinstance(node, ast.Assign | ast.AugAssign | ast.For):
            found.update(dict.fromkeys(_stored_here(node)))
    return list(found)


def _stored_here(node: ast.AST) -> list[str]:
    return [part.id for part in ast.walk(node) if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)]


def _top(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    for node in body:
        yield node
        if isinstance(node, ast.If | ast.Try | ast.For):
            for part in (node.body, node.orelse, getattr(node, "finalbody", [])):
                yield from _top(part)
            for handler in getattr(node, "handlers", []):
                yield from _top(handler.body)


def _methods(tree: ast.Module) -> set[int]:
    return {
        id(method)
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
        for method in node.body
        if isinstance(method, ast.FunctionDef | ast.AsyncFunctionDef)
    }
