"""Renders docs/reference from the manifests."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click
from pydantic import BaseModel

from agenthub.host.catalog import load_all
from agenthub.host.foundation import SECTION, HostSettings
from agenthub.host.manifests import event_rows, service_rows
from agenthub.kit.service import Service
from agenthub.kit.settings import describe_model

_NOTE = "<!-- Rendered by `make docs`; change the source, not this page. -->"


def pages() -> dict[str, str]:
    """Every page by file name."""
    services = load_all()
    return {
        "services.md": _services(services),
        "events.md": _events(services),
        "settings.md": _settings(services),
    }


def write(folder: Path, rendered: Mapping[str, str]) -> None:
    """Put the pages into the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in rendered.items():
        (folder / name).write_text(text, encoding="utf-8")


def command_page(name: str, group: click.Group, exit_codes: Mapping[int, str]) -> str:
    """The command line: every command with its help, and what the exit codes mean."""
    context = click.Context(group, info_name=name)
    parts = [_heading("Command line"), "```text\n" + group.get_help(context) + "\n```"]
    for command_name in group.list_commands(context):
        command = group.get_command(context, command_name)
        if command is not None:
            parts += _command(command, command_name, context)
    codes = [{"code": code, "meaning": meaning} for code, meaning in exit_codes.items()]
    return _joined([*parts, "## Exit codes", _table(codes, ["code", "meaning"])])


def _command(command: click.Command, name: str, parent: click.Context) -> list[str]:
    context = click.Context(command, info_name=name, parent=parent)
    parts = [f"## {context.command_path}", "```text\n" + command.get_help(context) + "\n```"]
    if isinstance(command, click.Group):
        for inner_name, inner in command.commands.items():
            parts += _command(inner, inner_name, context)
    return parts


def _services(services: Sequence[Service]) -> str:
    parts = [_heading("Services")]
    for row in service_rows(services):
        lists = ["prefixes", "publishes", "hears", "calls", "tables", "jobs", "schedules"]
        lines = [f"- {part}: {', '.join(f'`{item}`' for item in row[part])}" for part in lists if row[part]]
        parts += [f"## {row['name']}", row["summary"], "\n".join([f"- port: {row['port']}", *lines])]
    return _joined(parts)


def _events(services: Sequence[Service]) -> str:
    parts = [_heading("Events")]
    for row in event_rows(services):
        facts = [
            f"- published by: {_names(row['publishers'])}",
            f"- heard by: {_names(row['subscribers'])}",
            f"- fields: {', '.join(f'`{field}`' for field in row['fields'])}",
            f"- in order per: `{row['ordered_by']}`",
        ]
        parts += [f"## {row['topic']}", row["says"], "\n".join(facts)]
    return _joined(parts)


def _settings(services: Sequence[Service]) -> str:
    intro = (
        "Set a field by its environment variable, or in `settings.toml` in the installation's folder under "
        "its section. `DATABASE_URL` and `REDIS_URL` are understood as well; `AGENTHUB_HOME` names the folder "
        "and `AGENTHUB_MASTER_KEY` gives the master key where it is not to lie there."
    )
    parts = [_heading("Settings"), intro]
    sections: dict[str, type[BaseModel]] = {SECTION: HostSettings}
    sections |= {service.name: service.settings for service in services}
    for section, model in sections.items():
        rows = [
            {
                "field": f"`{setting.name.partition('.')[2]}`",
                "variable": f"`{setting.variable}`",
                "kind": setting.kind,
                "default": f"`{setting.default!r}`",
                "bounds": setting.bounds,
                "meaning": setting.description,
            }
            for setting in describe_model(model, section)
        ]
        if rows:
            parts += [f"## {section}", _table(rows, list(rows[0]))]
    return _joined(parts)


def _table(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> str:
    lines = ["| " + " | ".join(columns) + " |", "|" + " --- |" * len(columns)]
    lines += ["| " + " | ".join(_cell(row[column]) for column in columns) + " |" for row in rows]
    return "\n".join(lines)


def _cell(value: Any) -> str:
    return str(value).replace("|", "\\|").replace("\n", " ")


def _names(names: Sequence[str]) -> str:
    return ", ".join(names) or "nobody yet"


def _heading(title: str) -> str:
    return f"{_NOTE}\n\n# {title}"


def _joined(parts: Sequence[str]) -> str:
    return "\n\n".join(parts) + "\n"
