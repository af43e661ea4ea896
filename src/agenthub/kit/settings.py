"""Settings: described, bounded fields, from the environment, then a file, then their defaults."""

import difflib
import os
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from agenthub.kit.errors import Misconfigured

PREFIX = "AGENTHUB_"
M = TypeVar("M", bound=BaseModel)
_SIGNS = {
    "ge": "≥",
    "gt": ">",
    "le": "≤",
    "lt": "<",
    "min_length": "length ≥",
    "max_length": "length ≤",
    "pattern": "like",
}


@dataclass(frozen=True)
class Source:
    """Where settings come from: the environment, and a TOML file with one table for each section."""

    environment: Mapping[str, str]
    file: Mapping[str, Any]
    file_name: str = "settings.toml"


def read_source(home: Path | None, environment: Mapping[str, str] | None = None) -> Source:
    """The process's environment and `settings.toml` in the home folder."""
    path = home / "settings.toml" if home else None
    content: Mapping[str, Any] = {}
    if path is not None and path.is_file():
        try:
            content = tomllib.loads(path.read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
            raise Misconfigured(f"{path} is not valid TOML ({problem}); mend or remove it") from problem
        except OSError as problem:
            raise Misconfigured(
                f"{path} cannot be read ({problem.strerror}); check its permissions"
            ) from problem
    return Source(
        dict(os.environ) if environment is None else environment, content, str(path or "settings.toml")
    )


def variable(section: str, field: str) -> str:
    """The environment variable of a field: `AGENTHUB_KNOWLEDGE_CHUNK_TOKENS`."""
    return f"{PREFIX}{section}_{field}".upper()


def load(model: type[M], section: str, source: Source) -> M:
    """The section's settings; Misconfigured names the field, what is wrong and where it was set."""
    table = source.file.get(section, {})
    if not isinstance(table, Mapping):
        raise Misconfigured(f"[{section}] in {source.file_name} must be a table")
    for name in table:
        if name not in model.model_fields:
            raise Misconfigured(
                f"{section}.{name} in {source.file_name} is unknown{_near(name, model.model_fields)}"
            )
    given = dict(table)
    for field in model.model_fields:
        if (value := source.environment.get(variable(section, field))) is not None:
            given[field] = value
    try:
        return model.model_validate(given)
    except ValidationError as problem:
        error = problem.errors()[0]
        field = str(error["loc"][0]) if error["loc"] else section
        where = (
            variable(section, field) if variable(section, field) in source.environment else source.file_name
        )
        raise Misconfigured(f"{section}.{field} (set in {where}): {error['msg']}") from problem


def refuse_unknown(source: Source, sections: Mapping[str, type[BaseModel]], also: frozenset[str]) -> None:
    """Raise Misconfigured for a table or variable that nobody reads: it is most likely a typing error."""
    known = {variable(section, field) for section, model in sections.items() for field in model.model_fields}
    for name in source.environment:
        if name.startswith(PREFIX) and name not in known | also:
            raise Misconfigured(f"the environment variable {name} is unknown{_near(name, known | also)}")
    for section in source.file:
        if section not in sections:
            raise Misconfigured(f"[{section}] in {source.file_name} is unknown{_near(section, sections)}")


@dataclass(frozen=True)
class Described:
    """One setting as `agenthub settings` prints it."""

    name: str
    variable: str
    value: Any
    default: Any
    kind: str
    bounds: str
    description: str


def describe(model: BaseModel, section: str) -> Iterator[Described]:
    """Every field of a section with its value in force."""
    return _described(type(model), section, lambda name, _default: getattr(model, name))


def describe_model(model: type[BaseModel], section: str) -> Iterator[Described]:
    """Every field of a section with its default in place of a value."""
    return _described(model, section, lambda _name, default: default)


def _described(
    model: type[BaseModel], section: str, value_of: Callable[[str, Any], Any]
) -> Iterator[Described]:
    for name, field in model.model_fields.items():
        default = field.get_default(call_default_factory=True)
        yield Described(
            name=f"{section}.{name}",
            variable=variable(section, name),
            value=value_of(name, default),
            default=default,
            kind=str(getattr(field.annotation, "__name__", field.annotation)),
            bounds=", ".join(filter(None, map(_bound, field.metadata))),
            description=field.description or "",
        )


def _bound(rule: Any) -> str:
    return ", ".join(
        f"{sign} {limit}" for name, sign in _SIGNS.items() if (limit := getattr(rule, name, None)) is not None
    )


def _near(name: str, known: Any) -> str:
    close = difflib.get_close_matches(name, list(known), n=1)
    return f"; did you mean {close[0]}?" if close else "; remove it"
