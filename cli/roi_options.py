"""The options of `tenure metrics roi`: an account, or the five numbers of the calculator."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING

import click

from ..engine.metrics.groups import ROI_INPUTS
from .options import Command
from .workspaces import no_account

if TYPE_CHECKING:
    from ..engine.metrics.metric_value import Figure
    from ..engine.metrics.request import MetricRequest

_NUMBER = re.compile(r"(\d{1,15}(?:\.\d{1,6})?) ?(%?)", re.ASCII)

_HELP = {
    "hours": "ROI: hours of work a year that it eases.",
    "rate": "ROI: what an hour costs.",
    "reduction": "ROI: the share of them saved, such as 30% or 0.3.",
    "licence": "ROI: the licence, for a year.",
    "setup": "ROI: set-up and training, once.",
}


def roi_options(command: Command) -> Command:
    """`--account` and the five numbers."""
    for name in reversed(ROI_INPUTS):
        command = click.option(
            f"--{name}", metavar="NUMBER", callback=_read_number, help=_HELP[name]
        )(command)
    return click.option("--account", metavar="ID", help="ROI: of this account, by its own fields.")(
        command
    )


def check_given(
    families: Collection[str], account: str | None, numbers: Mapping[str, Decimal | None]
) -> None:
    """Raise a usage error if numbers are given without the calculator."""
    given = [name for name, value in {"account": account, **numbers}.items() if value is not None]
    if given and "roi" not in families:
        raise click.UsageError(f"--{given[0]} is for `tenure metrics roi`.")


def find_returns(
    asked: MetricRequest, account: str | None, numbers: Mapping[str, Decimal | None]
) -> list[Figure]:
    """Return the calculator's figures: by the numbers, of the account, or of every account whose fields are filled."""
    from ..engine.metrics import roi

    given = {name: value for name, value in numbers.items() if value is not None}
    if not given:
        return roi.compute_roi(asked) if account is None else _of_account(asked, account)
    if account is not None:
        raise click.UsageError("roi: give either --account or the numbers, not both.")
    if missing := [f"--{name}" for name in ROI_INPUTS if name not in given]:
        raise click.UsageError(f"roi needs {', '.join(missing)} too.")
    return roi.roi_figures(roi.Investment(*(given[name] for name in ROI_INPUTS)), asked.on)


def _of_account(asked: MetricRequest, account: str) -> list[Figure]:
    from ..engine.metrics import roi

    rows = roi.accounts(asked.project, asked.on, account)
    if not rows:
        message = no_account(asked.project, asked.on, account, "in the newest snapshot")
        raise click.BadParameter(message, param_hint="--account")
    return roi.figures_of(rows[0], asked.on)


def _read_number(_ctx: click.Context, param: click.Parameter, value: str | None) -> Decimal | None:
    if value is None:
        return None
    match = _NUMBER.fullmatch(value)
    share = param.name == "reduction"
    if match is None or (match[2] and not share):
        example = "30% or 0.3" if share else "17600 or 35.50"
        raise click.BadParameter(f"{value!r} is not a number; write it as {example}.")
    number = Decimal(match[1]) / (100 if match[2] else 1)
    if share and number > 1:
        raise click.BadParameter(f"{value} is more than all of it; write 30% or 0.3.")
    return number
