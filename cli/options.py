"""Options that commands share, and the only place that reads the clock."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from ..engine.core.date_texts import days_after, iso_date

if TYPE_CHECKING:
    from ..engine.workspace.settings import WorkspaceSettings

Command = TypeVar("Command", bound=Callable[..., Any])


def read_on(_ctx: click.Context, _param: click.Parameter, value: str | None) -> dt.date | None:
    """Return an option's date; anything else is wrong usage."""
    if value is None:
        return None
    day = iso_date(value)
    if day is None:
        from ..engine.text.written_values import date_hint

        hint = date_hint(value) or "write it as 2026-03-02"
        raise click.BadParameter(f"{value!r} is not a date; {hint}.")
    return day


def strip_option(_ctx: click.Context, _param: click.Parameter, value: str | None) -> str | None:
    """Return an option's text without the spaces around it; None where nothing is left."""
    return (value or "").strip() or None


def read_until(
    _ctx: click.Context, _param: click.Parameter, value: str | None
) -> dt.date | dt.timedelta | None:
    """Return an option's date, or its number of days from another date; anything else is wrong usage."""
    if value is None:
        return None
    days = days_after(value)
    until = iso_date(value) if days is None else days
    if until is None:
        message = f"{value!r} is neither a date nor days; write 2026-03-02 or +30d."
        raise click.BadParameter(message)
    return until


def until_option(help: str) -> Callable[[Command], Command]:
    """Add `--until DATE|+DAYSd`, which the command gets as a date or a number of days; None if it is not given."""
    return click.option("--until", metavar="DATE|+DAYSd", callback=read_until, help=help)


def last_day(
    first: dt.date, until: dt.date | dt.timedelta | None, default: dt.timedelta
) -> dt.date:
    """Return the day that `--until` names, counted from the first one; wrong usage if it is before that."""
    # Not `or`: `+0d` is the first day alone.
    until = default if until is None else until
    last = first + until if isinstance(until, dt.timedelta) else until
    if last < first:
        raise click.BadParameter(f"{last} is before {first}.", param_hint="--until")
    return last


def forced_reason(_ctx: click.Context, _param: click.Parameter, value: str | None) -> str:
    """Return an option's reason, empty without the option; a reason that is empty is wrong usage."""
    reason = (value or "").strip()
    if value is not None and not reason:
        raise click.BadParameter('the reason is empty; write why, such as "new accounts imported".')
    return reason


def read_language(_ctx: click.Context, _param: click.Parameter, value: str | None) -> str | None:
    """Return the catalogue's language that serves an option's; wrong usage if none does."""
    if value is None:
        return None
    from ..engine.text.translations import shipped

    found = shipped().match(value)
    if found is None:
        known = ", ".join(shipped().languages())
        raise click.BadParameter(f"{value!r} is not one of the languages {known}.")
    return found


def today(workspace: WorkspaceSettings) -> dt.date:
    """Return the current date in the workspace's time zone."""
    from zoneinfo import ZoneInfo

    return dt.datetime.now(ZoneInfo(workspace.time_zone)).date()


def workspace_option(command: Command) -> Command:
    """Add `--workspace DIR`, which the command gets as `root`."""
    return click.option(
        "--workspace",
        "root",
        type=click.Path(exists=True, file_okay=False, path_type=Path),
        default=Path(),
        help="The workspace's folder.  [default: this one]",
    )(command)


def on_option(command: Command) -> Command:
    """Add `--on DATE`; None if it is not given."""
    return click.option(
        "--on",
        metavar="DATE",
        callback=read_on,
        help="The date.  [default: today in the workspace's time zone]",
    )(command)


def happened_option(command: Command) -> Command:
    """Add `--on DATE`, the date on which something happened, which the command gets as `happened`."""
    return click.option(
        "--on",
        "happened",
        metavar="DATE",
        callback=read_on,
        help="The date on which it happened.  [default: today]",
    )(command)


OWNER_VARIABLE = "TENURE_OWNER"
"""The environment variable with the user's name, as the snapshot writes it."""


def by_option(command: Command) -> Command:
    """Add `--by NAME`, the person who did it; None if it is not given."""
    return click.option(
        "--by",
        metavar="NAME",
        envvar=OWNER_VARIABLE,
        callback=strip_option,
        help=f"The person who did it.  [env: {OWNER_VARIABLE}]",
    )(command)


def today_option(command: Command) -> Command:
    """Add `--today DATE`, which the command gets as `now`; the only place where a test replaces the clock."""
    return click.option(
        "--today",
        "now",
        metavar="DATE",
        callback=read_on,
        envvar="TENURE_TODAY",
        help="The current date, for trials and tests.  [default: the clock's; env: TENURE_TODAY]",
    )(command)


def everybody_option(command: Command) -> Command:
    """Add `--everybody` to a command that evaluates several dates."""
    return click.option(
        "--everybody",
        is_flag=True,
        help="Evaluate every account on every date, also those to which nothing can happen.",
    )(command)


def format_option(formats: Sequence[str]) -> Callable[[Command], Command]:
    """Add `--format`, which the command gets as `form`; the first format is the default."""
    return click.option(
        "--format",
        "form",
        type=click.Choice(list(formats)),
        default=formats[0],
        show_default=True,
        help="How to write the result.",
    )
