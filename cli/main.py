"""The command line's entry: finds the command, imports only that, turns failures into exit codes.

0 fine, 1 problems found (or, with `--exit-code`, actions pending), 2 wrong usage, 3 another run
holds the lock. Machine output goes to standard output, everything else to standard error.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import Any

import click

from ..engine.version import VERSION

COMMANDS: dict[str, str] = {
    "init": "Lay out a workspace that runs at once.",
    "validate": "Show every problem in the workspace and its playbooks.",
    "preview": "Show what a run would do, and write nothing.",
    "run": "Evaluate the dates that are due, and issue their actions.",
    "actions": "List the actions that were issued.",
    "explain": "Say where an account stands, and why.",
    "metrics": "Say what the programme achieved: revenue kept, customers kept, reviews held.",
    "report": "Write a document about an account, a segment or all of them.",
    "graph": "Draw a playbook's states and transitions, in Mermaid.",
    "fields": "List the fields of an account, and where they come from.",
}
"""Each command with its line in `--help`; its module is imported when it is called."""

PROBLEMS = 1
LOCKED = 3
INTERRUPTED = 130
BROKEN_PIPE = 141
"""What a shell reports for a program that SIGINT or SIGPIPE ended."""

HOME = "the issues of the project that you got Tenure from"


class Commands(click.Group):
    """A group that knows its commands' names and help, and imports each only to run it."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """In the order in which a new user meets them."""
        return list(COMMANDS)

    def get_command(
        self,
        ctx: click.Context,  # noqa: ARG002
        cmd_name: str,
    ) -> click.Command | None:
        """The command of that name, imported now."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f".{cmd_name}", __package__).command
        return command

    def format_commands(
        self,
        ctx: click.Context,  # noqa: ARG002
        formatter: click.HelpFormatter,
    ) -> None:
        """The list of commands, out of `COMMANDS` alone."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def invoke(self, ctx: click.Context) -> Any:
        """Runs the command; its failures leave as an exit code and a message."""
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except BrokenPipeError:
            _drop_output()
            ctx.exit(BROKEN_PIPE)
        except KeyboardInterrupt:
            click.echo("tenure: interrupted; nothing was written that was not whole", err=True)
            ctx.exit(INTERRUPTED)
        except Exception as error:
            ctx.exit(_explain(error))


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(VERSION, message=f"tenure {VERSION}")
def main() -> None:
    """Tenure: YAML playbooks and account snapshots in, dated actions out."""


def _drop_output() -> None:
    """Nobody reads any more: what is still buffered must not fail again at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _refused(error: OSError) -> str:
    """What the system refuses, without its number: `notes/x.md: its folder does not exist`."""
    if error.filename is None or error.strerror is None:
        return str(error)
    return f"{error.filename}: {error.strerror[:1].lower()}{error.strerror[1:]}"


def _explain(error: Exception) -> int:
    """Says what went wrong on standard error; the exit code for it."""
    if os.environ.get("TENURE_DEBUG") == "1":
        import traceback

        traceback.print_exception(error)
    from ..engine.text.problem import Problems

    if isinstance(error, Problems):
        from .project import report

        report(error.problems)
        return PROBLEMS
    if type(error).__name__ == "Locked":
        click.echo(f"tenure: {error}", err=True)
        return LOCKED
    if isinstance(error, OSError):
        click.echo(f"tenure: {_refused(error)}", err=True)
        return PROBLEMS
    click.echo(
        f"tenure: an error of Tenure's own, {type(error).__name__}: {error}\n"
        f"Nothing was written that is not whole. Please report it to {HOME},\n"
        "with what you ran; TENURE_DEBUG=1 shows where it came from.",
        err=True,
    )
    return PROBLEMS
