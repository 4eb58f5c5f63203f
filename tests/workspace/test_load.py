from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from tenure.engine.core.problems import Problem, ProblemList, Span
from tenure.engine.language.formatter import format_expression
from tenure.engine.language.interpreter import evaluate_expression
from tenure.engine.text.problem_codes import PROBLEM_CODES
from tenure.engine.text.yaml_nodes import Scalar
from tenure.engine.workspace.settings import (
    Brake,
    Cap,
    Role,
    Tolerance,
    WorkspaceSettings,
    exact_product,
)
from tenure.engine.workspace.settings_loader import load_workspace
from tenure.engine.workspace.source_settings import read_share

WHOLE = """\
workspace: Demo
time_zone: Europe/Paris
language: fr
country: FR
store: kept
snapshots:
  files: data/accounts-{date}.csv
  max_age: 2 weeks
  rows_file: data/{date}.rows
roles:
  csm: {field: csm, title: {en: CSM, fr: Responsable}}
  operations: {name: Operations team}
links:
  renew: {label: {en: Renew now, fr: Renouveler}, url: "https://example.com/renew"}
contact_policy:
  at_most: [{contacts: 2, within: 7 days}]
  priorities: [renewal, other]
  exempt: [renewal/expiry]
  suppress: [{when: opt_out, kinds: [email], priorities: [other], reason: opted out}]
  quiet: [{from: 2026-12-24, to: 2027-01-01}]
brake: {actions: 5000, jump: 5, gone: 30 %, left_out: 5 %, emptied: 12.5 %, ended: 40 %}
tolerate: 0.5 %
variables: {product: Acme, percent: 10}
"""
LEAST = """\
workspace: Demo
time_zone: UTC
snapshots: {files: "{date}.csv"}
"""


def load(
    folder: Path, text: str, fields: str | None = None
) -> tuple[WorkspaceSettings, list[Problem]]:
    (folder / "tenure.yaml").write_text(text)
    if fields is not None:
        (folder / "fields.yaml").write_text(fields)
    workspace, _, problems, _ = load_workspace(folder)
    assert workspace is not None
    return workspace, problems


def test_a_region_and_own_days_are_read_by_place(tmp_path: Path) -> None:
    settings = """\
country: GB
region: England
holidays:
  closed: {all: [2026-12-31], Scotland: [2026-11-27], GB-SCT: [2026-11-26], NO: [2026-05-18]}
  half_days: {Deutschland: [2026-12-24]}
"""
    workspace, problems = load(tmp_path, LEAST + settings)
    assert problems == []
    assert (workspace.country, workspace.region, workspace.place) == ("GB", "GB-ENG", "GB-ENG")
    assert workspace.own_days.closed == {
        "": {dt.date(2026, 12, 31)},
        "GB-SCT": {dt.date(2026, 11, 26), dt.date(2026, 11, 27)},
        "NO": {dt.date(2026, 5, 18)},
    }
    assert workspace.own_days.half == {"DE": {dt.date(2026, 12, 24)}}
    assert workspace.calendar().own_days == workspace.own_days


def test_everything_stated_is_read(tmp_path: Path) -> None:
    workspace, problems = load(tmp_path, WHOLE)
    assert problems == []
    assert (workspace.name, workspace.time_zone, workspace.language, workspace.country) == (
        "Demo",
        "Europe/Paris",
        "fr",
        "FR",
    )
    assert (workspace.root, workspace.file, workspace.store) == (
        str(tmp_path),
        "tenure.yaml",
        "kept",
    )
    source = workspace.source
    assert (source.path, source.max_age_days, source.rows_file) == (
        "data/accounts-{date}.csv",
        14,
        "data/{date}.rows",
    )
    assert workspace.roles == {
        "csm": Role("csm", "csm", None, {"en": "CSM", "fr": "Responsable"}),
        "operations": Role("operations", None, "Operations team", {}),
    }
    assert workspace.links["renew"].label["fr"] == "Renouveler"
    policy = workspace.policy
    assert policy.caps == (Cap(2, 7),)
    assert policy.priorities == ("renewal", "other")
    assert policy.exempt == ("renewal/expiry",)
    assert policy.quiet == ((dt.date(2026, 12, 24), dt.date(2027, 1, 1)),)
    assert [(rule.kinds, rule.priorities, rule.reason) for rule in policy.suppress] == [
        (("email",), ("other",), {"": "opted out"})
    ]
    assert workspace.brake == Brake(5000, jump=5, gone=0.3, left_out=0.05, emptied=0.125, ended=0.4)
    assert workspace.tolerate == Tolerance(share=0.005)
    assert workspace.variables == {"product": "Acme", "percent": "10"}


VARIABLES = """\
variables:
  at_risk_line: 70
  share: 0.5
  small_plan: starter
  from_day: 2026-03-01
  quoted: "2026-03-01"
  notice: 90 days
  strict: true
  sentence: Ask us, or write
  country: FR
contact_policy:
  suppress: [{when: health_score < at_risk_line and strict, reason: at risk}]
metrics:
  active: plan == small_plan or plan in (small_plan, 'pro')
"""


def test_conditions_read_variables(tmp_path: Path) -> None:
    fields = """\
fields:
  at_risk:
    type: boolean
    derive: [{when: health_score < at_risk_line, then: true}, {otherwise: false}]
"""
    workspace, problems = load(tmp_path, LEAST + VARIABLES, fields)
    assert problems == []
    read = {name: (e.type, format_expression(e)) for name, e in workspace.constants.items()}
    assert read == {
        "at_risk_line": ("number", "70"),
        "share": ("number", "0.5"),
        "small_plan": ("text", "'starter'"),
        "from_day": ("date", "2026-03-01"),
        "quoted": ("text", "'2026-03-01'"),
        "notice": ("duration", "90 days"),
        "strict": ("boolean", "true"),
        "sentence": ("text", "'Ask us, or write'"),
        "country": ("text", "'FR'"),
    }
    (suppression,) = workspace.policy.suppress
    assert evaluate_expression(suppression.when, {"health_score": 69.0}) is True
    assert evaluate_expression(suppression.when, {"health_score": 70.0}) is False
    active = workspace.metrics.active
    assert active is not None
    assert evaluate_expression(active, {"plan": "pro"}) is True
    assert evaluate_expression(active, {"plan": "free"}) is False


def test_a_field_comes_before_a_variable_of_its_name(tmp_path: Path) -> None:
    when = "contact_policy: {suppress: [{when: country == 'FR', reason: r}]}\n"
    workspace, _ = load(tmp_path, LEAST + "variables: {country: FR}\n" + when)
    (suppression,) = workspace.policy.suppress
    assert evaluate_expression(suppression.when, {"country": "DE"}) is False


@pytest.mark.parametrize(
    ("when", "told", "hint"),
    [
        (
            "health_score < at_risk_lin",
            "there is no field `at_risk_lin`",
            "did you mean `at_risk_line`?",
        ),
        (
            "health_score < small_plan",
            "`health_score` is a number and `small_plan` is a text: they cannot be compared",
            "`small_plan` means 'starter'",
        ),
        ("status == small_plan", "`status` is never 'starter'", None),
    ],
)
def test_wrong_uses_of_variables_are_shown(
    tmp_path: Path, when: str, told: str, hint: str | None
) -> None:
    variables = "variables: {at_risk_line: 70, small_plan: starter}\n"
    policy = f"contact_policy: {{suppress: [{{when: {when}, reason: r}}]}}\n"
    _, (problem,) = load(tmp_path, LEAST + variables + policy)
    assert problem.message == told
    assert hint is None or problem.hint == hint
    assert problem.span is not None
    assert problem.span.line == 5


def test_what_is_left_out_has_quiet_defaults(tmp_path: Path) -> None:
    workspace, problems = load(tmp_path, LEAST)
    assert problems == []
    assert (workspace.language, workspace.country, workspace.store) == ("en", "", "store")
    assert workspace.policy.caps == ()
    assert workspace.policy.priorities == ("other",)
    assert (workspace.brake.actions, workspace.source.max_age_days) == (None, None)


def test_the_texts_read_come_back_for_showing_problems(tmp_path: Path) -> None:
    (tmp_path / "tenure.yaml").write_bytes(b"\xef\xbb\xbf" + LEAST.encode())
    (tmp_path / "fields.yaml").write_text("fields: {}\n")
    _, catalogue, problems, sources = load_workspace(tmp_path)
    assert problems == []
    assert sources == {"tenure.yaml": LEAST, "fields.yaml": "fields: {}\n"}
    assert "arr" in catalogue.fields


def changed(old: str, new: str) -> str:
    assert old in WHOLE
    return WHOLE.replace(old, new)


@pytest.mark.parametrize(
    ("old", "new", "hint"),
    [
        ("Europe/Paris", "GMT+1", "write one such as Europe/Paris"),
        ("accounts-{date}.csv", "accounts-{{date}}.csv", "write `data/accounts-{date}.csv`"),
        ("accounts-{date}.csv", "accounts-YYYY-MM-DD.csv", "write `data/accounts-{date}.csv`"),
        ("data/accounts-", "data\\accounts-", "write `data/accounts-{date}.csv`"),
        ("data/accounts-", "D:\\crm\\accounts-", "write `/mnt/d/crm/accounts-{date}.csv`"),
        ("Europe/Paris", "paris", "did you mean `Europe/Paris`?"),
        (
            "2 weeks",
            "“2 weeks”",
            "write `2 weeks`: curly quotes are letters like any others in YAML",
        ),
    ],
)
def test_help_says_what_is_meant(tmp_path: Path, old: str, new: str, hint: str) -> None:
    _, (problem,) = load(tmp_path, changed(old, new))
    assert problem.hint == hint


@pytest.mark.parametrize(
    ("old", "new", "code", "says"),
    [
        ("Europe/Paris", "Europe/Pari", "unknown-time-zone", "`Europe/Pari`"),
        ("Europe/Paris", "../../etc/passwd", "unknown-time-zone", "passwd"),
        ("country: FR", "country: ZZ", "unknown-country", "`ZZ`"),
        ("country: FR", "country: GB\nregion: Englnd", "unknown-region", "`Englnd`"),
        ("country: FR", "region: England", "unknown-region", "needs its country"),
        ("store: kept", "holidays: {closed: {Ruritania: [2026-12-24]}}", "unknown-country", "Rur"),
        ("store: kept", "holidays: {closed: {DE-XX: [2026-12-24]}}", "unknown-region", "DE-XX"),
        ("store: kept", "holidays: {closed: {FR: [24/12/2026]}}", "bad-text", "24/12/2026"),
        ("store: kept", "holidays: {}", "missing-key", "closed"),
        ("{field: csm,", "{field: cms,", "unknown-field", "`cms`"),
        ("{field: csm,", "{field: arr,", "wrong-type", "`arr` is a number"),
        ("{field: csm,", "{field: csm, name: Us,", "conflicting-keys", ""),
        ("https://example.com/renew", "example.com", "bad-address", "`example.com`"),
        ("when: opt_out", "when: opt_outt", "unknown-field", "`opt_outt`"),
        ("when: opt_out", "when: arr", "not-a-condition", ""),
        ("when: opt_out", "when: anchor > today", "name-not-here", "`anchor`"),
        ("priorities: [other]", "priorities: [others]", "unknown-priority", "`others`"),
        ("[renewal/expiry]", "[renewal]", "bad-text", "`renewal`"),
        ("to: 2027-01-01", "to: 2026-01-01", "bad-date", "before it begins"),
        ("to: 2027-01-01", "to: 2028-01-01", "bad-date", "at most 366"),
        ("to: 2027-01-01", "to: 2026-02-30", "bad-date", "`2026-02-30`"),
        ("2 weeks", "2 months", "bad-offset", "`2 months`"),
        ("2 weeks", "0 days", "bad-offset", "`0 days`"),
        ("30 %", "101 %", "bad-percent", "`101 %`"),
        ("accounts-{date}.csv", "accounts.csv", "bad-path", "{date}"),
        ("accounts-{date}.csv", "{date}/{date}.csv", "bad-path", "{date}"),
        ("accounts-{date}.csv", "accounts-{date}.txt", "unknown-format", "txt"),
        ("data/{date}.rows", "data/rows", "bad-path", "one a snapshot"),
        ("  files: ", "  file: ", "bad-path", "write `files:`"),
        ("  files: ", "  date_column: d\n  files: ", "conflicting-keys", "`date_column`"),
        ("  files: ", "  filse: ", "unknown-key", "filse"),
        (
            "files: data/accounts-{date}.csv",
            "query: select 1\n  tables: {a: a.csv}",
            "missing-key",
            "which date",
        ),
    ],
)
def test_it_reports(tmp_path: Path, old: str, new: str, code: str, says: str) -> None:
    _, problems = load(tmp_path, changed(old, new))
    assert any(p.code == code and says in p.message and p.span for p in problems), problems
    assert all(p.code in PROBLEM_CODES for p in problems)


def test_a_query_that_asks_for_the_date_needs_no_column_of_dates(tmp_path: Path) -> None:
    query = "query: select $on as d\n  tables: {a: a.csv}"
    text = changed("files: data/accounts-{date}.csv", query).replace(
        "  rows_file: data/{date}.rows\n", ""
    )
    workspace, problems = load(tmp_path, text)
    assert problems == []
    assert workspace.source.files == {"a": "a.csv"}


def test_problems_of_both_files_are_shown_at_once(tmp_path: Path) -> None:
    workspace, problems = load(tmp_path, changed("csm,", "cms,"), "fields: {arr: {type: text}}")
    assert {problem.code for problem in problems} == {"unknown-field", "standard-field-type"}
    assert workspace.time_zone == "Europe/Paris"


def test_fields_of_the_workspace_can_be_owners_and_conditions(tmp_path: Path) -> None:
    text = changed("{field: csm,", "{field: seller,").replace("when: opt_out", "when: paused")
    fields = "fields: {seller: {type: text}, paused: {type: boolean}}"
    assert load(tmp_path, text, fields)[1] == []


def test_a_folder_that_is_no_workspace(tmp_path: Path) -> None:
    workspace, catalogue, problems, sources = load_workspace(tmp_path)
    assert workspace is None
    assert [problem.code for problem in problems] == ["no-workspace"]
    assert "arr" in catalogue.fields
    assert sources == {}


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty-file"),
        (b"a: [", "yaml-syntax"),
        (b"- a\n", "wrong-type"),
        (b"workspace: Caf\xe9\n", "not-utf-8"),
    ],
)
def test_settings_that_are_no_map(tmp_path: Path, content: bytes, code: str) -> None:
    (tmp_path / "tenure.yaml").write_bytes(content)
    workspace, _, problems, _ = load_workspace(tmp_path)
    assert workspace is None
    assert code in {problem.code for problem in problems}


def test_settings_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "tenure.yaml").mkdir()
    workspace, _, problems, _ = load_workspace(tmp_path)
    assert workspace is None
    assert [problem.code for problem in problems] == ["not-a-file"]


@pytest.mark.parametrize("percent", range(1, 101))
def test_a_share_of_a_hundred_is_the_percentage_itself(percent: int) -> None:
    # The float 0.29 * 100 is below 29.
    problems = ProblemList()
    share = read_share(problems, Scalar(f"{percent} %", f"{percent} %", Span("x", 1, 1, 1, 2)))
    assert share is not None
    assert exact_product(share, 100) == percent
    assert Tolerance(share=share).allows(percent, 100)
    assert not Tolerance(share=share).allows(percent + 1, 100)


@pytest.mark.parametrize(("percent", "of", "most"), [("12.3", 1000, 123), ("0.7", 1000, 7)])
def test_a_share_with_decimals_is_exact(percent: str, of: int, most: int) -> None:
    share = read_share(ProblemList(), Scalar(f"{percent} %", f"{percent} %", Span("x", 1, 1, 1, 2)))
    assert share is not None
    assert exact_product(share, of) == most
