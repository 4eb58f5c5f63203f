"""The options of `tenure metrics roi`: an account, or the five numbers of the calculator."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING

import click

from ..engine.metrics.roi_inputs import ROI_INPUTS, RoiInputError, given_inputs, read_roi_number
from .options import Command
from .workspaces import no_account

if TYPE_CHECKING:
    from ..engine.metrics.metric_value import Figure
    from ..engine.metrics.request import MetricRequest

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
    """Raise a usage error if there are inputs of the calculator without `roi`."""
    given = given_inputs(account, numbers)
    if given and "roi" not in families:
        raise click.UsageError(f"--{given[0]} is for `tenure metrics roi`.")


def find_roi(
    request: MetricRequest, account: str | None, numbers: Mapping[str, Decimal | None]
) -> list[Figure]:
    """Return the calculator's figures; inputs that do not go together are wrong usage."""
    from ..engine.metrics.roi import NoAccount, roi_of_inputs

    try:
        return roi_of_inputs(request, account, numbers)
    except RoiInputError as error:
        raise click.UsageError(error.text("--")) from error
    except NoAccount as error:
        message = no_account(request.project, request.on, str(error), "in the newest snapshot")
        raise click.BadParameter(message, param_hint="--account") from error


def _read_number(_ctx: click.Context, param: click.Parameter, value: str | None) -> Decimal | None:
    if value is None:
        return None
    try:
        return read_roi_number(str(param.name), value)
    except ValueError as error:
        raise click.BadParameter(str(error)) from error
