"""A bad value makes its field unknown; only where the field is essential does it leave the account out (rule 12)."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from click.testing import CliRunner, Result
from polars.testing import assert_frame_equal
from support.one_account import DAY, DROP, MONDAY, text, told
from support.workspaces import RENEWAL, SETTINGS, snapshot, workspace
from tenure.cli.main import main
from tenure.engine.project.loading import load_project
from tenure.engine.runs.running import run
from tenure.engine.sources import Snapshots, partitioned
from tenure.engine.sources.left_out import rows_left_out
from tenure.engine.sources.snapshots import Snapshot
from tenure.engine.store import Reader
from tenure.engine.workspace.settings_loader import load_workspace

ROWS: list[dict[str, str | None]] = [
    {
        "account_id": "a1",
        "status": "active",
        "health_score": "80",
        "renewal_date": "2026-05-31",
        "vip": "true",
        "nps_rating": "9",
        "segment": None,
        "arr": "200000",
    },
    {
        "account_id": "a2",
        "status": "activ",
        "health_score": "n/a",
        "renewal_date": "2026-02-30",
        "vip": "maybe",
        "nps_rating": "-3",
        "segment": "huge",
        "arr": "lots",
    },
    {"account_id": "a3", "status": "lapsed"},
]
TYPED = {
    "status": ["active", None, "lapsed"],
    "health_score": [80.0, None, None],
    "renewal_date": [dt.date(2026, 5, 31), None, None],
    "vip": [True, None, None],
    "nps_rating": [9.0, None, None],
    "arr": [200000.0, None, None],
}
SOURCES = {
    "csv": "files: 'data/{date}.csv'",
    "parquet": "files: 'data/{date}.parquet'",
    "jsonl": "files: 'data/{date}.jsonl'",
    "one file": "file: data/all.csv\n  date_column: as_of",
    "query": "query: SELECT * FROM accounts WHERE CAST($on AS DATE) IS NOT NULL\n"
    "  tables: {accounts: data/all.csv}",
}


def laid_out(root: Path, form: str, fields: str = "fields: {}\n") -> Path:
    """Lay out the same three accounts in a form of snapshots."""
    workspace(root, {}, SETTINGS.replace("files: data/accounts-{date}.csv", SOURCES[form]))
    frame = pl.DataFrame(ROWS, schema=dict.fromkeys(ROWS[0], pl.String))
    data = root / "data"
    if form == "parquet":
        frame.write_parquet(data / f"{MONDAY}.parquet")
    elif form == "jsonl":
        frame.write_ndjson(data / f"{MONDAY}.jsonl")
    elif form == "csv":
        frame.write_csv(data / f"{MONDAY}.csv")
    else:
        dated = frame.with_columns(pl.lit(MONDAY.isoformat()).alias("as_of"))
        dated.write_csv(data / "all.csv")
    (root / "fields.yaml").write_text(fields, "utf-8")
    return root


def loaded(root: Path, *fields: str) -> Snapshot:
    project = load_project(root)
    assert not project.errors
    return Snapshots(project.workspace, project.catalogue).load(MONDAY, fields or [*TYPED])


@pytest.mark.parametrize("form", SOURCES)
def test_a_bad_value_is_unknown_and_its_account_stays(tmp_path: Path, form: str) -> None:
    found = loaded(laid_out(tmp_path / "w", form))
    assert found.frame["account_id"].to_list() == ["a1", "a2", "a3"]
    assert {name: found.frame[name].to_list() for name in TYPED} == TYPED
    row = 3 if form in ("csv", "one file") else 2  # a header is the first row of a spreadsheet
    assert found.quarantined.select("account_id", "row", "field", "value").rows() == [
        ("a2", row, "arr", "lots"),
        ("a2", row, "health_score", "n/a"),
        ("a2", row, "nps_rating", "-3"),
        ("a2", row, "renewal_date", "2026-02-30"),
        ("a2", row, "status", "activ"),
        ("a2", row, "vip", "maybe"),
    ]
    assert found.rows == 3
    assert found.account_ids().to_list() == ["a1", "a2", "a3"]


@pytest.mark.parametrize("form", SOURCES)
def test_a_bad_value_of_an_essential_field_leaves_the_account_out(
    tmp_path: Path, form: str
) -> None:
    root = laid_out(tmp_path / "w", form, "fields: {vip: {essential: true}}\n")
    found = loaded(root, "vip", "health_score")
    # A missing value is not a bad one: the third account stays.
    assert found.frame["account_id"].to_list() == ["a1", "a3"]
    assert dict(found.quarantined.select("field", "reason").iter_rows()) == {
        "health_score": "not a plain number",
        "vip": "neither true nor false; the field is essential, so the account is left out",
    }
    assert sorted(found.account_ids()) == ["a1", "a2", "a3"]
    assert rows_left_out(found.quarantined, load_project(root).catalogue) == 1


DERIVING = """\
fields:
  health_score: {default: 50}
  worth: {type: text, derive: [{when: arr > 1000, then: much}, {otherwise: little}]}
  place: {type: number, rank: {of: arr}}
"""


def test_a_bad_value_is_not_replaced_by_another_one(tmp_path: Path) -> None:
    root = laid_out(tmp_path / "w", "csv", DERIVING)
    found = loaded(root, "segment", "health_score", "worth", "place").frame
    # a1 has the segment of its ARR. a2's is not a segment, and what it should be is unknown.
    assert found["segment"].to_list() == ["enterprise", None, None]
    assert found["health_score"].to_list() == [80.0, None, 50.0]
    assert found["worth"].to_list() == ["much", None, None]
    assert found["place"].to_list() == [0.0, None, None]


STEPS = "steps: [{id: s, at: 0 days}]"
ANCHORS: dict[str, tuple[str, set[str]]] = {
    "a field": (f"timeline: {{anchor: renewal_date, {STEPS}}}", {"renewal_date"}),
    "shifted": (f"timeline: {{anchor: renewal_date + 1 day, {STEPS}}}", {"renewal_date"}),
    "first of two": (
        f"timeline: {{anchor: 'first(churn_date, renewal_date)', {STEPS}}}",
        {"churn_date", "renewal_date"},
    ),
    "chosen": (f"timeline: {{anchor: 'choose(vip, churn_date, renewal_date)', {STEPS}}}", set()),
    "defined": (
        f"define: {{end: renewal_date}}\ntimeline: {{anchor: end, {STEPS}}}",
        {"renewal_date"},
    ),
    "anniversaries": (
        "anniversaries: {of: signup_date, years: [{id: one, year: 1, do: [{task: {owner: csm}}]}]}",
        {"signup_date"},
    ),
    "tiers": (
        "tiers: {since: signup_date, levels: [{id: silver, after: 50 days}]}",
        {"signup_date"},
    ),
    "triggers": (
        f"triggers: {{open: [{{id: o, when: vip}}], anchor: go_live_date, {STEPS}}}",
        {"go_live_date"},
    ),
    "the opening date": (f"triggers: {{open: [{{id: o, when: vip}}], {STEPS}}}", set()),
}


def essential(root: Path) -> set[str]:
    """Return the essential fields apart from the account's id."""
    catalogue = load_project(root).catalogue
    return {name for name in catalogue.fields if catalogue.is_essential(name)} - {"account_id"}


@pytest.mark.parametrize("anchor", ANCHORS)
def test_anchors_are_essential_unless_the_workspace_says_otherwise(
    tmp_path: Path, anchor: str
) -> None:
    body, wanted = ANCHORS[anchor]
    root = workspace(tmp_path / "w", {"p": text(f"{body}\n")})
    assert load_project(root).errors == ()
    assert essential(root) == wanted
    declared = ", ".join(f"{name}: {{essential: false}}" for name in wanted)
    (root / "fields.yaml").write_text(f"fields: {{{declared}}}\n", "utf-8")
    assert essential(root) == set()


def test_the_id_is_always_essential(tmp_path: Path) -> None:
    root = workspace(tmp_path / "w", {})
    (root / "fields.yaml").write_text("fields: {account_id: {essential: false}}\n", "utf-8")
    _, _, problems, _ = load_workspace(root)
    assert [problem.code for problem in problems] == ["conflicting-keys"]


GOOD: dict[str, Any] = {
    "account_id": "a",
    "status": "active",
    "csm": "Zoé",
    "renewal_date": MONDAY + 30 * DAY,
    "health_score": 80,
}


def test_an_unreadable_score_does_not_stop_a_renewal(tmp_path: Path) -> None:
    root = workspace(tmp_path / "w", {"renewal": RENEWAL, "p": text(DROP)})
    snapshot(root, MONDAY, [GOOD | {"health_score": "good"}, GOOD | {"account_id": "b"}])
    result = run(load_project(root), MONDAY)
    notice = [f"{MONDAY} notice.email.1 1 issued", f"{MONDAY + 10 * DAY} notice.task.1 1 issued"]
    assert sorted(told(root)) == sorted(2 * notice)
    assert result.quarantined["field"].to_list() == ["health_score"]
    assert Reader(root / "store").quarantine(MONDAY).height == 1
    assert Reader(root / "store").runs()[0].quarantined == 1


def test_a_bad_anchor_leaves_the_account_out_for_the_day(tmp_path: Path) -> None:
    root = workspace(tmp_path / "w", {"renewal": RENEWAL})
    other = GOOD | {"account_id": "b"}
    snapshot(root, MONDAY, [GOOD | {"renewal_date": "2026-02-30"}, other])
    run(load_project(root), MONDAY)
    snapshot(root, MONDAY + DAY, [GOOD, other])
    run(load_project(root), MONDAY + DAY)
    entries = Reader(root / "store").ledger().filter(action="email")
    issued = dict(entries.select("account_id", "issued_on").iter_rows())
    assert issued == {"a": MONDAY + DAY, "b": MONDAY}


FELL = "crossed_below(health_score, 70)"


@pytest.mark.parametrize("condition", [FELL, f"{FELL} and renewal_date > today"])
@pytest.mark.parametrize("essentially", ["true", "false"])
def test_a_row_with_a_bad_date_hides_no_fall(
    tmp_path: Path, condition: str, essentially: str
) -> None:
    """P1: the score falls on the very day on which the row has a bad renewal date."""
    books = {"p": text(DROP.replace(FELL, condition)), "renewal": RENEWAL}
    root = workspace(tmp_path / "w", books)
    fields = f"fields: {{renewal_date: {{essential: {essentially}}}}}\n"
    (root / "fields.yaml").write_text(fields, "utf-8")
    for n, score in enumerate([80, 80, 60, 60, 60]):
        on = MONDAY + n * DAY
        date = "31/12/2026" if n == 2 else on + 300 * DAY
        rows = [GOOD | {"health_score": score, "renewal_date": date}, GOOD | {"account_id": "b"}]
        snapshot(root, on, rows)
        run(load_project(root), on)
    at_once = essentially == "false" and condition == FELL
    issued = Reader(root / "store").ledger(playbooks=["p"])["issued_on"].to_list()
    assert issued == [MONDAY + (2 if at_once else 3) * DAY]


WORDS = 'missing: ["N/A", lots, activ, huge, MAYBE, "2026-02-30", "-3"]\nfields: {}\n'


@pytest.mark.parametrize("form", SOURCES)
def test_words_for_no_value_are_missing_and_not_bad(tmp_path: Path, form: str) -> None:
    found = loaded(laid_out(tmp_path / "w", form, WORDS))
    assert found.quarantined.is_empty()
    assert {name: found.frame[name].to_list() for name in TYPED} == TYPED


@pytest.mark.parametrize(
    ("fields", "value", "typed"),
    [
        ('missing: ["n/a"]\nfields: {}', " N/A ", None),
        ('missing: ["n/a"]\nfields: {plan: {missing: ["-"]}}', "n/a", "n/a"),
        ('missing: ["n/a"]\nfields: {plan: {missing: ["-"]}}', "-", None),
        ('missing: ["n/a"]\nfields: {plan: {missing: []}}', "n/a", "n/a"),
        ('fields: {plan: {missing: ["n/a"]}}', "n/a", None),
        ("missing: [none]\nfields: {plan: {values: [None, Pro]}}", "None", "None"),
        ("missing: [none]\nfields: {plan: {translate: {none: free}}}", "none", "free"),
        ('missing: ["n/a"]\nfields: {plan: {default: free}}', "n/a", "free"),
        ("missing: [0]\nfields: {}", "0", None),
        ("missing: [none]\nfields: {}", "nonesuch", "nonesuch"),
    ],
)
def test_which_words_mean_no_value(
    tmp_path: Path, fields: str, value: str, typed: str | None
) -> None:
    root = workspace(tmp_path / "w", {})
    snapshot(root, MONDAY, [{"account_id": "a", "plan": value}])
    (root / "fields.yaml").write_text(f"{fields}\n", "utf-8")
    assert loaded(root, "plan").frame["plan"].to_list() == [typed]


def test_columns_with_types_have_words_for_no_value_too(tmp_path: Path) -> None:
    root = workspace(tmp_path / "w", {}, SETTINGS.replace(".csv", ".parquet"))
    never = dt.date(2199, 12, 31)
    columns = {
        "account_id": [1, 2, -1],
        "health_score": [-1, 50, 60],
        "arr": [-1.0, 1.5, 2.0],
        "renewal_date": [never, MONDAY, MONDAY],
        "vip": [True, False, None],
        "plan": pl.Series(["?", "Pro", "Pro"], dtype=pl.Categorical),
    }
    pl.DataFrame(columns).write_parquet(root / "data" / f"accounts-{MONDAY}.parquet")
    words = f'missing: [-1, "{never}", "?", true]\nfields: {{}}\n'
    (root / "fields.yaml").write_text(words, "utf-8")
    found = loaded(root, *columns)
    assert found.frame.select(*columns).rows() == [
        ("1", None, None, None, True, None),
        ("2", 50.0, 1.5, MONDAY, False, "Pro"),
    ]
    assert found.quarantined.select("row", "field", "reason").rows() == [
        (3, "account_id", "missing: the account has no id")
    ]


def test_parts_of_a_large_snapshot_have_the_same_bad_values(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = workspace(tmp_path / "w", {}, SETTINGS.replace(".csv", ".parquet"))
    number = pl.int_range(pl.len(), dtype=pl.Int64)
    pl.DataFrame({"account_id": [f"a{n:03}" for n in range(200)]}).with_columns(
        health_score=pl.when(number % 7 == 3).then(pl.lit("n/a")).otherwise(pl.lit("50")),
        vip=pl.when(number % 11 == 3).then(pl.lit("maybe")).otherwise(pl.lit("yes")),
        arr=pl.when(number % 5 == 3).then(pl.lit("-")).otherwise(number.cast(pl.String)),
    ).write_parquet(root / "data" / f"accounts-{MONDAY}.parquet")
    declared = "vip: {essential: true}, place: {type: number, rank: {of: arr}}"
    (root / "fields.yaml").write_text(f'missing: ["-"]\nfields: {{{declared}}}\n', "utf-8")
    wanted = ["health_score", "vip", "arr", "place"]
    whole = loaded(root, *wanted)
    # 3, 14, ..., 190 have a bad `vip`, and 3, 10, ..., 199 a bad score.
    assert whole.frame.height == 200 - 18
    assert whole.quarantined.height == 18 + 29
    monkeypatch.setattr(partitioned, "LARGE_ROWS", 10)
    project = load_project(root)
    opened = Snapshots(project.workspace, project.catalogue).open(MONDAY, wanted)
    parts = [part.read() for part in opened.parts(30)]
    assert len(parts) == 7
    assert_frame_equal(pl.concat(part.frame for part in parts), whole.accounts())
    assert_frame_equal(pl.concat(part.quarantined for part in parts), whole.quarantined)


def tenure(root: Path, *args: object) -> Result:
    return CliRunner().invoke(main, [*map(str, args), "--workspace", str(root)])


def test_what_is_left_out_is_counted_shown_and_in_the_exit_code(tmp_path: Path) -> None:
    root = workspace(tmp_path / "w", {"renewal": RENEWAL, "p": text(DROP)})
    rows = [
        GOOD | {"health_score": "n/a"},
        GOOD | {"account_id": "b", "renewal_date": "soon"},
        GOOD | {"account_id": "c"},
    ]
    snapshot(root, MONDAY, rows)
    result = tenure(root, "run", "--on", MONDAY, "--today", MONDAY)
    assert result.exit_code == 4
    assert "Bad values of 2 accounts:" in result.stdout
    assert "2 bad values left out, and with them 1 account; see" in result.stderr
    shown = tenure(root, "explain", "a", "--on", MONDAY).stdout
    assert "bad values, which are unknown: health_score 'n/a', not a plain number" in shown
    as_json = tenure(root, "explain", "a", "--on", MONDAY, "--format", "json").stdout
    assert json.loads(as_json)["bad_values"] == "health_score 'n/a', not a plain number"
    left_out = tenure(root, "explain", "b", "--on", MONDAY).stdout
    assert f"left out of the snapshot of {MONDAY}: renewal_date 'soon'" in left_out
    snapshot(root, MONDAY + DAY, [GOOD | {"account_id": id} for id in "abc"])
    assert tenure(root, "run", "--on", MONDAY + DAY, "--today", MONDAY + DAY).exit_code == 0


def test_the_listing_of_fields_names_the_essential_ones(tmp_path: Path) -> None:
    root = workspace(tmp_path / "w", {"renewal": RENEWAL})
    listed = json.loads(tenure(root, "fields", "--on", MONDAY, "--format", "json").stdout)
    found = {each["field"] for each in listed if each["essential"] == "yes"}
    assert found == {"account_id", "renewal_date"}
