"""The commands there are, and how each failure leaves the process."""

import difflib
import sys
from importlib import import_module
from typing import Any

import click

from agenthub import __version__
from agenthub.cli.exits import EXIT_CODES, FAILED, INTERRUPTED, USAGE, exit_code
from agenthub.kit.errors import Problem

# Where a command is, and its line in the help: the modules behind are heavy.
COMMANDS: dict[str, tuple[str, str]] = {
    "up": ("agenthub.cli.up:up", "Run every service in one process."),
    "serve": ("agenthub.cli.up:serve", "Run one service alone."),
    "login": ("agenthub.cli.login:login", "Sign in at an installation."),
    "chat": ("agenthub.cli.chat:chat", "Talk with an agent."),
    "kb": ("agenthub.cli.kb:kb", "Give agents something to know, and ask it."),
    "services": ("agenthub.cli.listings:services", "List the services."),
    "events": ("agenthub.cli.listings:events", "List the events, who publishes and who hears them."),
    "settings": ("agenthub.cli.listings:settings", "List the settings in force."),
    "migrate": ("agenthub.cli.migrate:migrate", "Bring databases to a version."),
    "doctor": ("agenthub.cli.doctor:doctor", "Check the configuration and what runs."),
    "new": ("agenthub.cli.new:new", "Add a service to the source."),
    "backup": ("agenthub.cli.backup:backup", "Write the installation into one archive."),
    "restore": ("agenthub.cli.backup:restore", "Bring an archive back into an empty folder."),
}
_EPILOG = "Exit codes: " + ", ".join(f"{code} {meaning}" for code, meaning in EXIT_CODES.items()) + "."


class LazyGroup(click.Group):
    """Imports a command when it is called, and names the nearest to a mistyped one."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  click's signature
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  click's signature
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name][0].partition(":")
        command: click.Command = getattr(import_module(module), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002  click's signature
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        if args and args[0] not in COMMANDS:
            near = difflib.get_close_matches(args[0], COMMANDS, n=1)
            hint = f"Did you mean {near[0]!r}?" if near else "See agenthub --help."
            raise click.UsageError(f"There is no command {args[0]!r}. {hint}", ctx)
        return super().resolve_command(ctx, args)


@click.group(cls=LazyGroup, epilog=_EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="agenthub")
def agenthub() -> None:
    """AI agents that answer your customers from your own documents."""


def main() -> None:
    """Run the command line; data on stdout, messages on stderr, the outcome as exit code."""
    sys.exit(_run())


def _run() -> int:
    try:
        # Without click's own end, `ctx.exit` gives its code back here.
        outcome = agenthub.main(prog_name="agenthub", standalone_mode=False)
    except click.UsageError as problem:
        problem.show()
        return USAGE
    except click.ClickException as problem:
        problem.show()
        return FAILED
    except (click.Abort, KeyboardInterrupt):
        return INTERRUPTED
    except Problem as problem:
        click.echo(f"agenthub: {problem.detail}", err=True)
        return exit_code(problem)
    except BrokenPipeError:
        # Whoever read us has left; closing stderr keeps the interpreter from saying so.
        sys.stderr.close()
        return FAILED
    return outcome if isinstance(outcome, int) else 0
