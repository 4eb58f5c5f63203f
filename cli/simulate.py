"""`tenure simulate`: look ahead over all accounts, in memory."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..engine.core.date_texts import days_after, iso_date
from .handover import hand_over
from .options import (
    format_option,
    last_day,
    on_option,
    today,
    today_option,
    until_option,
    workspace_option,
)
from .output import write_output
from .run_output import WorkResult, with_progress
from .workspaces import exit_with, open_project, report_problems

if TYPE_CHECKING:
    from ..engine.foresight.assumptions import Assumptions
    from ..engine.foresight.simulation_text import Simulation
    from ..engine.project.loading import Project
    from ..engine.runs.stages import Progress

SIMULATE_FORMATS = ("table", "json", "csv", "markdown", "html")
MOST_RUNS = 1000
YEAR_AHEAD = dt.timedelta(days=365)


def read_back(
    _ctx: click.Context, _param: click.Parameter, value: str | None
) -> dt.date | dt.timedelta | None:
    """Return an option's date, or its number of days before another date; anything else is wrong usage."""
    if value is None:
        return None
    days = days_after(f"+{value.removeprefix('+')}")
    back = iso_date(value) if days is None else days
    if back is None:
        message = f"{value!r} is neither a date nor days; write 2026-03-02 or 365d."
        raise click.BadParameter(message)
    return back


@click.command("simulate")
@workspace_option
@on_option
@today_option
@until_option("The last day to look at.  [default: +365d]")
@click.option(
    "--assume",
    "assumed",
    multiple=True,
    metavar="FILE|KEY=VALUE",
    help="How customers and people act: a YAML file, or one of its keys, such as 'renewal=90 %'.",
)
@click.option(
    "--runs",
    type=click.IntRange(1, MOST_RUNS),
    default=1,
    show_default=True,
    help="Runs under assumptions, for ranges.",
)
@click.option("--seed", type=int, default=1, show_default=True, help="The seed of their chances.")
@click.option(
    "--back",
    metavar="DATE|DAYSd",
    callback=read_back,
    help="Evaluate the past instead, from this date or a number of days before --on: 365d.",
)
@click.option(
    "--rule",
    "rules",
    multiple=True,
    metavar="RULE",
    help="With --back: measure a definition, such as renewal.define.at_risk, or a condition.  [default: all]",
)
@click.option(
    "--days-before",
    type=click.IntRange(0, 1000),
    default=90,
    show_default=True,
    help="Days before the end of a term on which rules are read.",
)
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="KEY=VALUE",
    help="Change a setting first, in memory: 'renewal.define.at_risk=health_score < 75'.",
)
@click.option(
    "--sweep",
    metavar="KEY=FROM..TO:STEP",
    help="Try a setting, or the number that a definition compares a field with: 'at_risk.health_score=60..80:5'.",
)
@format_option(SIMULATE_FORMATS)
def simulate_command(
    root: Path,
    on: dt.date | None,
    now: dt.date | None,
    until: dt.date | dt.timedelta | None,
    assumed: tuple[str, ...],
    runs: int,
    seed: int,
    back: dt.date | dt.timedelta | None,
    rules: tuple[str, ...],
    days_before: int,
    settings: tuple[str, ...],
    sweep: str | None,
    form: str,
) -> None:
    """Show what the playbooks bring in the days to come: actions, load and contacts.

    Every day is evaluated in memory: nothing is written. Accounts stay as they are now, or act as assumptions say. With
    --back, the past is evaluated again, and rules are measured on what became of accounts.
    """
    from ..engine.foresight.assumptions import read_assumptions
    from ..engine.foresight.changed_settings import with_settings
    from ..engine.foresight.rules import read_rule

    if back is not None:
        for name, given in (("--until", until), ("--assume", assumed)):
            if given:
                raise click.UsageError(f"{name} is about days to come; leave it or --back out.")
    elif rules and sweep is None:
        raise click.UsageError("--rule needs --back or --sweep: it is measured on the past.")
    if runs > 1 and not assumed:
        raise click.UsageError(
            "--runs needs --assume: accounts that stay as they are give one result."
        )
    project = open_project(root)
    exit_with(project.errors)
    now = now or today(project.workspace)
    day = on or now
    first, last = _days(day, until, back)
    changed = with_settings(project, settings)
    for rule in rules:
        read_rule(changed, rule)
    assumptions = read_assumptions(assumed) if assumed else None
    days = Days(first, last, now, assumptions, runs, seed, settings)
    if sweep is not None:
        _show_sweep(changed, sweep, days, back is not None, rules, days_before, form)
    elif back is not None:
        _show_past(changed, days, rules, days_before, form)
    else:
        from ..engine.foresight.simulation_text import simulation_text

        simulation = _with_bar(days, lambda done: look_ahead(changed, days, done))
        _warn(project, simulation)
        _show(lambda form: simulation_text(simulation, form), form)


@dataclass(frozen=True, slots=True)
class Days:
    """The days to evaluate, and how."""

    first: dt.date
    last: dt.date
    today: dt.date
    assumptions: Assumptions | None
    runs: int
    seed: int
    settings: tuple[str, ...]


def _days(
    day: dt.date, until: dt.date | dt.timedelta | None, back: dt.date | dt.timedelta | None
) -> tuple[dt.date, dt.date]:
    """Return the first and the last day; wrong usage if they are in the wrong order."""
    if back is None:
        return day, last_day(day, until, YEAR_AHEAD)
    first = day - back if isinstance(back, dt.timedelta) else back
    if first >= day:
        raise click.BadParameter(f"{first} is not before {day}.", param_hint="--back")
    return first, day


def look_ahead(project: Project, days: Days, progress: Progress | None) -> Simulation:
    """Return the days to come, once as they are, or in several runs under assumptions."""
    from ..engine.foresight.simulation import simulate_days, simulate_runs
    from ..engine.foresight.simulation_text import Simulation

    stated = tuple(setting.replace("=", " is ", 1) for setting in days.settings)
    span = days.first, days.last
    if days.assumptions is None:
        run = simulate_days(project, *span, today=days.today, progress=progress)
        return Simulation(*span, (run,), None, stated)
    found = simulate_runs(
        project,
        *span,
        days.assumptions,
        runs=days.runs,
        seed=days.seed,
        today=days.today,
        progress=progress,
    )
    return Simulation(*span, tuple(found), days.seed, stated + days.assumptions.sentences())


def _show(write: Callable[[str], str], form: str) -> None:
    """Write the result in its format; programs get the value of its JSON."""
    hand_over(lambda: json.loads(write("json")))
    write_output(write(form), form)


def _with_bar(days: Days, work: Callable[[Progress | None], WorkResult]) -> WorkResult:
    return with_progress(work, f"Simulating {(days.last - days.first).days + 1} days")


def _warn(project: Project, simulation: Simulation) -> None:
    warnings = simulation.runs[0].warnings
    report_problems(warning for warning in warnings if warning not in project.problems)


def _show_past(
    project: Project, days: Days, rules: tuple[str, ...], days_before: int, form: str
) -> None:
    """Show what the playbooks would have done, and how good rules are."""
    from ..engine.foresight.replay import replay_days
    from ..engine.foresight.replay_text import replay_text
    from ..engine.foresight.rule_quality import best_rules, measure_rules
    from ..engine.foresight.rules import read_rule
    from ..engine.metrics.request import make_request

    read = [read_rule(project, rule) for rule in rules]
    span = days.first, days.last
    request = make_request(project, days.last, *span)
    qualities = (
        measure_rules(request, read, days_before) if read else best_rules(request, days_before)
    )
    replay = _with_bar(
        days, lambda done: replay_days(project, *span, today=days.today, progress=done)
    )
    report_problems(each for each in replay.run.warnings if each not in project.problems)
    _show(lambda form: replay_text(replay, qualities, days_before, form), form)


def _show_sweep(
    project: Project,
    text: str,
    days: Days,
    past: bool,
    rules: tuple[str, ...],
    days_before: int,
    form: str,
) -> None:
    """Show actions, load, and the accounts that a rule flagged and caught, at each value of a setting."""
    from ..engine.foresight.changed_settings import defining_playbook
    from ..engine.foresight.replay import replay_days
    from ..engine.foresight.rule_quality import measure_if_known
    from ..engine.foresight.simulation_text import Simulation
    from ..engine.foresight.sweep import Tried, projects, read_sweep, sweep_text

    sweep = read_sweep(project, text)
    rule = rules[0] if rules else defining_playbook(project, sweep.path)
    span = days.first, days.last

    def simulated(each: Project, progress: Progress | None) -> Simulation:
        if not past:
            return look_ahead(each, days, progress)
        replay = replay_days(each, *span, today=days.today, progress=progress)
        return Simulation(*span, (replay.run,))

    def try_all(progress: Progress | None) -> list[Tried]:
        found = []
        for number, (value, each) in enumerate(projects(project, sweep)):

            def done(part: int, parts: int, before: int = number) -> None:
                if progress is not None:
                    progress(before * parts + part, len(sweep.values) * parts)

            window = span if past else None
            quality = (
                None
                if rule is None
                else measure_if_known(each, rule, window, days.first, days_before)
            )
            found.append(Tried(value, simulated(each, done), quality))
        return found

    tried = _with_bar(days, try_all)
    _warn(project, tried[0].simulation)
    _show(lambda form: sweep_text(sweep.path, tried, days_before, form), form)
