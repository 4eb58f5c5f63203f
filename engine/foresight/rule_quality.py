"""Quality of a rule: of the terms that ended, whose account it had flagged some days before, and which were lost.

Terms and losses are those of the metrics of renewals. The rule is read on the newest snapshot of that day.
It is a correlation: the accounts that it flagged may have been saved because they were flagged.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import polars as pl

from ..core.ids import ACCOUNT_ID
from ..core.problems import Problem, Problems
from ..evaluation.prepare import condition, outcomes
from ..language.traversal import fields_read
from ..metrics.intervals import wilson_interval
from ..metrics.request import MetricRequest, make_request, newest_on, year_known
from ..project.loading import Project
from ..sources import Snapshots
from .rules import Rule, read_rule, usable_rules

Bounds = tuple[float, float]
"""The ends of a 95 % interval of a share."""
PLACE_FIELDS = ("country", "region")


@dataclass(frozen=True, slots=True)
class RuleQuality:
    """The counts of a rule.

    Attributes:
        rule: The rule's name.
        terms: The terms that were decided, and whose account a snapshot of the day before them has.
        lost: Those of them that were lost.
        flagged: Those whose account the rule had flagged.
        caught: Those that it had flagged and that were lost.
        unknown: Those of which the rule was unknown, and which it did not flag.
        unseen: The terms without such a snapshot; they are not among `terms`.
    """

    rule: str
    terms: int
    lost: int
    flagged: int
    caught: int
    unknown: int
    unseen: int

    @property
    def precision(self) -> float | None:
        """Return the share of the flagged that were lost."""
        return self.caught / self.flagged if self.flagged else None

    @property
    def precision_interval(self) -> Bounds | None:
        """Return the 95 % interval of the precision."""
        return _bounds(self.caught, self.flagged)

    @property
    def recall(self) -> float | None:
        """Return the share of the lost that were flagged."""
        return self.caught / self.lost if self.lost else None

    @property
    def recall_interval(self) -> Bounds | None:
        """Return the 95 % interval of the recall."""
        return _bounds(self.caught, self.lost)

    @property
    def lift(self) -> float | None:
        """Return how many times as often the flagged were lost as all."""
        if self.precision is None or not self.lost:
            return None
        return self.precision / (self.lost / self.terms)


def _bounds(count: int, size: int) -> Bounds | None:
    """Return Wilson's interval of a share, in digits that mean something; None of nothing."""
    if not size:
        return None
    low, high = wilson_interval(count, size)
    return round(float(low), 6), round(float(high), 6)


def measure_rules(
    request: MetricRequest, rules: Sequence[Rule], days_before: int
) -> list[RuleQuality]:
    """Return the quality of rules over the terms that fell due in a window, in the order of the rules.

    Args:
        request: The workspace and the window.
        rules: The rules.
        days_before: How long before the end of a term the rule is read.

    Raises:
        Problems: There are no such terms, or a snapshot cannot be used.
    """
    if request.window_data.no_terms is not None or _decided(request).is_empty():
        raise Problems([_no_terms(request)])
    terms = _decided(request).select(
        ACCOUNT_ID,
        (pl.col("due_on") - pl.duration(days=days_before)).alias("@today"),
        (pl.col("outcome") == "lapsed").alias("lost"),
    )
    verdicts = [*_verdicts(request.project, terms, rules)]
    seen = pl.concat(verdicts) if verdicts else None
    return [_quality(rule, at, seen, terms.height) for at, rule in enumerate(rules)]


def measure_if_known(
    project: Project,
    rule: str,
    window: tuple[dt.date, dt.date] | None,
    on: dt.date,
    days_before: int,
) -> RuleQuality | None:
    """Return the quality of a rule over a window; None if no term of it is decided.

    Args:
        project: The workspace.
        rule: The rule's name or text.
        window: The window; by default the twelve months before the newest snapshot up to `on`.
        on: The present date.
        days_before: How long before the end of a term the rule is read.

    Raises:
        Problems: The rule cannot be measured.
    """
    read = read_rule(project, rule)
    if window is None:
        known = year_known(project, newest_on(project, on))
        window = known.first, known.last
    if window[0] >= window[1]:
        return None
    request = make_request(project, max(on, window[1]), *window)
    if request.window_data.no_terms is not None or _decided(request).is_empty():
        return None
    return measure_rules(request, [read], days_before)[0]


def best_rules(request: MetricRequest, days_before: int) -> list[RuleQuality]:
    """Return the quality of the playbooks' definitions, the highest lift first; none if no term is decided.

    Definitions that flagged no account or all of them tell none apart, and are left out.
    """
    rules = [*usable_rules(request.project)]
    if not rules or request.window_data.no_terms is not None or _decided(request).is_empty():
        return []
    found = measure_rules(request, rules, days_before)
    telling = [each for each in found if 0 < each.flagged < each.terms]
    return sorted(telling, key=lambda each: (-(each.lift or 0), each.rule))


def _decided(request: MetricRequest) -> pl.DataFrame:
    return request.terms.filter(pl.col("outcome") != "pending")


def _no_terms(request: MetricRequest) -> Problem:
    window = request.window
    message = f"no term that ended between {window.first} and {window.last} is decided"
    hint = "go farther back with `--back`; `tenure metrics renewals` shows the terms that are known"
    return Problem("bad-simulation", message, hint=hint)


def _verdicts(
    project: Project, terms: pl.DataFrame, rules: Sequence[Rule]
) -> Iterator[pl.DataFrame]:
    """Yield by snapshot `lost` and for each rule, by its number, whether it was true; null is unknown."""
    snapshots = Snapshots(project.workspace, project.catalogue)
    days = {on: snapshots.newest(on) for on in terms["@today"].unique().sort()}
    lookup = pl.DataFrame(
        [*days.items()], schema={"@today": pl.Date(), "@snapshot_date": pl.Date()}, orient="row"
    )
    dated = terms.join(lookup, on="@today").drop_nulls("@snapshot_date")
    calendar = project.workspace.calendar()
    wanted = {name for rule in rules for name in fields_read(rule.condition)}
    for (day,), part in sorted(dated.group_by("@snapshot_date"), key=lambda pair: str(pair[0])):
        readable = snapshots.readable_fields(day, PLACE_FIELDS)
        found = snapshots.load(day, {*wanted, *readable})
        accounts = calendar.with_places(found.accounts())
        frame = part.join(accounts, on=ACCOUNT_ID)
        if frame.height:
            yield frame.select(
                "lost",
                *(
                    outcomes(frame, condition(rule.condition).outcome).alias(str(at))
                    for at, rule in enumerate(rules)
                ),
            )


def _quality(rule: Rule, at: int, seen: pl.DataFrame | None, terms: int) -> RuleQuality:
    if seen is None:
        return RuleQuality(rule.name, 0, 0, 0, 0, 0, terms)
    lost, verdict = seen["lost"], seen[str(at)]
    flagged = verdict.fill_null(False)
    return RuleQuality(
        rule.name,
        seen.height,
        int(lost.sum()),
        int(flagged.sum()),
        int((flagged & lost).sum()),
        verdict.null_count(),
        terms - seen.height,
    )
