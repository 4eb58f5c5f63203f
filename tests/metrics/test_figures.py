"""What figures are judged by and how they are shown; the calculator of returns, by the source's own example."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from decimal import Decimal
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner, Result
from support.metrics_workspace import lay_out
from tenure.cli.main import main
from tenure.engine.metrics.metric_value import (
    Band,
    Bands,
    Figure,
    Metric,
    Target,
    Window,
    ratio,
    twelve_months_before,
)
from tenure.engine.metrics.request import Family
from tenure.engine.metrics.roi import Investment, figures_of
from tenure.engine.reports.figure_format import figure_value_text, level_text
from tenure.engine.reports.figure_listing import figure_report, for_people

YEAR = Window(dt.date(2025, 3, 31), dt.date(2026, 3, 31))
TEXTS = {"en": "a metric", "fr": "une métrique"}
EXAMPLE = ["--hours", "17600", "--rate", "35", "--reduction", "30%", "--licence", "24000"]
BANDS = Bands(
    (
        Band("high", Decimal(130), {"en": "High", "fr": "Haut"}),
        Band("middle", Decimal(100), {"en": "Middle", "fr": "Moyen"}),
        Band("low", None, {"en": "Low", "fr": "Bas"}),
    )
)


def metric(scale: Bands | Target | None = None, *, yearly: bool = False) -> Metric:
    return Metric("m", "percent", TEXTS, TEXTS, TEXTS, TEXTS, scale, yearly)


def figure(value: str | None, scale: Bands | Target | None = None, window: Window = YEAR) -> Figure:
    return Figure(metric(scale, yearly=True), window, None if value is None else Decimal(value))


@pytest.mark.parametrize(
    ("value", "level"),
    [
        ("130.01", "high"),
        ("130", "high"),
        ("129.99", "middle"),
        ("100", "middle"),
        ("99.99", "low"),
    ],
)
def test_the_better_band_counts_on_a_shared_edge(value: str, level: str) -> None:
    assert figure(value, BANDS).level == level


def test_bands_of_a_year_say_nothing_of_other_windows() -> None:
    assert figure("120", BANDS, Window(dt.date(2025, 4, 1), YEAR.last)).level is None
    assert figure("120", BANDS, Window(dt.date(2025, 3, 30), YEAR.last)).level is None


@pytest.mark.parametrize(
    ("last", "first"),
    [
        ("2024-02-29", "2023-02-28"),
        ("2025-02-28", "2024-02-29"),
        ("2024-02-28", "2023-02-28"),
        ("2025-02-27", "2024-02-27"),
        ("2025-12-31", "2024-12-31"),
    ],
)
def test_a_year_ends_with_february_where_it_began_with_its_end(last: str, first: str) -> None:
    assert twelve_months_before(dt.date.fromisoformat(last)) == dt.date.fromisoformat(first)


@pytest.mark.parametrize(
    ("first", "last", "yearly"),
    [
        ("2024-02-29", "2025-02-28", True),
        ("2024-02-28", "2025-02-28", True),
        ("2023-02-28", "2024-02-29", True),
        ("2023-02-28", "2024-02-28", True),
        ("2024-02-27", "2025-02-28", False),
        ("2024-03-01", "2025-02-28", False),
        ("2023-02-27", "2024-02-29", False),
    ],
)
def test_twelve_months_are_counted_to_the_day(first: str, last: str, yearly: bool) -> None:
    window = Window(dt.date.fromisoformat(first), dt.date.fromisoformat(last))
    assert window.yearly is yearly


@pytest.mark.parametrize(
    ("value", "level"),
    [("95.1", "green"), ("95", "yellow"), ("85", "yellow"), ("84.9", "red")],
)
def test_a_target_is_read_as_it_is_written_and_red_is_past_the_alert(
    value: str, level: str
) -> None:
    """The review document: on time > 95 %, alert < 85 %."""
    target = Target(Decimal(95), strictly=True, alert=Decimal(85))
    assert target.level(Decimal(value)) == level


@pytest.mark.parametrize(("value", "level"), [("80.5", "green"), ("64", "yellow"), ("63.9", "red")])
def test_without_an_alert_yellow_begins_at_four_fifths_of_the_target(
    value: str, level: str
) -> None:
    """The review document: action items completed > 80 %."""
    assert Target(Decimal(80), strictly=True).level(Decimal(value)) == level


def test_a_share_of_nothing_is_not_available() -> None:
    assert ratio(3, 0) is None
    assert figure_value_text(figure(None), "en") == "n/a"
    assert figure_value_text(figure(None), "fr") == "n. d."


def test_values_are_shown_as_each_language_writes_them() -> None:
    assert figure_value_text(figure("107.04"), "en") == "107.0%"
    assert figure_value_text(figure("107.05"), "fr") == "107,1\u00a0%"
    assert level_text(figure("90", Target(Decimal(95), True, Decimal(85))), "fr") == (
        "jaune (> 95\u00a0%, alerte < 85\u00a0%)"
    )


def test_the_example_of_the_calculator_comes_out_to_the_digit() -> None:
    """10 agents x 8 h x 220 days at 35 EUR, 30 % saved; 24,000 a year and 10,000 once: 443 %, 2.2 months."""
    hours = Decimal(10 * 8 * 220)
    invested = Investment(hours, Decimal(35), Decimal("0.30"), Decimal(24000), Decimal(10000))
    assert invested.saving == 184800
    assert invested.roi is not None
    assert invested.payback is not None
    assert round(invested.roi, 1) == Decimal("443.5")
    assert round(invested.payback, 1) == Decimal("2.2")


def test_returns_of_nothing_are_not_available() -> None:
    nothing = Decimal(0)
    assert Investment(nothing, nothing, nothing, nothing, nothing).roi is None
    assert Investment(nothing, nothing, nothing, Decimal(5), nothing).payback is None


def test_an_account_without_a_number_has_no_return_and_says_which() -> None:
    row = {
        "account_id": "7",
        "roi_people": 3.0,
        "roi_hours_per_year": 100.0,
        "roi_hourly_cost": 30.0,
    }
    found = figures_of(
        {**row, "roi_reduction": None, "roi_licence": 5.0, "roi_setup": 0.0}, YEAR.last
    )
    assert {figure.value for figure in found} == {None}
    assert found[0].why == {
        "de": "es fehlt: roi_reduction",
        "en": "missing: roi_reduction",
        "fr": "manque : roi_reduction",
    }


def tenure(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["metrics", *arguments])


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("metrics") / "workspace"
    assert (
        CliRunner().invoke(main, ["init", str(folder), "--demo", "--on", "2026-04-01"]).exit_code
        == 0
    )
    return folder


def test_the_calculator_takes_its_numbers_from_the_command_line(root: Path) -> None:
    result = tenure(
        "roi", "--workspace", str(root), *EXAMPLE, "--setup", "10000", "--format", "csv"
    )
    rows = {row["metric"]: row for row in csv.DictReader(io.StringIO(result.stdout))}
    assert rows["saving"]["value"] == "184800.00"
    assert rows["investment"]["value"] == "34000.00"
    assert rows["roi"]["value"] == "443.5294"
    assert rows["payback"]["value"] == "2.21"


def test_programs_get_decimals_that_no_reader_rounds(root: Path) -> None:
    result = tenure(
        "roi", "--workspace", str(root), *EXAMPLE, "--setup", "10000", "--format", "json"
    )
    found = {row["metric"]: row["value"] for row in json.loads(result.stdout)}
    assert found["saving"] == "184800.00"


def test_an_account_s_own_fields_give_the_same_by_hand(root: Path) -> None:
    newest = max((root / "data").glob("accounts-*.csv"))
    with newest.open(encoding="utf-8") as file:
        row = next(row for row in csv.DictReader(file) if row["roi_people"] and row["roi_licence"])
    saved = (
        Decimal(row["roi_people"])
        * Decimal(row["roi_hours_per_year"])
        * Decimal(row["roi_hourly_cost"])
        * Decimal(row["roi_reduction"])
    )
    result = tenure(
        "roi", "--workspace", str(root), "--account", row["account_id"], "--format", "csv"
    )
    found = {each["metric"]: each["value"] for each in csv.DictReader(io.StringIO(result.stdout))}
    assert Decimal(found["saving"]) == round(saved, 2)
    assert Decimal(found["investment"]) == Decimal(row["roi_licence"]) + Decimal(row["roi_setup"])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (EXAMPLE, "roi needs --setup too"),
        (["--hours", "many"], "'many' is not a number; write it as 17600 or 35.50"),
        (["--reduction", "130%"], "130% is more than all of it"),
        (["--licence", "17.600"], "write 17600 if the point separates thousands, 17.6 if"),
        (["--hours", "3", "--account", "1"], "either --account or the numbers"),
        (["--account", "nobody"], "no account 'nobody' in the newest snapshot"),
        (["--to", "2999-01-01"], "nothing is known of it"),
        (["--from", "2026-01-01", "--to", "2026-01-01"], "is not before the window's end"),
    ],
)
def test_wrong_usage_says_what_to_write(root: Path, arguments: list[str], said: str) -> None:
    result = tenure("roi", "--workspace", str(root), *arguments)
    assert result.exit_code == 2
    assert said in " ".join(result.stderr.split())


@pytest.mark.parametrize("given", [["--hours", "3"], ["--account", "1"]])
def test_what_only_the_calculator_reads_is_not_ignored_by_others(
    root: Path, given: list[str]
) -> None:
    for families in ([], ["revenue"]):
        result = tenure(*families, "--workspace", str(root), *given)
        assert result.exit_code == 2
        assert f"{given[0]} is for `tenure metrics roi`" in result.stderr


def test_explain_says_what_each_figure_is_and_over_whom(root: Path) -> None:
    result = tenure("roi", "--workspace", str(root), *EXAMPLE, "--setup", "10000", "--explain")
    assert "ROI of the first year: (saved in a year - invested) ÷ invested" in result.stdout
    assert "Over: one account, its first year" in result.stdout


def test_people_see_no_empty_columns() -> None:
    from tenure.engine.metrics.roi import ROI_FAMILY, roi_figures

    found = roi_figures(Investment(*map(Decimal, (100, 10, 1, 100, 0))), YEAR.last)
    listing = for_people(ROI_FAMILY, found, "en")
    assert listing.columns == ("Saved in a year", "Invested", "ROI of the first year", "Payback")
    assert [*listing.rows] == [("1,000", "100", "900.0%", "1.2 months")]


@pytest.mark.parametrize(
    ("value", "text"), [("94.94996", "94.9%"), ("94.95", "95.0%"), ("92.25", "92.3%")]
)
def test_people_see_a_value_rounded_once_and_halves_upwards(value: str, text: str) -> None:
    assert figure_value_text(figure(value), "en") == text


LONG = {
    "en": "a note that is far too long to stand in the cell of a table, whatever it says",
    "fr": "une remarque",
}


def shown(*figures: Figure, form: str = "table") -> str:
    family = Family("f", {"en": "Title", "fr": "Titre"}, (metric(),), lambda _asked: [])
    return "".join(figure_report([(family, figures)], form, "en"))


def test_a_long_note_stands_once_under_the_table() -> None:
    text = shown(
        *(Figure(metric(), YEAR, Decimal(n), period=f"J{n}", notes=(LONG,)) for n in (1, 7))
    )
    assert text.count(LONG["en"]) == 1
    assert text.rstrip().endswith(LONG["en"])


def test_without_any_figure_one_line_says_why() -> None:
    text = shown(*(Figure(metric(), YEAR, None, why=LONG) for _ in range(3)))
    assert text == f"Title, from 2025-03-31 to 2026-03-31\n\nn/a: {LONG['en']}\n\n"


def test_french_has_spaces_before_colons_and_semicolons() -> None:
    family = Family("f", {"en": "Title", "fr": "Titre"}, (metric(),), lambda _asked: [])
    note = {"en": "a note", "fr": "une remarque"}
    untold = Figure(
        metric(), YEAR, None, why={"en": "no data", "fr": "pas de données"}, notes=(note,)
    )
    text = "".join(figure_report([(family, [untold])], "table", "fr"))
    assert "n. d.\u00a0: pas de données\u00a0; une remarque\n" in text


def test_without_any_account_the_calculator_says_what_it_reads(tmp_path: Path) -> None:
    root = lay_out(tmp_path / "w", {"2026-03-31": [{"account_id": "a", "mrr": "1"}]})
    result = tenure("roi", "--workspace", str(root), "--on", "2026-03-31")
    assert "n/a: no account has them all: roi_people, roi_hours_per_year" in result.stdout


def test_accounts_without_a_group_are_named_in_the_language() -> None:
    family = Family("f", {"en": "Title", "fr": "Titre"}, (metric(),), lambda _asked: [])
    figures = [Figure(metric(), YEAR, Decimal(1), group=group) for group in ("(none)", None)]
    assert [row[0] for row in for_people(family, figures, "fr").rows] == ["(aucun)", "tous"]
    assert [row[0] for row in for_people(family, figures, "en").rows] == ["(none)", "all"]


def test_groups_stand_below_each_other_and_the_whole_is_called_all() -> None:
    found = [
        Figure(metric(), YEAR, Decimal(90), group="growth"),
        Figure(metric(), YEAR, Decimal(95)),
    ]
    lines = shown(*found, form="markdown").splitlines()
    assert lines[2:] == [
        "| group | a metric |",
        "| --- | --- |",
        "| growth | 90.0% |",
        "| all | 95.0% |",
        "",
    ]


def test_the_accounts_behind_a_part_of_the_bridge_add_up_to_it(root: Path) -> None:
    window = ["--workspace", str(root), "--from", "2025-10-08", "--format", "csv"]
    figures = {
        row["metric"]: row["value"]
        for row in csv.DictReader(io.StringIO(tenure("revenue", "--by", "plan", *window).stdout))
        if not row["group"]
    }
    for part in ("expansion", "contraction", "churn", "new", "reactivation"):
        listed = csv.DictReader(io.StringIO(tenure("--accounts", part, *window).stdout))
        behind = sum(abs(Decimal(row["change"])) for row in listed)
        assert abs(behind - Decimal(figures[part])) < 1, part


def test_groups_over_periods_are_a_matrix_in_the_order_of_the_whole() -> None:
    kept = metric()
    values = {("2026-01", "M1"): 50, ("2026-02", "M0"): 100, (None, "M0"): 100, (None, "M1"): 50}
    found = [
        Figure(kept, YEAR, Decimal(value), group=group, period=period)
        for (group, period), value in values.items()
    ]
    family = Family("f", TEXTS, (kept,), lambda _asked: [], wide=True, over_periods=kept)
    listing = for_people(family, found, "en")
    assert listing.columns == ("a metric", "M0", "M1")
    assert [*listing.rows] == [
        ("2026-01", "", "50.0%"),
        ("2026-02", "100.0%", ""),
        ("all", "100.0%", "50.0%"),
    ]


def test_the_command_line_knows_every_figure_that_has_accounts() -> None:
    from tenure.engine.metrics import families, groups
    from tenure.engine.metrics.families import METRIC_FAMILIES

    assert groups.DRILLDOWN_FIGURES == families.DRILLDOWN
    assert tuple(METRIC_FAMILIES) == groups.FAMILIES


def test_the_plot_is_a_file_of_its_own_with_what_the_table_says(root: Path, tmp_path: Path) -> None:
    path = tmp_path / "cohorts.svg"
    window = ["--workspace", str(root), "--on", "2026-04-01", "--by", "segment"]
    result = tenure("cohorts", *window, "--plot", str(path), "--format", "csv")
    assert result.exit_code == 0
    drawn = ElementTree.parse(path).getroot()
    titles = {"".join(each.itertext()) for each in drawn.iter("{http://www.w3.org/2000/svg}title")}
    rows = csv.DictReader(io.StringIO(result.stdout))
    kept = [row for row in rows if row["metric"] == "cohort_retention" and row["value"]]
    assert kept
    for row in kept:
        value = f"{Decimal(row['value']):.2f}".rstrip("0").rstrip(".")
        assert f"{row['group'] or 'All accounts'}, {row['period']}: {value}%" in titles
    assert "http" not in path.read_text("utf-8").replace("http://www.w3.org/2000/svg", "")
