"""Entry point of the command line: find the command, import only that, turn failures into exit codes.

0 success, 1 problems found: the work was not done, or only in part (or, with `--exit-code`, actions pending), 2 wrong
usage, 3 another run holds the lock, 4 done with too many rows or values left out, 5 committed but not shown. Machine
output goes to standard output, everything else to standard error.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

import click

from ..engine.version import VERSION
from .streams import drop, note, prepare_streams

COMMANDS: dict[str, str] = {
    "init": "Create a workspace, empty or with example accounts.",
    "import": "Bring an export of your accounts into a workspace.",
    "validate": "Show every problem in the workspace and its playbooks.",
    "fmt": "Write playbooks and settings in the canonical layout.",
    "preview": "Show what a run would do, and write nothing.",
    "diff": "Show what an edit changes, before it happens.",
    "simulate": "Look ahead over all accounts: actions, load and contacts by week.",
    "test": "Run the tests of the playbooks.",
    "run": "Evaluate the dates that are due, and issue their actions.",
    "deliver": "Hand what is due to the people who act on it.",
    "actions": "List the actions that were issued.",
    "done": "Record that actions were done.",
    "dismiss": "Record that actions are not going to be done.",
    "snooze": "Record that actions wait until a date.",
    "assign": "Assign actions to another person.",
    "reopen": "Take back that actions were done, dismissed or snoozed.",
    "hold": "Issue nothing for an account until a date.",
    "release": "Take back a hold.",
    "enrol": "Enrol an account in a playbook by hand.",
    "close": "End an account's enrolment in a playbook by hand.",
    "skip": "Leave out a step for an account.",
    "unskip": "Take back that a step is left out.",
    "explain": "Explain the state of an account.",
    "metrics": "Show what the programme achieved: retention of revenue and customers, reviews held.",
    "report": "Write a document about an account, a segment or all of them.",
    "describe": "Describe a playbook in plain sentences.",
    "graph": "Draw a playbook's states and transitions, in Mermaid.",
    "fields": "List the fields of an account, and where they come from.",
    "store": "Check, back up, move and restore the store.",
}
"""Each command with its line in `--help`; `NAME_command` of the module of its name, imported when it is called."""

MODULES = {
    "import": "import_file",
    **dict.fromkeys(("done", "dismiss", "snooze", "assign", "reopen"), "outcomes"),
    **dict.fromkeys(("hold", "release", "enrol", "close", "skip", "unskip"), "by_hand"),
}
"""The modules of commands whose names are words of Python, or that share one."""


@contextmanager
def rare_collection() -> Iterator[None]:
    """Collect cycles seldom: it costs a tenth of a short command and frees nothing.

    Afterwards it is as it was: the command may run in a process that goes on.
    """
    before = gc.get_threshold()
    gc.set_threshold(100_000, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


class Commands(click.Group):
    """A group that knows its commands' names and help, and imports each only to run it."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Return the commands in the order in which a new user needs them."""
        return list(COMMANDS)

    def get_command(
        self,
        ctx: click.Context,  # noqa: ARG002
        cmd_name: str,
    ) -> click.Command | None:
        """Return the command of that name, importing it now."""
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f".{MODULES.get(cmd_name, cmd_name)}", __package__)
        command: click.Command = getattr(module, f"{cmd_name}_command")
        return command

    def format_commands(
        self,
        ctx: click.Context,  # noqa: ARG002
        formatter: click.HelpFormatter,
    ) -> None:
        """Write the list of commands from `COMMANDS` alone."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def main(self, *args: Any, **extra: Any) -> Any:
        """Run the command with streams that take any character. A failure to print help also ends in an exit code."""
        prepare_streams()
        try:
            return super().main(*args, **extra)
        except OSError as error:
            # Only click itself writes outside `invoke`: help, the version, wrong usage.
            drop(sys.stdout)
            note(f"tenure: {error.strerror or error}\n")
            sys.exit(1)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command. Its failures become an exit code and a message."""
        try:
            with rare_collection():
                return super().invoke(ctx)
        except click.ClickException as error:
            from ..engine.text.printable import fit_lines

            # It may quote ids and names; click declares it final.
            vars(error)["message"] = fit_lines(error.message)
            raise
        except (click.exceptions.Exit, click.Abort, SystemExit, GeneratorExit):
            raise
        # Not `Exception`: libraries in Rust panic with an exception that is not a subclass of it.
        except BaseException as error:
            from .ending import end

            ctx.exit(end(error, ctx))


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(VERSION, message=f"tenure {VERSION}")
def main() -> None:
    """Evaluate YAML playbooks on account snapshots, and issue dated actions."""
