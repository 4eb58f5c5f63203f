"""Metrics for Python: the request, and the figures of a family. Private: import from `tenure`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from .arguments import DateLike, NumberLike, read_choice, read_date, unknown_account
from .exceptions import UsageError

if TYPE_CHECKING:
    from decimal import Decimal

    from .engine.metrics.metric_value import Figure
    from .engine.metrics.request import MetricRequest
    from .engine.project.loading import Project


def metric_choices(by: str | None, **choices: str) -> dict[str, Any]:
    """Return the grouping and the ways of counting, checked."""
    from .engine.metrics import groups

    known = {
        "method": groups.METHODS,
        "counting": groups.COUNTINGS,
        "periods": groups.PERIODS,
    }
    checked = {name: read_choice(value, name, known[name]) for name, value in choices.items()}
    return {"by": None if by is None else read_choice(by, "by", groups.BY), **checked}


def figure_language(language: object) -> str:
    """Return the catalogue's language that serves an argument's."""
    from .engine.text.translations import shipped

    found = shipped().match(language) if isinstance(language, str) else None
    return found or read_choice(language, "language", shipped().languages())


def metric_request(
    project: Project,
    on: dt.date,
    start: DateLike | None,
    end: DateLike | None,
    choices: Mapping[str, Any],
) -> MetricRequest:
    """Return the request for a window; raise `UsageError` where the window is wrong."""
    from .engine.metrics.request import WindowError, make_request

    first = None if start is None else read_date(start, "start")
    last = None if end is None else read_date(end, "end")
    try:
        return make_request(project, on, first, last, **choices)
    except WindowError as error:
        first, last = error.window.first, error.window.last
        if error.ends_late:
            message = f"end, {last}, is after {on}, the last date that is known"
        else:
            message = f"start, {first}, is not before the window's end, {last}"
        raise UsageError(message) from error


def roi_numbers(*values: NumberLike | None) -> dict[str, Decimal | None]:
    """Return the numbers of the ROI calculator by name, from values in the order of `ROI_INPUTS`."""
    from .engine.metrics.roi_inputs import ROI_INPUTS, read_roi_number

    numbers: dict[str, Decimal | None] = {}
    for name, value in zip(ROI_INPUTS, values, strict=True):
        try:
            numbers[name] = None if value is None else read_roi_number(name, value)
        except ValueError as error:
            raise UsageError(f"{name}: {error}") from error
    return numbers


def holdout_share(text: str | None) -> Decimal | None:
    """Return the share of 1 that a text such as `10%` names, if it may be held out."""
    from .engine.playbook.holdouts import share_of_percent

    if text is None:
        return None
    share = share_of_percent(text) if isinstance(text, str) else None
    if share is None:
        raise UsageError(f"share: {text!r} is not more than 0% and at most 50%, such as `10%`")
    return share


def family_figures(
    request: MetricRequest,
    name: str,
    account: str | None,
    numbers: Mapping[str, Decimal | None],
    *,
    monthly: bool = False,
) -> list[Figure]:
    """Return the figures of a family; `roi` is of the account or of the numbers, if there are any.

    With `monthly`, they are those of each month of the window.
    """
    from .engine.metrics.families import METRIC_FAMILIES
    from .engine.metrics.request import compute_each_month
    from .engine.metrics.roi import NoAccount, roi_of_inputs
    from .engine.metrics.roi_inputs import RoiInputError

    if monthly:
        return compute_each_month(METRIC_FAMILIES[name], request)
    if name != "roi":
        return METRIC_FAMILIES[name].compute(request)
    try:
        return roi_of_inputs(request, account, numbers)
    except RoiInputError as error:
        raise UsageError(str(error)) from error
    except NoAccount as error:
        raise unknown_account(request.project, str(error), request.on) from error
