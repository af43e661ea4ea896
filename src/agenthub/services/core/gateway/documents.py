"""The OpenAPI documents of all services as one."""

from collections.abc import Mapping
from typing import Any

from agenthub import __version__

_REFERENCE = "#/components/schemas/"


def merge(documents: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """One document; operations are tagged with their service, schemas of one name but different content
    are told apart by it.
    """
    paths: dict[str, Any] = {}
    schemas: dict[str, Any] = {}
    for service, document in documents.items():
        own: Mapping[str, Any] = document.get("components", {}).get("schemas", {})
        renamed = {
            name: f"{service.title()}{name}"
            for name, schema in own.items()
            if name in schemas and schemas[name] != schema
        }
        schemas.update((renamed.get(name, name), _renamed(schema, renamed)) for name, schema in own.items())
        for path, item in document.get("paths", {}).items():
            paths[path] = _tagged(_renamed(item, renamed), service)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "AgentHub",
            "version": __version__,
            "description": "Every public route of every service. Errors are RFC 9457 problem details.",
        },
        "tags": [
            {"name": name, "description": document.get("info", {}).get("summary", "")}
            for name, document in documents.items()
            if document.get("paths")
        ],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
        },
    }


def _tagged(item: Mapping[str, Any], service: str) -> dict[str, Any]:
    return {method: _operation(operation, method, service) for method, operation in item.items()}


def _operation(operation: Any, method: str, service: str) -> Any:
    if not isinstance(operation, dict):
        return operation
    protection: list[dict[str, list[str]]] = [] if operation.get("x-access") == "public" else [{"bearer": []}]
    return {
        **operation,
        "operationId": f"{service}_{operation.get('operationId', method)}",
        "tags": [service],
        "security": protection,
    }


def _renamed(value: Any, names: Mapping[str, str]) -> Any:
    """The same tree with references led to the new names."""
    if not names:
        return value
    if isinstance(value, list):
        return [_renamed(inner, names) for inner in value]
    if not isinstance(value, dict):
        return value
    tree = {key: _renamed(inner, names) for key, inner in value.items()}
    reference = tree.get("$ref")
    if isinstance(reference, str) and reference.startswith(_REFERENCE):
        name = reference.removeprefix(_REFERENCE)
        tree["$ref"] = _REFERENCE + names.get(name, name)
    return tree
