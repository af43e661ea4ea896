from importlib.metadata import EntryPoint, EntryPoints

import pytest

from agenthub.kit.errors import Misconfigured
from agenthub.services.intelligence.llm.providers import registry
from agenthub.services.intelligence.llm.providers.echo import EchoProvider
from agenthub.services.intelligence.llm.providers.port import Provider


@pytest.mark.parametrize("kind", registry.SHIPPED)
def test_every_shipped_kind_is_a_provider(kind: str) -> None:
    assert issubclass(registry.provider_class(kind), Provider)


def test_an_unknown_kind_is_answered_with_those_there_are() -> None:
    with pytest.raises(Misconfigured, match="builtin, echo, openai, openai_compatible"):
        registry.provider_class("nobody")


def _installed(*entries: EntryPoint) -> object:
    points = EntryPoints(entries)
    return points.select


def test_an_installed_kind_is_found_and_cannot_replace_a_shipped_one(monkeypatch: pytest.MonkeyPatch) -> None:
    other = f"{registry._HOME}.echo:EchoProvider"
    entries = [EntryPoint(name, other, registry.ENTRY_POINT_GROUP) for name in ("acme", "builtin")]
    monkeypatch.setattr(registry, "entry_points", _installed(*entries))
    assert "acme" in registry.kinds()
    assert registry.provider_class("acme") is EchoProvider
    assert registry.provider_class("builtin") is not EchoProvider


def test_an_installed_kind_that_is_no_provider_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    entry = EntryPoint("acme", "json:loads", registry.ENTRY_POINT_GROUP)
    monkeypatch.setattr(registry, "entry_points", _installed(entry))
    with pytest.raises(Misconfigured, match="acme"):
        registry.provider_class("acme")
