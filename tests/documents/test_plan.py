"""A success plan is brought up to date in place: what the snapshot knows is written, and every other byte stays."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import example, given
from hypothesis import strategies as st
from ruamel.yaml import YAML
from support.papers import FULL, papers, plan, report, run
from tenure.cli.main import main
from tenure.engine.documents.account_facts import AccountFacts
from tenure.engine.documents.plan_update import _splice, changes_of, starter
from tenure.engine.documents.yaml_edit import apply, scalar_text
from tenure.engine.fields.catalogue_loader import load_catalogue
from tenure.engine.text.yaml_nodes import Scalar
from tenure.engine.text.yaml_reader import read_yaml
from tenure.engine.workspace.plan_file import read_plan
from tenure.engine.workspace.plan_paths import plan_file

CATALOGUE, _ = load_catalogue(None)
ON = dt.date(2026, 4, 1)

OLD = """\
# Ours, and theirs.   \r
account: 'A-7'   # never changes
vision:   >-
  A long   vision,
  on two lines

objectives:   # three of them
  - objective: "Satisfaction"
    # how it is measured
    field: csat     # of the export
    achieved: 88    # by hand, in March

  - {objective: Health, field: health_score, achieved: '70', status: green} # flow
  - {objective: Seats,   field:  plan_utilisation }
  - objective: Renew
    field: renewal_date
    achieved:   "2025-06-07"
  - objective: Love   # no field: ours alone
    achieved: 12
team:
    -   role: champion
        name:  'Old Champion'   # since 2024
    - {name: "Somebody Else", role: csm}
    - role: executive_sponsor # to be found
      responsibility: Signs
    - {role: Juriste, name: Ines Roy}
risks: []   # none so far"""

NEW = (
    OLD.replace("achieved: 88 ", "achieved: 91 ")
    .replace("achieved: '70'", "achieved: '62'")
    .replace("field:  plan_utilisation }", "field:  plan_utilisation, achieved: 0.5 }")
    .replace('"2025-06-07"', '"2026-06-07"')
    .replace("'Old Champion'", "'Hugo Lemaire'")
    .replace('"Somebody Else"', '"Bruno Keller"')
    .replace(
        "executive_sponsor # to be found\n",
        "executive_sponsor # to be found\r\n      name: Léa Bonnet\n",
    )
)
"""What a person with a text editor would make of it; new lines end as the file's first does."""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return papers(tmp_path)


def update(root: Path, account: str = "A-7") -> str:
    """What is said on standard error."""
    result = run(root, "success_plan", account, "--update")
    assert (result.exit_code, result.stdout) == (0, "")
    said: str = result.stderr
    return said


def test_what_the_snapshot_knows_is_written_and_nothing_else_changes(root: Path) -> None:
    path = plan(root, OLD)
    said = update(root)
    assert path.read_bytes().decode("utf-8") == NEW
    assert said.splitlines() == [
        f"plans/A-7.yaml: {change}"
        for change in (
            "team[1].name: Hugo Lemaire",
            "team[2].name: Bruno Keller",
            "team[3].name: Léa Bonnet",
            "objectives[1].achieved: 91",
            "objectives[2].achieved: 62",
            "objectives[3].achieved: 0.5",
            "objectives[4].achieved: 2026-06-07",
        )
    ]


def test_a_second_time_changes_nothing_and_does_not_touch_the_file(root: Path) -> None:
    path = plan(root, OLD)
    update(root)
    before = path.stat()
    assert update(root) == "plans/A-7.yaml is up to date\n"
    assert (path.stat().st_mtime_ns, path.stat().st_ino) == (before.st_mtime_ns, before.st_ino)


def test_marks_and_permissions_of_the_file_stay(root: Path) -> None:
    path = plan(root, "\ufeff" + OLD)
    path.chmod(0o640)
    update(root)
    assert path.read_bytes() == ("\ufeff" + NEW).encode("utf-8")
    assert path.stat().st_mode & 0o777 == 0o640
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]


def test_a_name_that_the_snapshot_does_not_know_stays(root: Path) -> None:
    text = "account: bare\nteam:\n  - {role: champion, name: By Hand}\n"
    path = plan(root, text, "bare.yaml")
    assert update(root, "bare") == "plans/bare.yaml is up to date\n"
    assert path.read_text("utf-8") == text


@pytest.mark.parametrize("language", ["en", "fr", "de"])
def test_a_new_plan_has_the_team_and_waits_for_the_rest(root: Path, language: str) -> None:
    result = run(root, "success_plan", "A-7", "--update", "--language", language)
    assert result.stderr.startswith("plans/A-7.yaml is made")
    text = (root / "plans" / "A-7.yaml").read_text("utf-8")
    made = YAML(typ="safe").load(text)
    assert set(made) == {"account", "team"}
    assert made["account"] == "A-7"
    assert [(person["role"], person["name"]) for person in made["team"]] == [
        ("executive_sponsor", "Léa Bonnet"),
        ("champion", "Hugo Lemaire"),
        ("day_to_day", "Romane Joly"),
        ("csm", "Bruno Keller"),
    ]
    assert update(root) == "plans/A-7.yaml is up to date\n"
    assert report(root, "success_plan", "A-7", "--format", "yaml") == text


@pytest.mark.parametrize("language", ["en", "fr", "de"])
def test_every_example_in_a_new_plan_is_good_once_the_signs_are_taken_away(language: str) -> None:
    text = starter(facts({"csm": "Bruno Keller"}), language)
    head, _, rest = text.partition("\naccount:")
    lines = ["account:" + rest.partition("\n")[0], *rest.partition("\n")[2].splitlines()]
    uncommented = [
        line[2:] if line.startswith("# ") and is_yaml(line[2:]) else line for line in lines
    ]
    found = read_plan("\n".join(uncommented) + "\n", "plan.yaml", "A-7", CATALOGUE)
    assert [name for name, value in found.values.items() if value is None] == []
    assert head.startswith("# yaml-language-server: $schema=../schemas/plan.json\n")


def is_yaml(line: str) -> bool:
    """Not a sentence of the guidance: a key of the plan, or what stands below one."""
    return line.startswith((" ", "- ")) or (
        line.partition(":")[0].isidentifier() and ". " not in line
    )


def test_nothing_is_printed_or_made_by_looking(root: Path) -> None:
    text = report(root, "success_plan", "A-7", "--format", "yaml")
    assert "Hugo Lemaire" in text
    assert not (root / "plans").exists()


@pytest.mark.parametrize(
    ("text", "code", "place"),
    [
        ('account: "A-7"\nteam:\n  - {rool: champion}\n', "unknown-key", ":3:6"),
        ('account: "A-8"\n', "other-account", ":1:10"),
        ('account: "A-7"\nteam: *x\n', "yaml-feature", ":2:7"),
        ('account: "A-7"\nteam: [\n', "yaml-syntax", ":"),
        ("", "empty-file", ":1:1"),
    ],
)
def test_a_bad_plan_is_refused_with_its_place_and_left_alone(
    root: Path, text: str, code: str, place: str
) -> None:
    path = plan(root, text)
    for args in (["--update"], [], ["--format", "yaml"]):
        result = run(root, "success_plan", "A-7", *args)
        assert (result.exit_code, result.stdout) == (1, "")
        assert f"error[{code}]" in result.stderr
        assert f"plans/A-7.yaml{place}" in result.stderr
    assert path.read_text("utf-8") == text


def test_validate_checks_every_plan_or_the_one_named(root: Path) -> None:
    plan(root, OLD)
    plan(root, "account: bare\nvison: x\n", "bare.yaml")
    plan(root, "account: a/b\n", "ab.yaml")
    every = CliRunner().invoke(main, ["validate", "--workspace", str(root)])
    assert every.exit_code == 1
    assert "bare.yaml:2:1" in every.stderr
    assert "did you mean `vision`?" in every.stderr
    assert "ab.yaml:1:10" in every.stderr
    assert "must be in plans/a%2Fb.yaml" in every.stderr
    assert "A-7" not in every.stderr
    words = ["validate", str(root / "plans" / "A-7.yaml"), "--workspace", str(root)]
    one = CliRunner().invoke(main, words)
    assert (one.exit_code, one.stderr) == (0, "1 plan: no problems\n")


def test_an_unknown_key_comes_with_the_nearest(root: Path) -> None:
    plan(root, 'account: "A-7"\nobjective:\n  - {objective: One}\n')
    assert "did you mean `objectives`?" in run(root, "success_plan", "A-7").stderr


def test_accounts_share_no_file_and_none_lies_elsewhere(tmp_path: Path) -> None:
    ids = [
        "acme",
        "ACME",
        "../../etc/passwd",
        "..",
        ".",
        "a/b",
        "a\\b",
        "a%2Fb",
        "a b",
        "é",
        "a.b",
        "~",
        "x\0y",
    ]
    names = [plan_file(id) for id in ids]
    assert len(set(names)) == len(ids)
    for name in names:
        path = Path(name)
        assert len(path.parts) == 2
        assert path.parts[0] == "plans"
        assert not path.name.startswith(".")
        assert path.name.isascii()
        assert not set(path.name) & set("/\\:\0 ")
    assert plan_file("00012") == "plans/00012.yaml"
    assert plan_file("a/b") == "plans/a%2Fb.yaml"


def test_where_capitals_do_not_count_in_names_a_plan_is_still_not_another_account_s(
    root: Path,
) -> None:
    plan(root, 'account: "a-7"\n')
    assert "is the plan of account `A-7`, and says that it is that of `a-7`" in (
        run(root, "success_plan", "A-7").stderr
    )


def test_a_plan_of_an_account_with_an_unsafe_id_is_made_and_found_again(tmp_path: Path) -> None:
    root = papers(tmp_path, [{**FULL, "account_id": "../EU/Acme: 7 #1"}])
    run(root, "success_plan", "../EU/Acme: 7 #1", "--update")
    (made,) = (root / "plans").iterdir()
    assert made.name == "%2E.%2FEU%2FAcme%3A%207%20%231.yaml"
    assert update(root, "../EU/Acme: 7 #1") == f"plans/{made.name} is up to date\n"


def facts(values: dict[str, object]) -> AccountFacts:
    nothing: dict[str, object] = dict.fromkeys(CATALOGUE.fields)
    return AccountFacts("A-7", ON, ON, {**nothing, **values}, {}, None, {})  # type: ignore[arg-type]


any_text = st.text(
    st.characters(blacklist_categories=["Cs"], blacklist_characters="\0\ufffe\uffff"),
    min_size=1,
    max_size=12,
)
LOOKS = ("", "'{}'", '"{}"')
COMMENTS = ("", " # kept", "   #  kept: too ")


@given(
    name=any_text,
    look=st.sampled_from(LOOKS),
    comment=st.sampled_from(COMMENTS),
    flow=st.booleans(),
    there=st.booleans(),
    newline=st.sampled_from(("\n", "\r\n")),
    reached=st.floats(allow_nan=False, allow_infinity=False)
    | st.integers(-(10**9), 10**9).map(float),
)
@example("x: y", "", "", True, False, "\n", 1.5)
def test_a_round_trip_changes_the_values_and_keeps_everything_else(
    name: str, look: str, comment: str, flow: bool, there: bool, newline: str, reached: float
) -> None:
    old = look.format("Old") if look else "Old"
    said = f", name: {old}" if flow else f"{newline}    name: {old}{comment}"
    person = f"role: champion{said if there else ''}"
    objective = f"objective: One{newline}    field: csat{comment}"
    lines = [
        f"# head{comment}",
        'account: "A-7"',
        "team:",
        f"  - {{{person}}}{comment}" if flow else f"  - {person}",
        "# between",
        "objectives:",
        f"  - {objective}",
        "risks: []   # tail",
        "",
    ]
    text = newline.join(lines)
    plan_ = read_plan(text, "plan.yaml", "A-7", CATALOGUE)
    known = facts({"champion": name, "csat": reached})
    changes = list(changes_of(plan_, known))
    written = apply(text, [_splice(plan_, change) for change in changes])
    after = read_plan(written, "plan.yaml", "A-7", CATALOGUE)
    assert after.values["team"][0]["name"] == name
    assert float(after.values["objectives"][0]["achieved"]) == reached
    assert list(changes_of(after, known)) == []
    # Taking what was written out again, and the old name in, gives the text back byte for byte.
    back = written.replace(f"{newline}    achieved: {achieved(reached)}", "", 1)
    style = look[:1]
    if there:
        assert back.replace(f"name: {scalar_text(name, style)}", f"name: {old}", 1) == text
    else:
        put = f"name: {scalar_text(name)}"
        assert back.replace(f", {put}" if flow else f"{newline}    {put}", "", 1) == text


def achieved(value: float) -> str:
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)


@given(any_text, st.sampled_from(("", "'", '"')), st.booleans())
def test_any_text_reads_as_itself_however_it_is_quoted(text: str, style: str, flow: bool) -> None:
    value = scalar_text(text, style)
    document = f"{{a: {value}, b: 1}}" if flow else f"a: {value} # more\nb: 1\n"
    node, problems = read_yaml(document, "x.yaml")
    assert problems == []
    read = node.get("a")  # type: ignore[union-attr]
    assert isinstance(read, Scalar)
    assert read.value == text
    assert YAML(typ="safe").load(document)["a"] == text or looks_like_a_date(text)


def looks_like_a_date(text: str) -> bool:
    """What ruamel reads as a date, and YAML 1.2's core schema, so Tenure, as text."""
    return text[:4].isdigit()
