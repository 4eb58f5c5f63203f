"""The Python API: its names, results equal to the command line's, its errors, and its examples."""

from __future__ import annotations

import datetime as dt
import doctest
import gc
import importlib
import inspect
import json
import pickle
import shutil
import subprocess
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import tenure
from click.testing import CliRunner
from tenure.cli.main import main
from tenure.engine.core.schemas import COUNTS, ENDED, LEDGER, STATES
from tenure.engine.metrics.groups import DRILLDOWN_FIGURES
from tenure.engine.store import Reader
from tenure.engine.store.lock import hold_lock
from tenure.result_types import CONDITIONS, FIGURES, STANDINGS

ROOT = Path(__file__).parents[2]
ON, DAY_BEFORE = "2026-04-01", "2026-03-31"
PUBLIC = {
    "CommittedError",
    "Condition",
    "Evaluation",
    "Explanation",
    "Invocation",
    "LockedError",
    "Playbooks",
    "Problem",
    "ProblemsError",
    "Report",
    "RunResult",
    "Span",
    "TenureError",
    "UsageError",
    "Workspace",
    "__version__",
    "evaluate",
    "invoke",
    "open",
    "parse_condition",
}
MODULES = (
    "tenure",
    "tenure.condition_api",
    "tenure.evaluation_api",
    "tenure.exceptions",
    "tenure.invocation",
    "tenure.playbook_set",
    "tenure.result_types",
    "tenure.workspace_api",
)
PAGE = ROOT / "docs" / "reference" / "python-api.md"
NOTEBOOKS = sorted((ROOT / "docs" / "notebooks").glob("*.ipynb"))


def cli(root: Path, *args: str) -> tuple[int, str]:
    """Return the exit code and the standard output of a command."""
    result = CliRunner().invoke(main, [*args, "--workspace", str(root)])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout


def plain(frame: pl.DataFrame) -> list[dict[str, Any]]:
    """Return a frame's rows as the command line's JSON has them."""
    return [
        {
            name: value.isoformat()
            if isinstance(value, dt.date)
            else json.loads(value)
            if name == "detail" and value
            else value
            for name, value in row.items()
        }
        for row in frame.iter_rows(named=True)
    ]


class ArrowTable:
    """A table of another library, which exports Arrow."""

    def __init__(self, frame: pl.DataFrame) -> None:
        self._frame = frame

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self._frame.__arrow_c_stream__(requested_schema)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the example workspace, before any run."""
    folder = tmp_path_factory.mktemp("api") / "demo"
    assert CliRunner().invoke(main, ["init", str(folder), "--demo", "--on", ON]).exit_code == 0
    return folder


@pytest.fixture(scope="module")
def ready(demo: Path) -> Path:
    """Return the example workspace after a run by the command line."""
    folder = demo.with_name("ready")
    shutil.copytree(demo, folder)
    assert cli(folder, "run", "--on", DAY_BEFORE, "--format", "brief")[0] == 4
    return folder


@pytest.fixture(scope="module")
def workspace(ready: Path) -> tenure.Workspace:
    return tenure.open(str(ready), today=ON)


@pytest.fixture
def copy(demo: Path, tmp_path: Path) -> Path:
    """Return a copy of the example workspace that may be changed."""
    return Path(shutil.copytree(demo, tmp_path / "demo"))


# -- names ------------------------------------------------------------------------------------


def test_exactly_the_documented_names_are_public() -> None:
    assert set(tenure.__all__) == set(dir(tenure)) == PUBLIC
    for name in PUBLIC:
        assert getattr(tenure, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'Store'"):
        tenure.Store  # noqa: B018
    star: dict[str, object] = {}
    exec("from tenure import *", star)
    assert {name for name in star if name != "__builtins__"} == PUBLIC


def test_every_other_module_says_that_it_is_private() -> None:
    names = ("tenure.engine", "tenure.cli", "tenure.playbooks", "tenure.schemas")
    for name in (*names, "tenure.arguments", *MODULES[1:]):
        assert "rivate" in str(importlib.import_module(name).__doc__), name


def test_import_loads_no_library() -> None:
    code = (
        "import sys, tenure\n"
        "heavy = {'polars', 'click', 'ruamel', 'yaml', 'jinja2', 'transitions', 'holidays'}\n"
        "print(tenure.__version__, sorted(heavy & {name.partition('.')[0] for name in sys.modules}))"
    )
    shown = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert shown.stdout == f"{tenure.__version__} []\n"


def members() -> Iterator[tuple[str, Any]]:
    """Yield every public function, class, method and property by the name that the page has."""
    for name in sorted(PUBLIC - {"__version__"}):
        value = getattr(tenure, name)
        yield name, value
        if inspect.isclass(value) and value.__module__.startswith("tenure.") and name != "Span":
            for member, each in vars(value).items():
                documented = inspect.isfunction(each) or isinstance(each, property)
                if documented and not member.startswith("_"):
                    yield f"{name}.{member}", each


def test_every_public_name_is_documented() -> None:
    page = PAGE.read_text("utf-8")
    for name, value in members():
        assert inspect.getdoc(value), name
        assert f"`{name}" in page or f"`tenure.{name}" in page, name
        if inspect.isfunction(value):
            for parameter in inspect.signature(value).parameters:
                assert parameter == "self" or parameter in page, (name, parameter)


# -- results equal to the command line's --------------------------------------------------------


def test_run_does_what_the_command_does(copy: Path, ready: Path) -> None:
    workspace = tenure.open(copy, today=dt.date(2026, 4, 1))
    result = workspace.run(DAY_BEFORE)
    assert result.on == dt.date(2026, 3, 31)
    assert result.dates == (dt.date(2026, 3, 31),)
    assert dict(result.actions.schema) == LEDGER
    assert dict(result.counts.schema) == COUNTS
    assert result.exit_code == 4
    assert not result.left_out.is_empty()
    everything = {"due_from": "1900-01-01", "history": True}
    by_command = tenure.open(ready).actions(**everything)
    assert not by_command.is_empty()
    assert workspace.actions(**everything).equals(by_command)
    assert result.actions.equals(by_command)
    assert workspace.states().equals(tenure.open(ready).states())


@pytest.mark.parametrize("until", [None, "+1d"])
def test_preview_gives_what_the_command_gives(
    ready: Path, workspace: tenure.Workspace, until: str | None
) -> None:
    more = ("--until", until) if until else ()
    code, shown = cli(ready, "preview", "--on", ON, "--format", "json", *more)
    result = workspace.preview(ON, until=until)
    expected = json.loads(shown)
    assert result.exit_code == code == 4
    assert [date.isoformat() for date in result.dates] == expected["dates"]
    assert plain(result.actions) == expected["entries"]
    assert plain(result.counts) == expected["counts"]
    assert plain(result.left_out) == expected["quarantined"]


def test_preview_renders_messages(workspace: tenure.Workspace) -> None:
    actions = workspace.preview(messages=True).actions
    assert {"subject", "body"} <= set(actions.columns)
    assert actions["body"].drop_nulls().len() > 0


@pytest.mark.parametrize(
    ("words", "filters"),
    [
        (("--on", DAY_BEFORE), {"on": DAY_BEFORE}),
        (("--from", ON, "--status", "issued"), {"due_from": ON, "statuses": "issued"}),
        (
            ("--to", ON, "--playbook", "renewal", "--playbook", "loyalty", "--all"),
            {"due_to": dt.date(2026, 4, 1), "playbooks": ["renewal", "loyalty"], "history": True},
        ),
        (
            ("--on", DAY_BEFORE, "--account", "00012", "--messages"),
            {"on": DAY_BEFORE, "accounts": "00012", "messages": True},
        ),
        (("--on", ON), {}),
    ],
)
def test_actions_are_those_of_the_command(
    ready: Path, workspace: tenure.Workspace, words: tuple[str, ...], filters: dict[str, Any]
) -> None:
    _, shown = cli(ready, "actions", "--format", "json", *words)
    assert plain(workspace.actions(**filters)) == json.loads(shown)


def test_explain_says_what_the_command_says(ready: Path, workspace: tenure.Workspace) -> None:
    _, text = cli(ready, "explain", "00012", "--on", ON)
    _, data = cli(ready, "explain", "00012", "--on", ON, "--format", "json")
    explanation = workspace.explain("00012")
    assert str(explanation) == explanation.text == text
    assert explanation.data == json.loads(data)
    assert dict(explanation.standings.schema) == STANDINGS
    assert dict(explanation.conditions.schema) == CONDITIONS
    assert explanation.standings["playbook"].to_list() == list(workspace.playbooks.ids)
    count = sum(
        len(way["conditions"]) + len(way["actions"])
        for playbook in json.loads(data)["playbooks"]
        for way in playbook["ways"]
    )
    assert explanation.conditions.height == count > 0
    assert {True, False} <= set(explanation.conditions["outcome"])


@pytest.mark.parametrize(
    ("words", "options"),
    [
        ((), {}),
        (
            ("revenue", "--by", "segment", "--method", "movements"),
            {"by": "segment", "method": "movements"},
        ),
        (("cohorts", "--periods", "months", "--explain"), {"periods": "months", "explain": True}),
        (("roi", "--language", "fr"), {"language": "fr"}),
        (
            ("roi", "--account", "00012", "--language", "fr-CA"),
            {"account": "00012", "language": "fr-CA"},
        ),
        (
            (
                "roi",
                *("--hours", "17600", "--rate", "35.5", "--reduction", "30%"),
                *("--licence", "24000", "--setup", "0"),
            ),
            {
                "hours": 17600,
                "rate": 35.5,
                "reduction": "30%",
                "licence": Decimal(24000),
                "setup": 0,
            },
        ),
    ],
)
def test_metrics_are_those_of_the_command(
    ready: Path, workspace: tenure.Workspace, words: tuple[str, ...], options: dict[str, Any]
) -> None:
    families = [word for word in words if word in ("revenue", "cohorts", "roi")]
    _, shown = cli(ready, "metrics", *words, "--on", ON, "--from", "2025-10-08", "--format", "json")
    figures = workspace.metrics(*families, start="2025-10-08", **options)
    assert list(figures.schema.items())[: len(FIGURES)] == list(FIGURES.items())
    expected = json.loads(shown)
    assert figures.height == len(expected) > 0
    for got, wanted in zip(plain(figures), expected, strict=True):
        value = wanted.pop("value")
        assert got.pop("value") == (None if value is None else Decimal(str(value)))
        assert got == wanted


def test_a_reduction_is_a_share_as_number_or_text(workspace: tenure.Workspace) -> None:
    numbers: dict[str, Any] = {"hours": 100, "rate": 30, "licence": 900, "setup": "100"}
    for reduction in (0.5, Decimal("0.5"), "0.5", "50%"):
        figures = workspace.metrics("roi", reduction=reduction, **numbers)
        values = dict(figures.select("metric", "value").iter_rows())
        assert values == {"saving": 1500, "investment": 1000, "roi": 50, "payback": 8}


@pytest.mark.parametrize("figure", DRILLDOWN_FIGURES)
def test_the_accounts_of_a_figure_are_those_of_the_command(
    ready: Path, workspace: tenure.Workspace, figure: str
) -> None:
    words = ["metrics", "--accounts", figure, "--on", ON, "--from", "2025-10-08", "--by", "segment"]
    found = workspace.figure_accounts(figure, start="2025-10-08", by="segment")
    command = tenure.invoke([*words, "--workspace", ready, "--format", "json"])
    assert found.equals(command.result)
    listed = json.loads(command.output)
    assert found["account_id"].to_list() == [row["account_id"] for row in listed]
    empty = workspace.figure_accounts(figure, start="2025-01-01", end="2025-02-01", by="segment")
    assert (empty.schema, empty.height) == (found.schema, 0)


@pytest.mark.parametrize(
    ("document", "subject"), [("qbr_prep", "00243"), ("retention_programme", None)]
)
def test_report_is_that_of_the_command(
    ready: Path, workspace: tenure.Workspace, document: str, subject: str | None, tmp_path: Path
) -> None:
    _, shown = cli(ready, "report", document, *([subject] if subject else []), "--on", ON)
    report = workspace.report(document, subject)
    assert report.content == shown
    assert (report.document, report.format) == (document, "markdown")
    assert report.save(tmp_path / "report.md").read_text("utf-8") == shown


def test_no_account_of_the_example_reads_a_language_that_messages_lack(
    workspace: tenure.Workspace,
) -> None:
    codes = {problem.code for problem in workspace.preview().problems}
    assert "untranslated-message" not in codes


# -- evaluate -----------------------------------------------------------------------------------


def test_evaluate_gives_what_a_first_run_commits(ready: Path, workspace: tenure.Workspace) -> None:
    snapshot = workspace.snapshot(DAY_BEFORE)
    assert dict(snapshot.schema).items() >= workspace.playbooks.columns.items()
    due = Reader(ready / "store").runs(dt.date(2026, 3, 31))[-1].playbooks
    playbooks = workspace.playbooks.select(*due)
    known_on = workspace.snapshot_date(DAY_BEFORE)
    result = tenure.evaluate(playbooks, snapshot, None, DAY_BEFORE, snapshot_on=known_on)
    assert result.actions.equals(workspace.actions(due_from="1900-01-01", history=True))
    assert result.states.equals(workspace.states())
    assert dict(result.states.schema) == STATES
    assert dict(result.actions.schema) == LEDGER
    assert dict(result.ended.schema) == ENDED
    assert dict(result.counts.schema) == COUNTS


def test_evaluate_of_parts_equals_the_whole(workspace: tenure.Workspace) -> None:
    playbooks = pickle.loads(pickle.dumps(workspace.playbooks.select("loyalty", "anniversary")))
    assert list(playbooks) == ["anniversary", "loyalty"]
    snapshot, states = workspace.snapshot(), workspace.states()
    whole = tenure.evaluate(playbooks, snapshot, states, ON)
    half = snapshot.height // 2
    parts = [
        tenure.evaluate(playbooks, ArrowTable(part) if number else part.lazy(), states, ON)
        for number, part in enumerate((snapshot[:half], snapshot[half:]))
    ]
    assert not whole.actions.is_empty()
    for name in ("states", "actions", "ended"):
        together = pl.concat([getattr(part, name) for part in parts])
        keys = [
            key
            for key in ("due_on", "account_id", "playbook", "step", "action_id", "cycle")
            if key in together.columns
        ]
        assert together.sort(keys).equals(getattr(whole, name).sort(keys)), name


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda frame: frame.drop("status"), "snapshot lacks the columns status"),
        (
            lambda frame: frame.with_columns(health_score=pl.lit("70")),
            "snapshot has String in health_score; it must be Float64",
        ),
        (
            lambda frame: frame.with_columns(health_score=pl.lit(float("nan"))),
            "a number that is not finite in health_score",
        ),
        (lambda frame: pl.concat([frame, frame.head(1)]), "more than once"),
        (
            lambda frame: frame.with_columns(account_id=pl.lit(None, pl.String)),
            "rows without account_id",
        ),
        (lambda frame: frame.with_columns(account_id=pl.lit(7)), "has Int32 in account_id"),
        (lambda frame: frame.rows(), "snapshot is not a table but list"),
    ],
)
def test_evaluate_refuses_a_wrong_snapshot(
    workspace: tenure.Workspace, change: Any, message: str
) -> None:
    with pytest.raises(tenure.UsageError, match=message):
        tenure.evaluate(workspace, change(workspace.snapshot()), None, ON)


def test_evaluate_refuses_other_wrong_arguments(workspace: tenure.Workspace) -> None:
    snapshot = workspace.snapshot()
    with pytest.raises(tenure.UsageError, match="playbooks is not"):
        tenure.evaluate("renewal", snapshot, None, ON)  # type: ignore[arg-type]
    with pytest.raises(tenure.UsageError, match="did you mean loyalty"):
        workspace.playbooks.select("loyality")
    with pytest.raises(tenure.UsageError, match="is after on"):
        tenure.evaluate(workspace, snapshot, None, ON, snapshot_on="2026-04-02")
    states = workspace.states()
    with pytest.raises(tenure.UsageError, match="states lacks the columns cycle"):
        tenure.evaluate(workspace, snapshot, states.drop("cycle"), ON)
    with pytest.raises(tenure.UsageError, match="more than once in one playbook"):
        tenure.evaluate(workspace, snapshot, pl.concat([states, states]), ON)


@pytest.fixture
def support(tmp_path: Path) -> tenure.Workspace:
    folder = tmp_path / "support_load"
    shutil.copytree(ROOT / "docs" / "examples" / "support_load", folder)
    return tenure.open(folder, today=ON)


def event_frames(support: tenure.Workspace) -> dict[str, pl.DataFrame]:
    """Return the example's events as a program may have read them: dates are dates, numbers are numbers."""
    return {
        name: pl.read_csv(support.path / "events" / f"{name}.csv", try_parse_dates=True)
        for name in ("tickets", "logins")
    }


def test_evaluate_with_tables_of_events_gives_what_a_run_gives(support: tenure.Workspace) -> None:
    playbooks = pickle.loads(pickle.dumps(support.playbooks))
    assert playbooks.events == {
        "logins": ("account_id", "day"),
        "tickets": ("client", "opened_at", "priority"),
    }
    events = event_frames(support)
    result = tenure.evaluate(playbooks, support.snapshot(), None, ON, events=events)
    expected = pl.read_csv(support.path / "expected.csv", try_parse_dates=True)
    assert result.actions.select(expected.columns).equals(expected)
    none = {name: frame.clear() for name, frame in events.items()}
    assert tenure.evaluate(playbooks, support.snapshot(), None, ON, events=none).actions.is_empty()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda _: None, "read the events of logins; pass events={'logins': table} with the"),
        (lambda events: {"logins": events["logins"]}, "the columns client, opened_at, priority"),
        (lambda events: events | {"ticket": events["tickets"]}, "did you mean tickets"),
        (lambda events: events | {"logins": events["logins"].drop("day")}, "lacks the columns day"),
        (lambda events: events | {"logins": [1]}, r"events\['logins'\] is not a table but list"),
        (lambda events: events["logins"], "events is not a mapping"),
    ],
)
def test_evaluate_refuses_wrong_tables_of_events(
    support: tenure.Workspace, change: Any, message: str
) -> None:
    events = change(event_frames(support))
    with pytest.raises(tenure.UsageError, match=message):
        tenure.evaluate(support, support.snapshot(), None, ON, events=events)


# -- conditions ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "row", "outcome"),
    [
        ("a < 5", {"a": 4}, True),
        ("a < 5", {"a": Decimal("5.0")}, False),
        ("a < 5", {}, None),
        ("not a < 5", {"a": None}, None),
        ("a is missing", {}, True),
        ("b == 'x' or a > 1", {"b": "x"}, True),
        ("b is missing", {"b": " "}, True),
        ("c and a > 1", {"c": False}, False),
        ("d < today", {"d": "2026-03-31"}, True),
        ("days_until(d) == 1", {"d": dt.date(2026, 4, 2)}, True),
        ("crossed_below(a, 5)", {"a": 4, "a@previous": 6}, True),
        ("crossed_below(a, 5)", {"a": 4}, None),
    ],
)
def test_a_condition_is_true_false_or_unknown(
    text: str, row: dict[str, Any], outcome: bool | None
) -> None:
    fields = {"a": "number", "b": "text", "c": "boolean", "d": "date"}
    condition = tenure.parse_condition(text, fields)
    assert condition.evaluate(row, today=ON) is outcome
    assert (condition.missing(row, today=ON) != ()) is (outcome is None)


def test_the_errors_of_a_condition_have_their_place() -> None:
    with pytest.raises(tenure.ProblemsError) as caught:
        tenure.parse_condition("health_score < 70 and\nstatus = 'active'")
    problem = caught.value.problems[0]
    assert problem.span is not None
    assert (problem.span.line, problem.span.column) == (2, 8)
    assert "status = 'active'" in str(caught.value)
    again = pickle.loads(pickle.dumps(caught.value))
    assert (type(again), str(again), again.problems) == (
        tenure.ProblemsError,
        str(caught.value),
        caught.value.problems,
    )


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"a": "4"}, "a is not a number: '4'"),
        ({"a": True}, "a is not a number: True"),
        ({"a": float("nan")}, "a is not a finite number: nan"),
        ({"b": 4}, "b is not a text: 4"),
        ({"c": 1}, "c is not a boolean: 1"),
        ({"d": "01/04/2026"}, "d is not a date: '01/04/2026'"),
        ({"d": dt.datetime(2026, 4, 1, tzinfo=dt.UTC)}, "d is an instant"),
        ([4], "row is not a mapping"),
    ],
)
def test_a_wrong_value_is_refused(row: Any, message: str) -> None:
    fields = {"a": "number", "b": "text", "c": "boolean", "d": "date"}
    condition = tenure.parse_condition("a > 1 or b == 'x' or c or d is missing", fields)
    with pytest.raises(tenure.UsageError, match=message):
        condition.evaluate(row)


def test_wrong_arguments_of_conditions_are_refused(workspace: tenure.Workspace) -> None:
    with pytest.raises(tenure.UsageError, match="pass today="):
        tenure.parse_condition("renewal_date > today").evaluate({})
    with pytest.raises(tenure.UsageError, match="did you mean number"):
        tenure.parse_condition("a > 1", {"a": "numbr"})
    with pytest.raises(tenure.UsageError, match="text is not a text"):
        tenure.parse_condition(7)  # type: ignore[arg-type]
    assert workspace.parse_condition("health_score < 70").text == "health_score < 70"
    with pytest.raises(tenure.ProblemsError, match="enterprise"):
        workspace.parse_condition("segment == 'entreprise'")
    with pytest.raises(tenure.UsageError, match="reads other playbooks"):
        tenure.parse_condition("stands_in('renewal')")


# -- errors -------------------------------------------------------------------------------------


def test_errors_have_the_exit_codes_of_the_command_line() -> None:
    errors = (tenure.ProblemsError, tenure.UsageError, tenure.LockedError, tenure.CommittedError)
    assert [each.exit_code for each in errors] == [1, 2, 3, 5]
    assert all(issubclass(each, tenure.TenureError) for each in errors)
    assert issubclass(tenure.UsageError, ValueError)


@pytest.mark.parametrize("path", ["", "a\0b", 7, b"demo", None])
def test_open_refuses_what_is_not_a_path(path: Any) -> None:
    with pytest.raises(tenure.UsageError, match="path is not a path"):
        tenure.open(path)


def test_open_refuses_a_folder_that_is_not_a_workspace(tmp_path: Path) -> None:
    with pytest.raises(tenure.UsageError, match="is not a folder"):
        tenure.open(tmp_path / "nowhere")
    with pytest.raises(tenure.UsageError, match=r"has no tenure\.yaml"):
        tenure.open(tmp_path)


def test_open_shows_wrong_settings_and_leaves_out_a_bad_playbook(copy: Path) -> None:
    (copy / "playbooks" / "vip.yaml").write_text("playbook: vip\nbody: 1\n", "utf-8")
    workspace = tenure.open(copy, today=ON)
    assert "vip" not in workspace.playbooks
    assert "unknown-key" in {problem.code for problem in workspace.problems}
    assert workspace.preview(DAY_BEFORE).exit_code == 1
    (copy / "tenure.yaml").write_text("workspace: x\ntime_zone: Mars/Base\n", "utf-8")
    with pytest.raises(tenure.ProblemsError, match="Mars/Base") as caught:
        tenure.open(copy)
    assert caught.value.exit_code == 1
    assert all(problem.code for problem in caught.value.problems)


@pytest.mark.parametrize(
    "on", ["2026-4-1", "20260401", "2026-02-30", "today", 5, dt.datetime(2026, 4, 1, tzinfo=dt.UTC)]
)
def test_dates_that_are_not_dates_are_refused(workspace: tenure.Workspace, on: Any) -> None:
    for call in (workspace.run, workspace.preview, workspace.actions, workspace.snapshot):
        with pytest.raises(tenure.UsageError, match=r"^on is"):
            call(on)


def test_wrong_names_are_refused_with_the_right_one(workspace: tenure.Workspace) -> None:
    calls: list[tuple[Any, str]] = [
        (lambda: workspace.explain("0012"), "did you mean 00012"),
        (lambda: workspace.explain(12), "account is not a text: 12"),  # type: ignore[arg-type]
        (lambda: workspace.explain("00012", playbook="loyal"), "did you mean loyalty"),
        (lambda: workspace.actions(statuses="isued"), "did you mean issued"),
        (lambda: workspace.actions(owner=5), "owner is not a text"),  # type: ignore[arg-type]
        (lambda: workspace.actions(accounts=[12]), "accounts is not a text or a list"),  # type: ignore[list-item]
        (lambda: workspace.metrics("revenu"), "did you mean revenue"),
        (lambda: workspace.metrics(by="segmnt"), "did you mean segment"),
        (lambda: workspace.metrics(end="2026-05-01"), "is after 2026-04-01"),
        (lambda: workspace.metrics(start=ON, end=ON), "is not before the window's end"),
        (lambda: workspace.metrics("revenue", account="00012"), "account is for the metrics roi"),
        (lambda: workspace.metrics("roi", account="x"), "account 'x' is unknown"),
        (lambda: workspace.metrics(hours=5), "hours is for the metrics roi"),
        (lambda: workspace.metrics("roi", hours=5, rate=3), "roi needs reduction, licence, setup"),
        (
            lambda: workspace.metrics("roi", hours=5, account="00012"),
            "either account or the numbers",
        ),
        (lambda: workspace.metrics("roi", hours="5 h"), "hours: '5 h' is not a number"),
        (lambda: workspace.metrics("roi", hours=True), "hours: True is not a number"),
        (lambda: workspace.metrics("roi", rate=float("nan")), "rate: nan is not a number"),
        (lambda: workspace.metrics("roi", rate=-1), "rate: -1 is negative or too large"),
        (
            lambda: workspace.metrics("roi", setup=10**15),
            "setup: 1000000000000000 is negative or too large",
        ),
        (lambda: workspace.metrics("roi", reduction=1.5), "reduction: 1.5 is more than all of it"),
        (
            lambda: workspace.metrics(language="it"),
            "language 'it' is unknown; there are: de, en, fr",
        ),
        (lambda: workspace.figure_accounts("curn"), "did you mean churn"),
        (lambda: workspace.figure_accounts("churn", by="segmnt"), "did you mean segment"),
        (lambda: workspace.figure_accounts("churn", end="2026-05-01"), "is after 2026-04-01"),
        (lambda: workspace.report("qbr"), "document 'qbr' is unknown"),
        (lambda: workspace.report("qbr_prep"), "is about one account"),
        (lambda: workspace.report("portfolio", "00012"), "is about all accounts"),
        (lambda: workspace.report("qbr_prep", "00243", format="pdf"), "format 'pdf' is unknown"),
        (lambda: workspace.report("qbr_prep", "0243"), "0243"),
        (lambda: workspace.preview(ON, until=DAY_BEFORE), "is before on"),
        (lambda: tenure.invoke("run"), "args is not a list of texts"),
        (lambda: tenure.invoke([5]), "args is not a list of texts"),  # type: ignore[list-item]
    ]
    for call, message in calls:
        with pytest.raises(tenure.UsageError, match=message) as caught:
            call()
        assert caught.value.exit_code == 2


def test_a_date_to_come_is_refused_and_a_lock_is_named(copy: Path) -> None:
    workspace = tenure.open(copy, today=DAY_BEFORE)
    with pytest.raises(tenure.ProblemsError, match="2026-04-01"):
        workspace.run(ON)
    workspace.run()
    with hold_lock(copy / "store"), pytest.raises(tenure.LockedError, match="has held"):
        workspace.run()


def test_a_result_that_cannot_be_read_names_the_dates_committed(
    copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: object) -> object:
        raise OSError("the disk is gone")

    workspace = tenure.open(copy, today=DAY_BEFORE)
    monkeypatch.setattr("tenure.result_types.run_result", fail)
    with pytest.raises(tenure.CommittedError, match="2026-03-31: committed") as caught:
        workspace.run()
    assert caught.value.committed == (dt.date(2026, 3, 31),)
    assert not workspace.actions(DAY_BEFORE).is_empty()


def test_the_clock_is_that_of_the_workspace(copy: Path) -> None:
    before = dt.datetime.now(dt.UTC)
    today = tenure.open(copy).today
    assert abs((today - before.date()).days) <= 1
    assert tenure.open(copy, today="2026-03-31").today == dt.date(2026, 3, 31)


# -- invoke -------------------------------------------------------------------------------------


@pytest.mark.slow
def test_invoke_returns_the_exit_code_and_the_value(
    ready: Path, workspace: tenure.Workspace
) -> None:
    def invoked(*words: str) -> tenure.Invocation:
        return tenure.invoke([*words, "--workspace", ready])

    preview = invoked("preview", "--on", ON, "--format", "json")
    assert (preview.exit_code, preview.success) == (4, True)
    assert preview.result.actions.equals(workspace.preview(ON).actions)
    assert preview.output == cli(ready, "preview", "--on", ON, "--format", "json")[1]
    assert "bad values" in preview.messages
    assert invoked("actions", "--on", DAY_BEFORE).result.equals(workspace.actions(DAY_BEFORE))
    chosen = invoked("actions", "--on", DAY_BEFORE, "--columns", "due_on,title").result
    assert chosen.columns == ["due_on", "title"]
    explained = invoked("explain", "00012", "--on", ON).result
    assert explained.text == workspace.explain("00012").text
    figures = invoked("metrics", "revenue", "--on", ON, "--from", "2025-10-08").result
    assert figures.equals(workspace.metrics("revenue", start="2025-10-08"))
    report = invoked("report", "qbr_prep", "00243", "--on", ON).result
    assert report == workspace.report("qbr_prep", "00243")
    collecting = gc.isenabled()
    assert invoked("validate").result == workspace.problems == ()
    assert gc.isenabled() is collecting


def test_invoke_returns_failures_as_exit_codes(
    ready: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    missing = tenure.invoke(["run", "--workspace", ready.with_name("nowhere")])
    assert (missing.exit_code, missing.result, missing.success) == (2, None, False)
    assert "does not exist" in missing.messages
    with hold_lock(ready / "store"):
        assert tenure.invoke(["run", "--workspace", ready, "--on", ON]).exit_code == 3
    assert tenure.invoke(["--version"]).output == f"tenure {tenure.__version__}\n"
    assert capsys.readouterr() == ("", "")


# -- examples -----------------------------------------------------------------------------------


def examples() -> list[doctest.DocTest]:
    """Return the examples of all docstrings, and those of the page."""
    found = []
    for name in MODULES:
        module = importlib.import_module(name)
        found += [each for each in doctest.DocTestFinder().find(module, name) if each.examples]
    page = doctest.DocTestParser().get_doctest(
        PAGE.read_text("utf-8").replace("\n```", "\n\n```"), {}, "python-api.md", str(PAGE), 0
    )
    return [*found, page]


@pytest.mark.parametrize("example", examples(), ids=lambda example: example.name)
def test_an_example_gives_what_it_shows(
    example: doctest.DocTest, copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(copy.parent)
    shutil.copytree(ROOT / "docs" / "examples" / "support_load", copy.parent / "support_load")
    report: list[str] = []
    failed = doctest.DocTestRunner(verbose=False).run(example, out=report.append).failed
    assert not failed, "".join(report)


def test_most_public_functions_have_an_example() -> None:
    names = {each.name.rpartition(".")[2] for each in examples()}
    assert {"open", "run", "preview", "actions", "explain", "metrics", "report"} <= names
    assert "figure_accounts" in names
    assert {"evaluate", "parse_condition", "invoke", "Playbooks", "ProblemsError"} <= names


@pytest.mark.slow
@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_gives_the_outputs_that_it_stores(
    notebook: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from support.notebooks import run_cells, stored_outputs

    monkeypatch.chdir(tmp_path)
    content = json.loads(notebook.read_text("utf-8"))
    assert run_cells(content) == stored_outputs(content)


def test_there_is_a_notebook() -> None:
    assert NOTEBOOKS
