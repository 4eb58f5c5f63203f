"""`tenure metrics`: what the programme achieved, in figures."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..engine.metrics.groups import (
    BY,
    COUNTINGS,
    DRILLDOWN_FIGURES,
    EACH,
    FAMILIES,
    METHODS,
    METRIC_FORMATS,
    MONTHLY,
    OVERVIEW,
    PERIODS,
)
from ..engine.metrics.roi_inputs import ROI_INPUTS
from .allocator import load_polars
from .handover import hand_over
from .options import format_option, on_option, read_language, read_on, workspace_option
from .output import echo_status, write_output
from .roi_options import check_given, find_roi, roi_options
from .workspaces import choose_day, exit_with, load_quietly

if TYPE_CHECKING:
    from ..engine.metrics.metric_value import Figure
    from ..engine.metrics.request import MetricRequest
    from ..engine.project.loading import Project

METHOD_HELP = (
    "How gains and losses are counted. `snapshots` compares the window's two ends, account by account; `movements` "
    "sums what happened from one snapshot to the next. An account that goes from 100 to 60 and back to 100 has lost "
    "nothing by the first, and 40 by the second."
)


def _read_share(
    _context: click.Context, _parameter: click.Parameter, text: str | None
) -> Decimal | None:
    """Return the share of 1 that an option names; another text is wrong usage."""
    if text is None:
        return None
    from ..engine.playbook.holdouts import share_of_percent

    share = share_of_percent(text)
    if share is None:
        raise click.BadParameter("write a share of more than 0% and at most 50%, such as 10%")
    return share


@click.command("metrics")
@click.argument("families", nargs=-1, type=click.Choice(FAMILIES), metavar="[FAMILY]...")
@workspace_option
@on_option
@click.option(
    "--from",
    "first",
    metavar="DATE",
    callback=read_on,
    help="The window's start.  [default: twelve months before its end]",
)
@click.option(
    "--to",
    "last",
    metavar="DATE",
    callback=read_on,
    help="The window's end.  [default: the newest snapshot's date]",
)
@click.option("--by", type=click.Choice(BY), help="Each figure by group, and over all accounts.")
@click.option(
    "--each",
    type=click.Choice(EACH),
    help=f"{', '.join(MONTHLY)} of each month of the window, from its first date.",
)
@click.option(
    "--method", type=click.Choice(METHODS), default=METHODS[0], show_default=True, help=METHOD_HELP
)
@click.option(
    "--counting",
    type=click.Choice(COUNTINGS),
    default=COUNTINGS[0],
    show_default=True,
    help="Cohorts: there on day N, or on day N or after.",
)
@click.option(
    "--periods",
    type=click.Choice(PERIODS),
    default=PERIODS[0],
    show_default=True,
    help="Cohorts: days or calendar months since signup.",
)
@click.option(
    "--accounts",
    "figure",
    type=click.Choice(DRILLDOWN_FIGURES),
    metavar="FIGURE",
    help=f"List the accounts behind a figure instead: {', '.join(DRILLDOWN_FIGURES)}.",
)
@click.option(
    "--plot",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Draw too, into this SVG file: the cohorts' curves; with `revenue` or --each month, the bridge.",
)
@click.option(
    "--share",
    metavar="PERCENT",
    callback=_read_share,
    help="Effects: the smallest effect that a holdout of this share of each playbook would show, such as 10%.",
)
@roi_options
@click.option("--explain", is_flag=True, help="With each metric's definition and population.")
@click.option("--language", callback=read_language, help="[default: the workspace's]")
@format_option(METRIC_FORMATS)
def metrics_command(
    families: tuple[str, ...],
    root: Path,
    on: dt.date | None,
    first: dt.date | None,
    last: dt.date | None,
    each: str | None,
    figure: str | None,
    plot: Path | None,
    account: str | None,
    explain: bool,
    language: str | None,
    form: str,
    **options: Any,
) -> None:
    """Say what the programme achieved, out of snapshots and ledger alone.

    Ends with 4 where the window's snapshots have more bad rows than `tolerate:` in tenure.yaml allows.

    FAMILY is one of revenue, customers, renewals, cohorts, reviews, playbooks, effects and roi. Without one, all are
    shown but the last three: what each step gave is long, effects need a holdout, and roi is about one account, or
    about numbers.
    """
    load_polars()
    from ..engine.metrics.families import METRIC_FAMILIES
    from ..engine.metrics.request import compute_each_month
    from ..engine.reports.figure_listing import figure_report, for_programs

    if each is not None and figure is not None:
        raise click.UsageError(
            "--each does not go with --accounts; name the month by --from and --to."
        )
    families = _families(families, each)
    numbers = {name: options.pop(name) for name in ROI_INPUTS}
    check_given(families, account, numbers)
    if plot is not None and plot.suffix.lower() != ".svg":
        raise click.BadParameter(
            f"{plot} is not an SVG file; write {plot.with_suffix('.svg')}", param_hint="--plot"
        )
    if options["share"] is not None and "effects" not in families:
        raise click.UsageError("--share is for `tenure metrics effects`.")
    project = load_quietly(root)
    day = choose_day(project, on)
    with_terms = "renewals" in families or figure is not None
    request = _request(project, day, first, last, {**options, "with_terms": with_terms})
    spoken = language or project.workspace.language
    if figure is not None:
        _list_accounts(request, figure, form, spoken)
        _report_quality(request, spoken)
        return
    found = []
    for family in (METRIC_FAMILIES[name] for name in families):
        if each is not None:
            found.append((family, compute_each_month(family, request)))
        elif family.id == "roi":
            found.append((family, find_roi(request, account, numbers)))
        else:
            found.append((family, family.compute(request)))
    if plot is not None:
        drawn = "revenue" if "revenue" in families and "cohorts" not in families else "cohorts"
        shown = next((figures for family, figures in found if family.id == drawn), None)
        if shown is None:
            shown = METRIC_FAMILIES[drawn].compute(request)
        (_plot_bridge if drawn == "revenue" else _plot_cohorts)(shown, plot, spoken)
    figures = list(chain.from_iterable(computed for _, computed in found))
    hand_over(lambda: for_programs(figures, spoken, explain))
    write_output(figure_report(found, form, spoken, explain), form)
    if any(family.id not in ("playbooks", "roi") for family, _ in found):
        _report_quality(request, spoken)


def _families(named: tuple[str, ...], each: str | None) -> tuple[str, ...]:
    """Return the families to show; one that cannot be split into months is wrong usage with `--each`."""
    if each is None:
        return named or OVERVIEW
    for name in named:
        if name not in MONTHLY:
            raise click.BadParameter(
                f"{name} is not a family of months; there are: {', '.join(MONTHLY)}",
                param_hint="--each",
            )
    return named or MONTHLY


def _report_quality(request: MetricRequest, language: str) -> None:
    """Warn of what the window's snapshots lack, and end with 4 where more was left out than is tolerated."""
    from ..engine.core.languages import choose_text

    quality = request.quality
    for remark in (*quality.emptied, *quality.left_out, *request.events_left_out):
        echo_status(f"warning: {choose_text(remark, language)}")
    exit_with((), left_out=not request.tolerated())


def _plot_bridge(revenue: list[Figure], path: Path, language: str) -> None:
    from ..engine.core.atomic_files import write_whole
    from ..engine.core.languages import choose_text
    from ..engine.documents.bridge_chart import plot_bridge
    from ..engine.text.printable import fit_lines

    drawing = plot_bridge(revenue, language)
    if drawing is None:
        why = next((choose_text(each.why, language) for each in revenue if each.why), "")
        echo_status(f"{path} was not written: {why}")
        return
    write_whole(path, fit_lines(drawing).encode("utf-8"))


def _plot_cohorts(cohorts: list[Figure], path: Path, language: str) -> None:
    from ..engine.core.atomic_files import write_whole
    from ..engine.documents.portfolio.cohort_charts import plot
    from ..engine.text.printable import fit_lines

    drawn = plot(cohorts, language)
    if drawn is None:
        echo_status(f"{path} was not written: no cohort can be followed yet")
        return
    drawing, note = drawn
    write_whole(path, fit_lines(drawing).encode("utf-8"))
    if note is not None:
        echo_status(f"{path}: {note}")


def _list_accounts(request: MetricRequest, figure: str, form: str, language: str) -> None:
    from ..engine.core.languages import choose_text
    from ..engine.metrics.families import accounts_of_figure, with_names
    from ..engine.reports.figure_listing import report_accounts

    accounts = with_names(request, accounts_of_figure(request, figure))
    hand_over(lambda: accounts)
    write_output(report_accounts(accounts, form), form)
    if why := request.window_data.no_amounts:
        echo_status(choose_text(why, language))


def _request(
    project: Project,
    on: dt.date,
    first: dt.date | None,
    last: dt.date | None,
    choices: dict[str, Any],
) -> MetricRequest:
    """Return the request; a wrong window is wrong usage."""
    from ..engine.metrics.request import WindowError, make_request

    try:
        return make_request(project, on, first, last, **choices)
    except WindowError as error:
        start, end = error.window.first, error.window.last
        if error.ends_late:
            message, option = f"{end} is after {on}: nothing is known of it.", "--to"
        else:
            newest = "" if last else ", which is the newest snapshot's date"
            message, option = f"{start} is not before the window's end, {end}{newest}.", "--from"
        raise click.BadParameter(message, param_hint=option) from error
