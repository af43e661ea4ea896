"""Finds a provider's class by its kind; third parties add theirs as an entry point."""

from collections.abc import Mapping
from importlib.metadata import entry_points
from pkgutil import resolve_name

from agenthub.kit.errors import Misconfigured
from agenthub.services.intelligence.llm.providers.port import Provider

ENTRY_POINT_GROUP = "agenthub.llm_providers"
_HOME = "agenthub.services.intelligence.llm.providers"
SHIPPED: Mapping[str, str] = {
    "builtin": f"{_HOME}.builtin.provider:BuiltinProvider",
    "echo": f"{_HOME}.echo:EchoProvider",
    "openai": f"{_HOME}.openai_compatible:OpenAICompatibleProvider",
    "openai_compatible": f"{_HOME}.openai_compatible:OpenAICompatibleProvider",
}


def kinds() -> tuple[str, ...]:
    """Every kind that can be configured, shipped and installed, sorted."""
    return tuple(sorted({*SHIPPED, *entry_points(group=ENTRY_POINT_GROUP).names}))


def provider_class(kind: str) -> type[Provider]:
    """The class behind a kind, imported only now; a shipped kind cannot be replaced from outside."""
    if kind in SHIPPED:
        found = resolve_name(SHIPPED[kind])
    else:
        installed = entry_points(group=ENTRY_POINT_GROUP, name=kind)
        if not installed:
            raise Misconfigured(
                f"There is no model provider of kind {kind!r}; choose one of {', '.join(kinds())}."
            )
        found = next(iter(installed)).load()
    if not (isinstance(found, type) and issubclass(found, Provider)):
        raise Misconfigured(f"The provider kind {kind!r} does not name a subclass of Provider.")
    return found
