"""The product's own source, as files and syntax trees."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import agenthub

ROOT = Path(agenthub.__file__).parent


@dataclass(frozen=True)
class Source:
    path: Path
    text: str
    tree: ast.Module

    @property
    def name(self) -> str:
        """Its path below the package, as errors show it."""
        return str(self.path.relative_to(ROOT))

    @property
    def lines(self) -> int:
        return len(self.text.splitlines())

    @property
    def code_lines(self) -> int:
        """Lines that hold code: without blank ones, comments and docstrings."""
        docstrings = {
            line
            for node in ast.walk(self.tree)
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
            if isinstance(node.value.value, str)
            for line in range(node.lineno, (node.end_lineno or node.lineno) + 1)
        }
        code = {
            number
            for number, line in enumerate(self.text.splitlines(), 1)
            if line.strip() and not line.strip().startswith("#")
        }
        return len(code - docstrings)

    @property
    def is_migration(self) -> bool:
        return "migrations" in self.path.parts

    def functions(self) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
        for node in ast.walk(self.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield node

    def imports(self) -> Iterator[tuple[str, str]]:
        """Each imported module, with the name taken from it (empty for the module itself)."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from ((alias.name, "") for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module:
                yield from ((node.module, alias.name) for alias in node.names)

    def dotted_names(self, *, called: bool = False) -> Iterator[str]:
        """Every `a.b.c` that is written out, or only those that are called.

        Imported names are led back to where they come from.
        """
        origins = {
            alias.asname or alias.name: f"{node.module}.{alias.name}"
            for node in ast.walk(self.tree)
            if isinstance(node, ast.ImportFrom) and node.module
            for alias in node.names
        } | {
            alias.asname: alias.name
            for node in ast.walk(self.tree)
            if isinstance(node, ast.Import)
            for alias in node.names
            if alias.asname
        }
        nodes = ast.walk(self.tree)
        chosen = (node.func for node in nodes if isinstance(node, ast.Call)) if called else nodes
        for node in chosen:
            if isinstance(node, ast.Attribute | ast.Name):
                first, _, rest = ast.unparse(node).partition(".")
                yield ".".join(filter(None, (origins.get(first, first), rest)))


@cache
def sources(part: str = "") -> tuple[Source, ...]:
    """Every file of the package, or of one folder of it."""
    return tuple(
        Source(path, text, ast.parse(text))
        for path in sorted((ROOT / part).rglob("*.py"))
        if (text := path.read_text(encoding="utf-8")) is not None
    )
