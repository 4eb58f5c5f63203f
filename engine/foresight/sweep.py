"""A setting tried at several values: actions, load, and how many lost accounts a rule would have flagged at each."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import NamedTuple

from markupsafe import Markup

from ..core.problems import Problem, Problems
from ..documents.charts import Caption, ChartBar, ChartNumber, Curve, draw_bars, draw_curves
from ..project.loading import Project
from ..reports.listing import Listing
from .changed_settings import Place, comparison_places, setting_place, with_value
from .ranges import ranges
from .rule_quality import RuleQuality
from .sections import Section, sections_csv, sections_json, sections_text
from .simulation_text import Simulation, shown_number

MOST_VALUES = 50
_SWEEP = re.compile(r"([^=]+)=(-?[\d.]+?)\.\.(-?\d+(?:\.\d+)?)(?::(\d+(?:\.\d+)?))?", re.ASCII)
_COLUMNS = ("value", "actions", "busiest week", "in it", "beyond capacity")
_CAUGHT = ("flagged", "lost", "caught", "precision", "recall")


class Sweep(NamedTuple):
    """A setting and the values to try; `places` are those of its value."""

    path: str
    values: tuple[str, ...]
    places: Sequence[Place]


class Tried(NamedTuple):
    """The result of one value; the quality of a rule is None where no term is known."""

    value: str
    simulation: Simulation
    quality: RuleQuality | None


def read_sweep(project: Project, text: str) -> Sweep:
    """Return the sweep of a text such as `at_risk.health_score=60..80:5`.

    Raises:
        Problems: It is not written so, or names nothing.
    """
    match = _SWEEP.fullmatch(text.strip())
    numbers = [_number(part) for part in match.groups()[1:]] if match else []
    if match is None or numbers[0] is None or numbers[1] is None:
        raise Problems([_bad(text, "it is not a setting with the values to try")])
    first, last = numbers[0], numbers[1]
    step = Decimal(1) if numbers[2] is None else numbers[2]
    count = int((last - first) / step) + 1 if step > 0 else 0
    if not 1 <= count <= MOST_VALUES:
        raise Problems(
            [_bad(text, f"it has {max(count, 0)} values; between 1 and {MOST_VALUES} can be tried")]
        )
    path = match[1].strip()
    values = tuple(f"{first + at * step:f}" for at in range(count))
    first_word = path.partition(".")[0]
    known = {each.id for each in project.playbooks} | {"tenure"}
    if path.count(".") in (1, 2) and not (first_word in known and _is_setting(project, path)):
        return Sweep(path, values, comparison_places(project, path))
    return Sweep(path, values, [setting_place(project, path)])


def projects(project: Project, sweep: Sweep) -> Iterator[tuple[str, Project]]:
    """Yield each value with the project that has it.

    Raises:
        Problems: A file is wrong with a value.
    """
    for value in sweep.values:
        yield value, with_value(project, sweep.places, value, f"{sweep.path}={value}")


def _is_setting(project: Project, path: str) -> bool:
    try:
        setting_place(project, path)
    except Problems:
        return False
    return True


def _number(text: str | None) -> Decimal | None:
    if text is None or not re.fullmatch(r"-?\d+(\.\d+)?", text, re.ASCII):
        return None
    return Decimal(text)


def _bad(text: str, why: str) -> Problem:
    hint = "write the first and last value and the step: at_risk.health_score=60..80:5"
    return Problem("bad-simulation", f"`{text}` cannot be swept: {why}", hint=hint)


def sweep_text(path: str, tried: Sequence[Tried], days_before: int, form: str) -> str:
    """Return the results as `table`, `json`, `csv`, `markdown` or `html`, which has plots.

    Args:
        path: The setting.
        tried: The result of each value, in order.
        days_before: The days before the end of a term on which the rule was read.
        form: The format.
    """
    section = Section("values", f"By {path}", _listing(tried), _plots(path, tried))
    if form == "csv":
        return sections_csv([section])
    first, last = tried[0].simulation.first, tried[0].simulation.last
    if form == "json":
        facts = {
            "setting": path,
            "from": str(first),
            "until": str(last),
            "days_before": days_before,
        }
        return sections_json(facts, [section])
    sentences = [f"{first} to {last}, with {path} from {tried[0].value} to {tried[-1].value}."]
    quality = tried[0].quality
    if quality is not None:
        sentences.append(
            f"Flagged and caught: of {quality.terms:,} terms that ended, read {days_before} days before. "
            "This is a correlation: accounts may have been saved because they were flagged."
        )
    return sections_text(f"Values of {path}", sentences, [section], form)


def _listing(tried: Sequence[Tried]) -> Listing:
    with_rule = any(each.quality is not None for each in tried)
    rows = [(*_load(each), *(_caught(each.quality) if with_rule else ())) for each in tried]
    return Listing((*_COLUMNS, *(_CAUGHT if with_rule else ())), rows)


def _load(tried: Tried) -> tuple[object, ...]:
    runs = tried.simulation.runs
    weeks = ranges([run.by("week") for run in runs])
    busiest = max(weeks, key=lambda week: (weeks[week].median, week), default=None)
    beyond = ranges([{"": len(run.beyond)} for run in runs])[""].median
    in_it = shown_number(weeks[busiest].median) if busiest else 0
    week = busiest[0] if busiest else None
    return tried.value, shown_number(_actions(tried)), week, in_it, shown_number(beyond)


def _actions(tried: Tried) -> float:
    runs = tried.simulation.runs
    return ranges([{"": sum(run.actions.values())} for run in runs])[""].median


def _caught(quality: RuleQuality | None) -> tuple[object, ...]:
    if quality is None:
        return (None,) * len(_CAUGHT)
    shares = (_percent(share) for share in (quality.precision, quality.recall))
    return quality.flagged, quality.lost, quality.caught, *shares


def _percent(share: float | None) -> str | None:
    return None if share is None else f"{share:.0%}".replace("%", " %")


def _plots(path: str, tried: Sequence[Tried]) -> Markup:
    """Return a bar of the actions at each value, and the curves of precision and recall."""
    numbers = [Decimal(str(shown_number(_actions(each)))) for each in tried]
    bars = [
        ChartBar(each.value, [number], f"{number:,}")
        for each, number in zip(tried, numbers, strict=True)
    ]
    about = "; ".join(f"{bar.label}: {bar.shown}" for bar in bars)
    drawn = draw_bars(Caption("actions", f"Actions by {path}", about), bars)
    qualities = [each.quality for each in tried]
    if not any(qualities):
        return drawn
    curves = [
        Curve(
            name, [_in_percent(None if each is None else getattr(each, name)) for each in qualities]
        )
        for name in ("precision", "recall")
    ]
    caption = Caption("caught", f"Precision and recall by {path}", "In percent.")
    steps = [f"={each.value}" for each in tried]
    return drawn + draw_curves(caption, steps, curves, _shown_percent)


def _in_percent(share: float | None) -> Decimal | None:
    return None if share is None else round(Decimal(share) * 100, 1)


def _shown_percent(number: ChartNumber) -> str:
    return f"{number} %"
