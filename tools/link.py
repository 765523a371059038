"""Links what an app needs from its start into one module: each module's own tables cost a board half a kilobyte.

Modules come in the order in which they need one another. A name that two modules define gets a number in all but the
first; `from module import name` and `module.name` become the name itself; imports of the interpreter's own modules are
kept once. What is imported inside a function stays a module of its own, to be loaded and dropped when the app wants.
"""

import ast
from collections.abc import Iterator

ONE = "tapwell"  # name of the one module


class Linker:
    """`texts` maps 'firmware/app.py' to lean source; `entries` with all that they need at their top are linked."""

    def __init__(self, texts: dict[str, str], entries: tuple[str, ...]) -> None:
        self.files = {module_of(name): name for name in texts}
        self.trees = {module_of(name): ast.parse(text) for name, text in texts.items()}
        self.order: list[str] = []
        self.foreign: dict[str, None] = {}
        self.names: dict[tuple[str, str], str] = {}
        self._taken: set[str] = set()
        for entry in entries:
            self._visit(entry, ())
        self._reserve_foreign()
        for module in self.order:
            for word in _defined(self.trees[module]):
                self.names[module, word] = self._free(word)

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
        wanted = "from %s import %s\n" % (ONE, ", ".join(sorted(rewriter.used))) if rewriter.used else ""
        return wanted + ast.unparse(ast.fix_missing_locations(tree)) + "\n"

    def name(self, module: str, word: str) -> str:
        """What a name of a module is called in the one module."""
        return self.names.get((module, word), word)

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
        own = _defined(linker.trees[module]) if self.linked else []
        self.words = {word: linker.name(module, word) for word in own}
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
                self.words[word] = self.linker.name(*self._origin(str(node.module), alias.name))

    def _origin(self, module: str, word: str) -> tuple[str, str]:
        """Where a name that a module passes on was made."""
        for node in self.linker.trees[module].body:
            if isinstance(node, ast.ImportFrom) and node.module in self.linker.trees:
                for alias in node.names:
                    if (alias.asname or alias.name) == word:
                        return self._origin(str(node.module), alias.name)
        return module, word

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
            return ast.Name(self._use(self.linker.name(*self._origin(self.modules[value.id], node.attr))), node.ctx)
        return self.generic_visit(node)

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
        return id(node) in _methods(self.linker.trees[self.module])

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
            return word
        return self._use(self.words[word])

    def _use(self, name: str) -> str:
        self.used.add(name)
        return name


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
