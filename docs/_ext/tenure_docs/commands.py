"""Write a page for each command, with its subcommands if it is a group, out of click's own description of it."""

from __future__ import annotations

import click
from tenure.cli import exit_codes
from tenure.cli.main import COMMANDS, main

from .markdown import code, contents, fence, sentence, table

FOLDER = "reference/commands"
WIDTH = 88


def command_pages() -> dict[str, str]:
    """Return the index and one page for each command."""
    pages = {f"{FOLDER}/{name}.md": _page(name) for name in COMMANDS}
    rows = [(f"[`tenure {name}`]({name}.md)", about) for name, about in COMMANDS.items()]
    index = (
        "# Command line\n\n"
        + table(("command", "meaning"), rows)
        + "\n`tenure --help` lists the commands, `tenure COMMAND --help` the options of one.\n"
        "Machine output goes to standard output, everything else to standard error.\n\n"
        + _exit_codes()
        + "\n"
        + contents(COMMANDS, "hidden:")
    )
    return {f"{FOLDER}/index.md": index, **pages}


def _exit_codes() -> str:
    rows = [
        (0, "Success."),
        (
            exit_codes.PROBLEMS,
            "Problems: nothing was done, or not all that should be. "
            "With `--exit-code`, pending actions.",
        ),
        (click.UsageError.exit_code, "Wrong usage."),
        (exit_codes.LOCKED, "Another run is in progress. The message names it."),
        (
            exit_codes.LEFT_OUT,
            "Done, with more rows or values left out than the workspace tolerates.",
        ),
        (exit_codes.NOT_SHOWN, "Every date is committed, but the result could not be shown."),
    ]
    return "## Exit codes\n\n" + table(("exit code", "meaning"), rows)


def _page(name: str) -> str:
    parent = click.Context(main, info_name="tenure")
    command = main.get_command(parent, name)
    if command is None:
        raise LookupError(name)
    return "\n".join(command_sections(command, name, parent, "#"))


def command_sections(
    command: click.Command, name: str, parent: click.Context, level: str
) -> list[str]:
    """Return a command's sections; those of its subcommands follow, one level lower."""
    context = click.Context(
        command, info_name=name, parent=parent, max_content_width=WIDTH, terminal_width=WIDTH
    )
    options = [row for p in command.get_params(context) if (row := _option(p, context))]
    about = (command.help or "").replace("\f", "")
    parts = [
        f"{level} {context.command_path}\n",
        "\n\n".join(" ".join(part.split()) for part in about.split("\n\n")) + "\n",
        fence(context.get_usage()),
        f"{level}# Options\n",
        table(("option", "meaning"), options),
        f"{level}# Help text\n",
        fence(context.get_help()),
    ]
    if isinstance(command, click.Group):
        for inner in command.list_commands(context):
            found = command.get_command(context, inner)
            if found is not None:
                parts += command_sections(found, inner, context, f"{level}#")
    return parts


def _option(parameter: click.Parameter, context: click.Context) -> tuple[str, str] | None:
    record = parameter.get_help_record(context)
    if record is None:
        return None
    written, about = record
    return code(" ".join(written.split())), sentence(about) if about else "—"
