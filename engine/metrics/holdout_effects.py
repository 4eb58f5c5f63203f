"""Effects of playbooks with a holdout: accounts that they reach against those held out, by intention to treat.

The input is the data of a window, the enrolments and the ledger. The output is figures by `playbook/measure`: both
groups, their difference with its 95 % interval, and the effect, which is unknown where the interval contains zero. An
account is in its group by the hash, whatever it got, from its first enrolment in the window on.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

import polars as pl

from ..core.ids import ACCOUNT_ID
from ..core.languages import Texts
from ..playbook.holdouts import is_held_out, percent_number
from ..playbook.model import Playbook
from ..project.holdout_checks import may_hold_out
from ..store import Reader
from ..text.translations import catalogue_text
from .customer_results import customer_results, nps_answer
from .intervals import (
    FEWEST_OF_GROUP,
    Interval,
    Sample,
    mean_difference,
    sample_of,
    share_difference,
    visible_difference,
)
from .ledger_as_of import CYCLE_COLUMNS, enrolments
from .metric_value import HUNDRED, Figure, FigureUnit, define_metric, remark
from .request import Family, MetricRequest

_SOURCE = catalogue_text("sources", "holdouts")
OF_TREATED = define_metric("effect_treated", "percent", "reached_accounts", _SOURCE)
OF_HELD_OUT = define_metric(
    "effect_held_out", "percent", "held_out_accounts", _SOURCE, defined_as="effect_treated"
)
EFFECT_DIFFERENCE = define_metric("effect_difference", "points", "both_groups", _SOURCE)
EFFECT_LOW = define_metric("effect_low", "points", "both_groups", _SOURCE)
EFFECT_HIGH = define_metric("effect_high", "points", "both_groups", _SOURCE)
EFFECT = define_metric("effect", "points", "both_groups", _SOURCE)
EFFECT_VISIBLE = define_metric("effect_visible", "points", "enrolled_customers", _SOURCE)
GROUP_FIGURES = (OF_TREATED, OF_HELD_OUT, EFFECT_DIFFERENCE, EFFECT_LOW, EFFECT_HIGH, EFFECT)

_NO_HOLDOUT = remark("no_holdout")
_TOO_FEW = remark("effect_too_few", accounts=FEWEST_OF_GROUP)
_NO_ACCOUNT = remark("no_account_in_group")
_NO_SPREAD = remark("effect_no_spread")
_BY_CHANCE = remark("effect_by_chance")

MeasuredValues = Callable[[pl.DataFrame], list[Decimal]]
"""The values of a measure, one for each account that has one."""


@dataclass(frozen=True, slots=True)
class EffectMeasure:
    """A result of accounts that is compared.

    Attributes:
        id: Its name, the second part of the figures' group.
        unit: The unit of the groups' figures. Differences are in points.
        values: Returns its values of some customers.
        in_shares: True if the values are 0 and 100, so that the difference is one of two shares.
    """

    id: str
    unit: FigureUnit
    values: MeasuredValues
    in_shares: bool = False


def _retained(customers: pl.DataFrame) -> list[Decimal]:
    return [Decimal(0) if churned else HUNDRED for churned in customers["churned"]]


def _expansion(customers: pl.DataFrame) -> list[Decimal]:
    paying = customers.filter(pl.col("start") > 0).select("expansion", "start")
    return [more * HUNDRED / before for more, before in paying.iter_rows()]


def _nps(customers: pl.DataFrame) -> list[Decimal]:
    return customers.filter(~pl.col("churned"))["nps"].drop_nulls().to_list()


EFFECT_MEASURES = (
    EffectMeasure("retention", "percent", _retained, in_shares=True),
    EffectMeasure("expansion", "percent", _expansion),
    EffectMeasure("nps", "points", _nps),
)


@dataclass(frozen=True, slots=True)
class GroupComparison:
    """The two groups in one measure: their samples, and the interval of the difference; None without one."""

    treated: Sample
    held_out: Sample
    interval: Interval | None
    why: Texts | None = None


def compare_groups(measure: EffectMeasure, customers: pl.DataFrame) -> GroupComparison:
    """Return the comparison of customers by `held_out`.

    Args:
        measure: The result that is compared.
        customers: `customer_results` with `nps` and `held_out`.
    """
    halves = [
        measure.values(customers.filter(pl.col("held_out") == held)) for held in (False, True)
    ]
    treated, held_out = (sample_of(values) for values in halves)
    if min(treated.size, held_out.size) < FEWEST_OF_GROUP:
        return GroupComparison(treated, held_out, None, _TOO_FEW)
    if measure.in_shares:
        counts = ((sum(map(bool, values)), len(values)) for values in halves)
        found = Interval(*(HUNDRED * bound for bound in share_difference(*counts)))
        return GroupComparison(treated, held_out, found)
    interval = mean_difference(treated, held_out)
    return GroupComparison(treated, held_out, interval, _NO_SPREAD if interval is None else None)


def compute_holdouts(request: MetricRequest) -> list[Figure]:
    """Return the figures of each playbook with a holdout; with a `share`, the difference to be seen of all playbooks.

    Groupings do not apply.
    """
    shown = [
        (playbook, share)
        for playbook in request.project.enabled
        if (share := _share_of(playbook, request)) is not None
    ]
    if not shown:
        return [Figure(each, request.window, None, why=_NO_HOLDOUT) for each in EFFECT_FIGURES]
    data = request.window_data
    results = None if data.why else customer_results(request)
    figures = []
    for playbook, share in shown:
        if results is None:
            why = data.why or remark("no_snapshot_at_end")
            figures += list(_unknown(request, playbook, {each.id: why for each in EFFECT_MEASURES}))
            continue
        unknown = {"expansion": data.no_amounts} if data.no_amounts else {}
        known = [each for each in EFFECT_MEASURES if each.id not in unknown]
        figures += list(_of_playbook(request, playbook, share, results, known))
        figures += list(_unknown(request, playbook, unknown))
    return figures


def _share_of(playbook: Playbook, request: MetricRequest) -> Decimal | None:
    """Return the share that is held out, or would be; None of a playbook without a holdout, or that can have none."""
    if not may_hold_out(playbook, request.project.workspace.policy):
        return None
    return request.share or (playbook.holdout.share if playbook.holdout else None)


def _of_playbook(
    request: MetricRequest,
    playbook: Playbook,
    share: Decimal,
    results: pl.DataFrame,
    measures: Sequence[EffectMeasure],
) -> Iterator[Figure]:
    enrolled = _enrolled(request, playbook)
    every = _customers(playbook, enrolled, results)
    if playbook.holdout is None:
        for measure in measures:
            yield _visible(request, playbook, measure, every, share)
        return
    mixed = _last_mixed(request, playbook, enrolled)
    apart = enrolled if mixed is None else enrolled.filter(pl.col("opened_on") > mixed)
    compared = _customers(playbook, apart, results)
    for measure in measures:
        found = compare_groups(measure, compared)
        groups = remark("effect_groups", reached=found.treated.size, held_out=found.held_out.size)
        notes = (groups,) if mixed is None else (groups, remark("effect_since", on=mixed))
        yield from _compared(request, f"{playbook.id}/{measure.id}", measure, found, notes)
        yield _visible(request, playbook, measure, every, share)


def _enrolled(request: MetricRequest, playbook: Playbook) -> pl.DataFrame:
    """Return `CYCLE_COLUMNS` and `opened_on` of the enrolments that opened in the window."""
    window = request.window
    opened = enrolments(Reader.of(request.project), request.on, [playbook.id])
    within = (pl.col("opened_on") > window.first) & (pl.col("opened_on") <= window.last)
    return opened.filter(within).select(*CYCLE_COLUMNS, "opened_on")


def _customers(playbook: Playbook, enrolled: pl.DataFrame, results: pl.DataFrame) -> pl.DataFrame:
    """Return the customers with an enrolment, with `held_out` and `nps`."""
    customers = results.join(enrolled, on=ACCOUNT_ID, how="semi")
    held = [is_held_out(playbook, account) for account in customers[ACCOUNT_ID]]
    return customers.with_columns(
        pl.Series("held_out", held, dtype=pl.Boolean), nps_answer(customers).alias("nps")
    )


def _last_mixed(
    request: MetricRequest, playbook: Playbook, enrolled: pl.DataFrame
) -> dt.date | None:
    """Return the last date on which an enrolment opened that went otherwise than its group now says; None without one.

    That was before the playbook had its holdout, or while its share was another one.
    """
    if playbook.holdout is None:
        return None
    actions = pl.DataFrame(
        sorted(playbook.holdout.actions),
        schema={"step": pl.String, "action": pl.String},
        orient="row",
    )
    entries = Reader.of(request.project).ledger(
        issued_to=request.on,
        playbooks=[playbook.id],
        statuses=["issued", "held_out"],
        columns=[*CYCLE_COLUMNS, "step", "action", "status"],
    )
    cycles = entries.join(actions, on=["step", "action"], how="semi").select(
        *CYCLE_COLUMNS, (pl.col("status") == "held_out").alias("was_held_out")
    )
    found = enrolled.join(cycles.unique(), on=CYCLE_COLUMNS)
    held = pl.Series([is_held_out(playbook, each) for each in found[ACCOUNT_ID]], dtype=pl.Boolean)
    last = found.filter(pl.col("was_held_out") != held)["opened_on"].max()
    return last if isinstance(last, dt.date) else None


def _compared(
    request: MetricRequest,
    group: str,
    measure: EffectMeasure,
    found: GroupComparison,
    notes: tuple[Texts, ...],
) -> Iterator[Figure]:
    """Yield the figures of both groups, the difference with its interval and the notes, and the effect."""
    window, interval = request.window, found.interval
    for metric, sample in ((OF_TREATED, found.treated), (OF_HELD_OUT, found.held_out)):
        value = sample.mean if sample.size else None
        why = None if sample.size else found.why
        of_unit = replace(metric, unit=measure.unit)
        yield Figure(of_unit, window, value, sample.size, group, why=why)
    both = found.treated.size + found.held_out.size
    difference = None if interval is None else interval.estimate
    yield Figure(EFFECT_DIFFERENCE, window, difference, both, group, why=found.why, notes=notes)
    for metric, bound in (
        (EFFECT_LOW, interval and interval.low),
        (EFFECT_HIGH, interval and interval.high),
    ):
        yield Figure(metric, window, bound, both, group, why=found.why)
    effect = difference if interval is not None and interval.significant else None
    why = found.why or (_BY_CHANCE if effect is None else None)
    yield Figure(EFFECT, window, effect, both, group, why=why)


def _visible(
    request: MetricRequest,
    playbook: Playbook,
    measure: EffectMeasure,
    customers: pl.DataFrame,
    share: Decimal,
) -> Figure:
    """Return the least true effect that a window with as many accounts would show."""
    group, sample = f"{playbook.id}/{measure.id}", sample_of(measure.values(customers))
    value = visible_difference(sample.variance, sample.size, share) if sample.variance else None
    why = None if value is not None else _NO_SPREAD if sample.size else _NO_ACCOUNT
    size = remark("effect_accounts", accounts=sample.size, share=percent_number(share))
    supposed = playbook.holdout is None or request.share is not None
    notes = (size,) if supposed and value is not None else ()
    return Figure(EFFECT_VISIBLE, request.window, value, sample.size, group, why=why, notes=notes)


def _unknown(
    request: MetricRequest, playbook: Playbook, whys: Mapping[str, Texts]
) -> Iterator[Figure]:
    metrics = EFFECT_FIGURES if playbook.holdout is not None else (EFFECT_VISIBLE,)
    for id, why in whys.items():
        for metric in metrics:
            yield Figure(metric, request.window, None, group=f"{playbook.id}/{id}", why=why)


EFFECT_FIGURES = (*GROUP_FIGURES, EFFECT_VISIBLE)
HOLDOUT_FAMILY = Family(
    "effects", catalogue_text("families", "effects"), EFFECT_FIGURES, compute_holdouts, wide=True
)
