"""Statements compiled once: SQL text, the order of its parameters, and how columns are decoded."""

import weakref
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar, cast

from sqlalchemy import ClauseElement, Delete, Dialect, Float, Insert, Select, Update
from sqlalchemy.sql.base import Executable
from sqlalchemy.sql.compiler import SQLCompiler

from agenthub.kit.db.scope import PARAMETER, refuse_what_cannot_be_scoped, scoped

Processor = Callable[[Any], Any] | None
R = TypeVar("R")


class Compiled:
    """One statement, ready for a driver."""

    __slots__ = ("_binds", "_builders", "_defaults", "_names", "_processors", "columns", "needs_scope", "sql")

    def __init__(self, statement: Executable, dialect: Dialect, names: Sequence[str] | None) -> None:
        keys = list(names) if names is not None else None
        element = cast("ClauseElement", statement)
        compiled = cast("SQLCompiler", element.compile(dialect=dialect, column_keys=keys))
        required = {name for name, bind in compiled.binds.items() if bind.required}
        if compiled.post_compile_params:
            raise TypeError("spell IN as one_of (fixed values) or any_of (a parameter): it is compiled once")
        self.sql = str(compiled)
        self._names = tuple(compiled.positiontup or ())
        self._defaults = {name: value for name, value in compiled.params.items() if name not in required}
        kinds = {name: bind.type.dialect_impl(dialect) for name, bind in compiled.binds.items()}
        self._binds: list[Processor] = [
            kinds[name].bind_processor(dialect) if name in kinds else None for name in self._names
        ]
        self.needs_scope = PARAMETER in self._names
        columns = _columns(statement)
        self.columns = tuple(name for name, _ in columns)
        self._processors: list[Processor] = [_decoder(kind, dialect) for _, kind in columns]
        self._builders: dict[type[Any], Callable[[Sequence[Sequence[Any]]], list[Any]]] = {}

    def arguments(self, given: Mapping[str, Any]) -> list[Any]:
        """The driver's positional parameters; the statement's own values stand in for absent ones."""
        defaults = self._defaults
        values = [given[name] if name in given else defaults[name] for name in self._names]
        return [
            value if convert is None or value is None else convert(value)
            for value, convert in zip(values, self._binds, strict=True)
        ]

    def build(self, rows: Sequence[Sequence[Any]], into: type[R]) -> list[R]:
        """Rows as `into`, each column as its Python value in the field of its name."""
        builder = self._builders.get(into)
        if builder is None:
            builder = self._builders[into] = self._builder(into)
        found: list[R] = builder(rows)
        return found

    def first(self, value: Any) -> Any:
        """A value of the first column as its Python value."""
        convert = self._processors[0]
        return value if convert is None or value is None else convert(value)

    def _builder(self, into: type[Any]) -> Callable[[Sequence[Sequence[Any]]], list[Any]]:
        # Written out once per statement and type, as dataclasses are: half the cost of a dict for each row.
        cells = [f"c{index}" for index in range(len(self.columns))]
        given = [
            f"{name}={cell}" if convert is None else f"{name}=None if {cell} is None else d[{index}]({cell})"
            for index, (name, cell, convert) in enumerate(
                zip(self.columns, cells, self._processors, strict=True)
            )
        ]
        code = f"lambda rows: [into({', '.join(given)}) for {', '.join(cells)}, in rows]"
        names = {"into": into, "d": self._processors}
        return cast("Callable[..., list[Any]]", eval(code, names))  # noqa: S307  names of columns, no input


def _decoder(kind: Any, dialect: Dialect) -> Processor:
    # Both drivers give floats as they are; asyncpg's dialect would ask for the server's own type number.
    if isinstance(kind, Float):
        return None
    decode: Processor = kind.dialect_impl(dialect).result_processor(dialect, None)
    return decode


def _columns(statement: Executable) -> list[tuple[str, Any]]:
    if isinstance(statement, Select | Insert | Update | Delete):
        return [(str(key), column.type) for key, column in statement.exported_columns.items()]
    selected = getattr(statement, "selected_columns", None)
    return [] if selected is None else [(key, column.type) for key, column in selected.items()]


class Compiler:
    """Compiles for one dialect; a statement kept by its module is compiled once in its life."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self._known: weakref.WeakKeyDictionary[Executable, dict[Any, Compiled]] = weakref.WeakKeyDictionary()

    def of(self, statement: Executable, *, narrow: bool, names: tuple[str, ...] | None = None) -> Compiled:
        """The compiled form, narrowed to one organization unless the caller reads across them."""
        forms = self._known.get(statement)
        if forms is None:
            forms = self._known[statement] = {}
        form = forms.get((narrow, names))
        if form is None:
            if not narrow:
                refuse_what_cannot_be_scoped(statement)
            target = scoped(statement) if narrow else statement
            form = forms[narrow, names] = Compiled(target, self._dialect, names)
        return form
