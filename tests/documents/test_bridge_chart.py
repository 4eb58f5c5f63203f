"""The picture of the revenue bridge: bars to scale, each from where the last one ended."""

from __future__ import annotations

import csv
import datetime as dt
import io
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner, Result
from support.workspaces import SETTINGS, snapshot, workspace
from tenure.cli.main import main
from tenure.engine.documents.bridge_chart import plot_bridge

SVG = "{http://www.w3.org/2000/svg}"
MONTHS = [dt.date(2026, 1, 1), dt.date(2026, 2, 1), dt.date(2026, 3, 1), dt.date(2026, 4, 1)]
# a grows, shrinks, and grows; b leaves in February; c comes in March; d left in January and is back in March.
PAID = {
    "a": [1000, 1200, 900, 1100],
    "b": [500, 500, None, None],
    "c": [None, None, None, 300],
    "d": [200, None, None, 150],
}
SIGNED_UP = {"a": "2020-01-01", "b": "2020-01-01", "c": "2026-03-15", "d": "2020-01-01"}


class Bar(NamedTuple):
    title: str
    left: float
    top: float
    width: float
    height: float

    @property
    def bottom(self) -> float:
        return self.top + self.height


@pytest.fixture
def root(tmp_path: Path) -> Path:
    found = workspace(tmp_path / "w", {}, SETTINGS + "metrics: {grace: 0 days, currency: EUR}\n")
    for at, on in enumerate(MONTHS):
        rows = [
            {
                "account_id": id,
                "status": "active" if paid[at] else "lapsed",
                "mrr": paid[at] or 0,
                "currency": "EUR",
                "signup_date": SIGNED_UP[id],
                "segment": "growth",
            }
            for id, paid in PAID.items()
            if paid[at] or any(paid[:at])
        ]
        snapshot(found, on, rows)
    return found


def plotted(root: Path, *options: str) -> tuple[Result, Path]:
    path = root / "bridge.svg"
    window = ["--from", "2026-01-01", "--to", "2026-04-01", "--on", "2026-04-01"]
    arguments = ["metrics", *options, "--workspace", str(root), *window, "--plot", str(path)]
    return CliRunner().invoke(main, arguments), path


def bars(path: Path) -> list[Bar]:
    drawn = []
    for each in ElementTree.parse(path).getroot().iter(f"{SVG}rect"):
        title = each.find(f"{SVG}title")
        if title is not None:
            place = [float(each.attrib[name]) for name in ("x", "y", "width", "height")]
            drawn.append(Bar(title.text or "", *place))
    return drawn


def texts(path: Path) -> list[str]:
    return [
        "".join(each.itertext()) for each in ElementTree.parse(path).getroot().iter(f"{SVG}text")
    ]


def test_one_window_leads_from_its_start_to_its_end(root: Path) -> None:
    result, path = plotted(root, "revenue")
    assert result.exit_code == 0, result.stderr
    drawn = bars(path)
    # At the start 1,700; a pays 100 more, b 500 is gone, d 50 less, c 300 is new: 1,550.
    assert [bar.title for bar in drawn] == [
        "MRR at the start: €1,700",
        "Expansion: +€100",
        "Contraction: -€50",
        "Churn: -€500",
        "New: +€300",
        "Reactivation: €0",
        "MRR at the end: €1,550",
    ]
    start, expansion, contraction, churn, new, _, end = drawn
    unit = start.height / 1700
    for bar, amount in ((expansion, 100), (contraction, 50), (churn, 500), (new, 300), (end, 1550)):
        assert bar.height == pytest.approx(amount * unit, abs=0.05)
    assert start.bottom == pytest.approx(end.bottom, abs=0.05)
    assert expansion.bottom == pytest.approx(start.top, abs=0.05)
    assert contraction.top == pytest.approx(expansion.top, abs=0.05)
    assert churn.top == pytest.approx(contraction.bottom, abs=0.05)
    assert new.bottom == pytest.approx(churn.bottom, abs=0.05)
    assert new.top == pytest.approx(end.top, abs=0.05)
    assert "€0" in texts(path)


def test_each_month_begins_where_the_one_before_ended(root: Path) -> None:
    result, path = plotted(root, "revenue", "--each", "month", "--format", "csv")
    assert result.exit_code == 0, result.stderr
    drawn = bars(path)
    # January: a +200, d -200. February: a -300, b -500. March: a +200, c +300 new, d +150 back.
    assert [bar.title for bar in drawn if not bar.title.endswith("€0")] == [
        "Expansion: +€200",
        "Churn: -€200",
        "Contraction: -€300",
        "Churn: -€500",
        "Expansion: +€200",
        "New: +€300",
        "Reactivation: +€150",
    ]
    assert len(drawn) == 15
    level = None
    for bar in drawn:
        falls = ": -" in bar.title
        if level is not None:
            assert (bar.top if falls else bar.bottom) == pytest.approx(level, abs=0.05)
        level = bar.bottom if falls else bar.top
    assert all(left.left < right.left for left, right in pairwise(drawn))
    shown = texts(path)
    assert [text for text in shown if text in ("€0", "-€800", "+€650")] == ["€0", "-€800", "+€650"]
    rows = list(csv.DictReader(io.StringIO(result.stdout)))
    ends = [Decimal(row["value"]) for row in rows if row["metric"] == "end"]
    assert ends == [1700, 900, 1550]


def test_all_families_by_month_draw_the_bridge(root: Path) -> None:
    result, path = plotted(root, "--each", "month")
    assert result.exit_code == 0
    assert len(bars(path)) == 15


def test_cohorts_are_drawn_where_they_are_named_too(root: Path) -> None:
    _, path = plotted(root, "revenue", "cohorts")
    assert not path.exists() or not bars(path)


def test_groups_are_left_out_of_the_picture(root: Path) -> None:
    _, alone = plotted(root, "revenue")
    expected = alone.read_text("utf-8")
    result, path = plotted(root, "revenue", "--by", "segment")
    assert result.exit_code == 0
    assert path.read_text("utf-8") == expected


def test_a_window_without_amounts_says_why_nothing_is_drawn(root: Path) -> None:
    for file in sorted((root / "data").iterdir())[1:]:
        file.unlink()
    result, path = plotted(root, "revenue")
    assert "was not written: " in result.stderr
    assert not path.exists()
    assert plot_bridge([], "en") is None


@pytest.mark.parametrize(
    ("language", "title"),
    [
        ("en", "MRR from 1 January 2026 to 1 April 2026"),
        ("fr", "MRR du 1er janvier 2026 au 1er avril 2026"),
        ("de", "MRR vom 1. Januar 2026 bis 1. April 2026"),
    ],
)
def test_it_speaks_the_readers_language(root: Path, language: str, title: str) -> None:
    _, path = plotted(root, "revenue", "--language", language)
    assert title in texts(path)


def test_it_needs_nothing_from_elsewhere_and_knows_the_dark(root: Path) -> None:
    _, path = plotted(root, "revenue")
    text = path.read_text("utf-8")
    assert "http" not in text.replace("http://www.w3.org/2000/svg", "")
    assert "prefers-color-scheme: dark" in text


def test_the_file_of_a_plot_must_be_named_as_svg(root: Path) -> None:
    path = root / "bridge.png"
    result = CliRunner().invoke(
        main, ["metrics", "revenue", "--workspace", str(root), "--plot", str(path)]
    )
    assert result.exit_code == 2
    assert f"{path} is not an SVG file; write {root / 'bridge.svg'}" in result.stderr
    assert not path.exists()
