"""Certain corrections: the text around them stays, and nothing is corrected that could be meant otherwise."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.lints import SETTINGS
from tenure.engine.core.problems import Fix, Problem, Problems, Span
from tenure.engine.lints.fixing import FixedFile, fix_playbooks, fix_text, splice, write_fixed
from tenure.engine.project.loading import read_project

PLAYBOOK = """\
# A short one.
playbook: check_in
schedule: '0 6 * * *'
for:   status = 'active'   # who is a customer
catch_up: {within: 7 days, then: skip}
define:
  # the line
  low: health_score < 50 && arr>0
  unused: arr >= 20000 # in euros
  also_unused: >-
    arr >= 1
    and low

  # at the end
  last: csm IS MISSING
timeline:
  anchor: renewal_date
  steps:
    - {id: check, at: -30 days, when: "low||last", do: [{task: {owner: csm}}]}
    - {id: look, at: -10 days, when: csm == null, do: [{task: {owner: csm}}]}
"""

FIXED = """\
# A short one.
playbook: check_in
schedule: '0 6 * * *'
for:   status == 'active'   # who is a customer
catch_up: {within: 7 days, then: skip}
define:
  # the line
  low: health_score < 50 and arr>0

  # at the end
  last: csm is missing
timeline:
  anchor: renewal_date
  steps:
    - {id: check, at: -30 days, when: "low or last", do: [{task: {owner: csm}}]}
    - {id: look, at: -10 days, when: csm is missing, do: [{task: {owner: csm}}]}
"""


@pytest.fixture
def fixes(tmp_path: Path) -> Callable[[str], list[FixedFile]]:
    def corrected(text: str) -> list[FixedFile]:
        (tmp_path / "playbooks").mkdir(exist_ok=True)
        (tmp_path / "tenure.yaml").write_text(SETTINGS, "utf-8")
        (tmp_path / "playbooks" / "check_in.yaml").write_bytes(text.encode())
        return fix_playbooks(read_project(tmp_path))

    return corrected


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_only_what_is_wrong_changes(fixes: Callable[[str], list[FixedFile]], line_end: str) -> None:
    (file,) = fixes(PLAYBOOK.replace("\n", line_end))
    assert file.after.text == FIXED.replace("\n", line_end)
    assert [problem.code for problem in file.after.fixed] == [
        *("wrong-operator", "wrong-operator", "wrong-operator", "wrong-operator"),
        *("wrong-operator", "wrong-missing", "unused-definition", "unused-definition"),
    ]
    assert fixes(file.after.text) == []


def test_what_could_be_meant_otherwise_stays(fixes: Callable[[str], list[FixedFile]]) -> None:
    """A wrong name, a gap between cases, an unused message: each needs a person."""
    text = """\
playbook: check_in
schedule: "0 6 * * *"
for: statu == 'active'
catch_up: {within: 7 days, then: skip}
define:
  low: arr < 50
  high: arr > 50
timeline:
  anchor: renewal_date
  steps:
    - {id: check, at: -30 days, when: low or high, do: [{task: {owner: csm}}]}
messages:
  unused: {en: {subject: a, body: b}}
"""
    assert fixes(text) == []
    assert fixes(text.replace("statu ==", "status ==")) == []


def test_a_condition_over_several_lines_stays(fixes: Callable[[str], list[FixedFile]]) -> None:
    """Its words have no place of their own in the file, and nothing is guessed."""
    text = FIXED.replace("for:   status == 'active'", "for: >-\n  status = 'active'\n  && arr > 0")
    assert fixes(text) == []


def test_a_file_that_changed_meanwhile_is_left_alone(
    fixes: Callable[[str], list[FixedFile]], tmp_path: Path
) -> None:
    files = fixes(PLAYBOOK)
    path = tmp_path / "playbooks" / "check_in.yaml"
    edited = PLAYBOOK + "# one line more\n"
    path.write_text(edited, "utf-8")
    with pytest.raises(Problems) as raised:
        write_fixed(tmp_path, files)
    assert [problem.code for problem in raised.value.problems] == ["edited-meanwhile"]
    assert path.read_text("utf-8") == edited


def test_of_several_files_none_is_written_if_one_changed(tmp_path: Path) -> None:
    (tmp_path / "playbooks").mkdir()
    (tmp_path / "tenure.yaml").write_text(SETTINGS, "utf-8")
    paths = [tmp_path / "playbooks" / f"{name}.yaml" for name in ("check_in", "later")]
    for path in paths:
        path.write_text(PLAYBOOK.replace("check_in", path.stem), "utf-8")
    files = fix_playbooks(read_project(tmp_path))
    assert len(files) == 2
    paths[1].unlink()
    with pytest.raises(Problems):
        write_fixed(tmp_path, files)
    assert paths[0].read_text("utf-8") == PLAYBOOK


def test_a_correction_that_helps_nothing_is_taken_back() -> None:
    place = Span("a.yaml", 1, 1, 1, 2)
    problem = Problem("wrong-operator", "m", place, fix=Fix(place, "b", "a"))
    assert fix_text("a\n", lambda _: [problem]).text == "a\n"


def test_a_correction_of_another_text_is_not_made() -> None:
    assert splice("a = b", Fix(Span("f", 1, 3, 1, 4), "==", "=")) == "a == b"
    assert splice("a + b", Fix(Span("f", 1, 3, 1, 4), "==", "=")) is None


@given(
    st.lists(
        st.text(st.characters(exclude_characters="\r\n", codec="utf-8"), max_size=8), min_size=1
    ),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.data(),
)
def test_a_splice_changes_its_place_alone(
    lines: list[str], line_end: str, data: st.DataObject
) -> None:
    """The oracle replaces the part of the line in a list of lines."""
    row = data.draw(st.integers(0, len(lines) - 1))
    start = data.draw(st.integers(0, len(lines[row])))
    end = data.draw(st.integers(start, len(lines[row])))
    fix = Fix(Span("f", row + 1, start + 1, row + 1, end + 1), "=", lines[row][start:end])
    changed = [*lines]
    changed[row] = f"{lines[row][:start]}={lines[row][end:]}"
    assert splice(line_end.join(lines), fix) == line_end.join(changed)
