"""Reader of assumptions about days to come: renewals and losses by health, work done, drift of scores."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

from ..core.problems import Problem, ProblemList, Problems
from ..fields.yaml_values import child, list_items
from ..text.input_files import read_text
from ..text.schema.shapes import validate
from ..text.yaml_nodes import Mapping, Node, Scalar
from ..text.yaml_reader import read_yaml
from ..workspace.source_settings import read_share
from .assumptions_schema import ASSUMPTIONS_SHAPE

ARGUMENT = "--assume"
"""The name of an argument in problems."""


class HealthBand(NamedTuple):
    """A share of the accounts with a health score below a number; None is all others."""

    below: float | None
    share: float


HealthBands = tuple[HealthBand, ...]


@dataclass(frozen=True, slots=True)
class Assumptions:
    """Assumptions; None leaves that as it is.

    Attributes:
        renewal: The share of terms that renew when they end.
        churn: The share of accounts lost in a year within their term.
        reviews_held: The share of meetings held.
        tasks_done: The share of tasks done.
        drift: The points that a health score rises in a week, on average.
        spread: The standard deviation of that.
    """

    renewal: HealthBands | None = None
    churn: HealthBands | None = None
    reviews_held: float | None = None
    tasks_done: float | None = None
    drift: float | None = None
    spread: float = 0

    def sentences(self) -> tuple[str, ...]:
        """Return each assumption in words."""
        return tuple(self._sentences())

    def _sentences(self) -> Iterator[str]:
        if self.renewal is not None:
            yield f"of terms that end, {_by_health(self.renewal)} renew"
        if self.churn is not None:
            yield f"within their term, {_by_health(self.churn)} are lost a year"
        if self.reviews_held is not None:
            yield f"{_percent(self.reviews_held)} of meetings are held"
        if self.tasks_done is not None:
            yield f"{_percent(self.tasks_done)} of tasks are done on their day"
        if self.drift is not None:
            yield f"health scores change by {self.drift:+g} a week, with a spread of {self.spread:g}"


def share_of(bands: HealthBands, health: float | None) -> float:
    """Return the share for a health score; an account without one is among all others."""
    for band in bands:
        if band.below is None or (health is not None and health < band.below):
            return band.share
    return 0.0


def _by_health(bands: HealthBands) -> str:
    parts = [
        _percent(band.share)
        if band.below is None
        else f"{_percent(band.share)} below {band.below:g}"
        for band in bands
    ]
    return (
        " and ".join(parts) if len(bands) == 1 else f"{', '.join(parts[:-1])} and else {parts[-1]}"
    )


def _percent(share: float) -> str:
    return f"{100 * share:g} %"


def read_assumptions(written: Sequence[str]) -> Assumptions:
    """Return the assumptions of files and of single ones, written `KEY=VALUE`; a later one counts more.

    Raises:
        Problems: A file cannot be read, or something in it is wrong.
    """
    found = Assumptions()
    for each in written:
        key, sign, value = each.partition("=")
        if sign and not Path(each).exists():
            text, file = f"{key.strip()}: {value.strip()}\n", ARGUMENT
        else:
            content, problems = read_text(Path(each), each)
            if content is None:
                raise Problems(problems)
            text, file = content, each
        found = _read(text, file, found)
    return found


def _read(text: str, file: str, before: Assumptions) -> Assumptions:
    node, problems = read_yaml(text, file)
    if node is not None:
        problems = [*problems, *validate(node, ASSUMPTIONS_SHAPE)]
    if problems or not isinstance(node, Mapping):
        raise Problems(problems)
    wrong = ProblemList()
    drift = child(node, "score_drift")
    given: dict[str, Any] = {
        "renewal": _bands(wrong, child(node, "renewal")),
        "churn": _bands(wrong, child(node, "churn")),
        "reviews_held": read_share(wrong, child(node, "reviews_held")),
        "tasks_done": read_share(wrong, child(node, "tasks_done")),
        "drift": None if drift is None else _number(child(drift, "a_week")) or 0.0,
        "spread": None if drift is None else _number(child(drift, "spread")) or 0.0,
    }
    if wrong:
        raise Problems(wrong)
    return replace(before, **{name: value for name, value in given.items() if value is not None})


def _bands(problems: ProblemList, node: Node | None) -> HealthBands | None:
    """Return the bands, lowest first; the list ends with all other accounts."""
    if node is None:
        return None
    if isinstance(node, Scalar):
        share = read_share(problems, node)
        return None if share is None else (HealthBand(None, share),)
    bands = []
    for item in list_items(node):
        share = read_share(problems, child(item, "share"))
        bands.append(HealthBand(_number(child(item, "below")), 0.0 if share is None else share))
    ordered = [band.below for band in bands]
    limits = [below for below in ordered[:-1] if below is not None]
    if ordered[-1] is not None or len(limits) < len(ordered) - 1 or limits != sorted({*limits}):
        message = "the bands do not say what holds for every health score, once"
        hint = "write them with rising `below`, and the last one without: [{below: 60, share: 70 %}, {share: 95 %}]"
        problems.report("bad-simulation", message, node.span, hint)
    return tuple(bands)


def _number(node: Node | None) -> float | None:
    value = node.value if isinstance(node, Scalar) else None
    return None if value is None or isinstance(value, str) else float(value)


def unreadable_fields(fields: Sequence[str], assumption: str) -> Problem:
    """Return the problem of an assumption about fields that the snapshot does not have."""
    names = " and ".join(f"`{name}`" for name in fields)
    message = f"`{assumption}` needs {names}, which the snapshot does not have"
    hint = f"map the column in fields.yaml, or leave `{assumption}` out"
    return Problem("bad-simulation", message, hint=hint)
