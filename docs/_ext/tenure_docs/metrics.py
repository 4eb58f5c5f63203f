"""Write a page for each family of metrics: formula, population, source and scale of each figure."""

from __future__ import annotations

from tenure.engine.metrics.families import METRIC_FAMILIES
from tenure.engine.metrics.metric_value import Bands, Metric
from tenure.engine.reports.figure_format import bands_text, target_text

from .markdown import contents, sentence

FOLDER = "metrics/figures"


def metric_pages() -> dict[str, str]:
    """Return the index and one page for each family."""
    pages = {}
    for name, family in METRIC_FAMILIES.items():
        sections = [_section(metric) for metric in family.metrics]
        pages[f"{FOLDER}/{name}.md"] = f"# {family.title['en']}\n\n" + "\n".join(sections)
    pages[f"{FOLDER}/index.md"] = "# Formulas\n\n" + contents(METRIC_FAMILIES, "maxdepth: 1")
    return pages


def _section(metric: Metric) -> str:
    lines = [
        f"## {metric.title['en']}\n",
        f"{sentence(metric.definition['en'])}\n",
        f"- **Id**: `{metric.id}`, in {metric.unit}.",
        f"- **Population**: {sentence(metric.population['en'])}",
        f"- **Source**: {sentence(metric.source['en'])}",
    ]
    if metric.scale is not None:
        window = " Windows of twelve months only." if metric.yearly else ""
        lines.append(f"- **Scale**: {_scale(metric)}.{window}")
    return "\n".join(lines) + "\n"


def _scale(metric: Metric) -> str:
    scale = metric.scale
    if isinstance(scale, Bands):
        return bands_text(scale, metric.unit, "en")
    assert scale is not None
    return target_text(scale, metric.unit, "en")
