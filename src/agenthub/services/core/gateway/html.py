"""Pages without scripts and without third parties: what runs, and what can be asked."""

import base64
import hashlib
from collections.abc import Mapping
from html import escape
from typing import Any

_STYLE = """
:root { color-scheme: light dark; }
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 60rem; margin: 0 auto; padding: 2rem 1rem; }
code { font: .9em ui-monospace, monospace; overflow-wrap: anywhere; }
li { margin: .35rem 0; }
.method { display: inline-block; min-width: 4.5rem; font-weight: 600; }
.access { opacity: .75; }
"""
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
CONTENT_SECURITY_POLICY = (
    f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
_METHODS = ("get", "post", "put", "patch", "delete")
_ACCESS = {"public": "anyone", "signed-in": "anyone signed in"}


def landing_page(routes: Mapping[str, str]) -> str:
    """What runs here and where to go."""
    prefixes: dict[str, list[str]] = {}
    for prefix, service in routes.items():
        prefixes.setdefault(service, []).append(prefix)
    services = "".join(
        f"<li><strong>{escape(service)}</strong> {_codes(mine)}</li>" for service, mine in prefixes.items()
    )
    return _page(
        "AgentHub",
        "<p>AgentHub is running.</p><h2>Go to</h2>"
        '<ul><li><a href="/docs">What the API offers</a> (<a href="/openapi.json">as OpenAPI</a>)</li>'
        '<li><a href="/health?deep=1">How every service is</a></li></ul>'
        "<h2>On the command line</h2>"
        "<ul><li><code>agenthub chat</code> talks to your agent</li>"
        "<li><code>agenthub kb add FILE</code> gives it something to know</li></ul>"
        f"<h2>What runs</h2><ul>{services}</ul>",
    )


def api_page(document: Mapping[str, Any]) -> str:
    """Every operation, by service."""
    sections = [_section(tag, document["paths"]) for tag in document["tags"]]
    return _page(
        "AgentHub API",
        "<p>The same as <a href='/openapi.json'>OpenAPI</a>. Send a token as "
        f"<code>Authorization: Bearer TOKEN</code>.</p>{''.join(sections)}",
    )


def _section(tag: Mapping[str, str], paths: Mapping[str, Any]) -> str:
    lines = [
        _line(method, path, item[method])
        for path, item in paths.items()
        for method in _METHODS
        if method in item and item[method]["tags"] == [tag["name"]]
    ]
    return f"<h2>{escape(tag['name'])}</h2><p>{escape(tag['description'])}</p><ul>{''.join(lines)}</ul>"


def _line(method: str, path: str, operation: Mapping[str, Any]) -> str:
    rule = str(operation.get("x-access", ""))
    access = _ACCESS.get(rule, f"needs {rule}")
    return (
        f'<li><code><span class="method">{method.upper()}</span> {escape(path)}</code> '
        f'{escape(str(operation.get("summary", "")))} <span class="access">({escape(access)})</span></li>'
    )


def _codes(texts: list[str]) -> str:
    return " ".join(f"<code>{escape(text)}</code>" for text in texts)


def _page(title: str, body: str) -> str:
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head>"
        f"<body><main><h1>{escape(title)}</h1>{body}</main></body></html>"
    )
