"""Steps of the shipped renewal playbook, renamed, removed, split, merged and swapped while accounts are in them."""

from __future__ import annotations

import datetime as dt
import re
import shutil
from collections import Counter
from pathlib import Path

import polars as pl
import pytest
from support.one_account import DAY, MONDAY, row
from support.shipped import lay_out, loaded
from support.workspaces import snapshot
from tenure.engine.project.loading import load_project
from tenure.engine.runs.running import run
from tenure.engine.store import Reader

LEFT = {"early": 31, "notified": 20, "urged": 12, "pushed": 5}
"""Days to the renewal on the day of the edit, by account: before the notice, and in each of the last three steps."""
TWO_STEPS = re.compile(r"    - id: urgency\n.*?(?=    # \"J0)", re.DOTALL)
"""The steps `urgency` and `final_push` in the shipped text."""
REVIEWS = re.compile(r"review_ahead: stands_in.*")


Actions = Counter[tuple[str, ...]]


def account(id: str, days: int) -> dict[str, object]:
    """A premium account that does not renew by itself, so many days before its renewal on the day of the edit."""
    known = {"health_score": 60, "arr": 30000, "segment": "enterprise", "auto_renew": False}
    known |= {"account_manager": "Ann", "contact_email": f"{id}@customer.example"}
    return row(renewal_date=EDIT + days * DAY, **known) | {"account_id": id}


EDIT = MONDAY + 50 * DAY
"""A Tuesday."""


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace that ran the shipped text, on Mondays and Tuesdays, until the day before the edit."""
    root = lay_out(tmp_path_factory.mktemp("shipped"))
    for file in (root / "playbooks").iterdir():
        if file.stem != "renewal":
            file.unlink()
    settings = root / "tenure.yaml"
    text = settings.read_text("utf-8").replace("contacts: 2, within: 7", "contacts: 9, within: 7")
    settings.write_text(text.replace("contacts: 1, within: 1", "contacts: 9, within: 1"), "utf-8")
    (root / "data").mkdir(exist_ok=True)
    file = root / "playbooks" / "renewal.yaml"
    text = file.read_text("utf-8").replace('"0 6 * * *"', '"0 6 * * 1,2"')
    file.write_text(REVIEWS.sub("review_ahead: false", text), encoding="utf-8")
    for n in (-8, -1):
        days(root, EDIT + n * DAY)
    return root


def days(root: Path, on: dt.date) -> None:
    """Run up to a date, with the same accounts as ever."""
    snapshot(root, on, [account(id, left) for id, left in LEFT.items()])
    run(loaded(root), on)


def edited(before: Path, root: Path, text: str) -> pl.DataFrame:
    """The actions of renewal after an edit of the shipped text, as they are when the last step has come for all."""
    shutil.copytree(before, root)
    (root / "playbooks" / "renewal.yaml").write_text(text, encoding="utf-8")
    for n in (0, 7, 14, 21, 28):
        days(root, EDIT + n * DAY)
    return Reader(root / "store").ledger(playbooks=["renewal"])


def shipped(before: Path) -> str:
    return (before / "playbooks" / "renewal.yaml").read_text("utf-8")


def contents(ledger: pl.DataFrame) -> Actions:
    """How often each account has each action, by kind and title, whatever its step is called; skipped ones too."""
    return Counter(ledger.select("account_id", "kind", "title", "occurrence").iter_rows())


@pytest.fixture(scope="module")
def unedited(before: Path, tmp_path_factory: pytest.TempPathFactory) -> Actions:
    """The actions of the shipped text, each of which an account has once."""
    found = contents(edited(before, tmp_path_factory.mktemp("x") / "w", shipped(before)))
    assert set(found.values()) == {1}
    return found


def steps_of(text: str) -> tuple[str, str]:
    """The texts of the steps `urgency` and `final_push`."""
    both = TWO_STEPS.search(text)
    assert both is not None
    first, second = re.split(r"(?=    - id: final_push)", both.group())
    return first, second.split("    #")[0]


def with_steps(text: str, steps: str, moved: str = "") -> str:
    """The text with these steps in place of the two."""
    return TWO_STEPS.sub(lambda _: steps, text).replace("timeline:\n", f"{moved}\ntimeline:\n", 1)


@pytest.mark.parametrize(
    ("id", "moved"),
    [
        ("countdown\n      was: urgency", ""),
        # Only where accounts go: what the old step did is theirs, and they do not return to it.
        ("countdown", "moved: {urgency: countdown}"),
    ],
)
def test_a_renamed_step_goes_on(
    before: Path, tmp_path: Path, unedited: Actions, id: str, moved: str
) -> None:
    first, second = steps_of(shipped(before))
    first = first.replace("id: urgency", f"id: {id}", 1)
    text = with_steps(shipped(before), first + second, moved)
    assert contents(edited(before, tmp_path / "w", text)) == unedited


def test_a_removed_step_takes_nothing_else_away(
    before: Path, tmp_path: Path, unedited: Actions
) -> None:
    _, second = steps_of(shipped(before))
    text = with_steps(shipped(before), second, "moved: {urgency: renewal_notice}")
    found = contents(edited(before, tmp_path / "w", text))
    gone = unedited - found
    assert not found - unedited
    # Who had come to the step keeps its actions; the others never get them, nor lose others.
    assert {account for account, *_ in gone} == {"early", "notified"}
    assert {title for _, _, title, _ in gone} == {
        "Two weeks left to renew",
        "Countdown banner",
        "Last-minute offer",
    }


def test_a_split_step_does_nothing_twice(before: Path, tmp_path: Path, unedited: Actions) -> None:
    first, second = steps_of(shipped(before))
    mail, banner, offer = re.split(r"(?=        - in_app:|        - offer:)", first)
    later = "    - id: banner\n      was: urgency\n      at: -10 days\n"
    later += f"      when: not auto_renewing\n      do:\n{banner}"
    text = with_steps(shipped(before), mail + offer + later + second)
    assert contents(edited(before, tmp_path / "w", text)) == unedited


def test_merged_steps_do_nothing_twice_and_all_that_was_to_come(
    before: Path, tmp_path: Path, unedited: Actions
) -> None:
    first, second = steps_of(shipped(before))
    # The second one's email and offer say the same; its call goes on in the first one, under its own id.
    (call,) = re.findall(r"        - call:\n(?:            .*\n)+", second)
    merged = first.replace("id: urgency", "id: last_weeks\n      was: urgency", 1) + call
    moved = "moved: {urgency: renewal_notice, final_push: last_weeks}"
    found = contents(edited(before, tmp_path / "w", with_steps(shipped(before), merged, moved)))
    assert not found - unedited
    gone = {title for _, _, title, _ in unedited - found}
    assert gone == {
        "Last week to renew",
        "Retention offer: discount, pause or smaller plan",
    }


def test_swapped_steps_do_nothing_twice_and_all_that_was_to_come(
    before: Path, tmp_path: Path, unedited: Actions
) -> None:
    first, second = steps_of(shipped(before))
    now_second = first.replace("id: urgency", "id: countdown\n      was: urgency", 1)
    now_second = now_second.replace("-14 days", "-7 days")
    swapped = second.replace("-7 days", "-14 days") + now_second
    text = with_steps(shipped(before), swapped, "moved: {urgency: renewal_notice}")
    found = edited(before, tmp_path / "w", text)
    assert contents(found) == unedited
    # Between the two, the one that comes first now is due on the day of the edit, or on the next working day.
    push = found.filter(account_id="urged", step="final_push", kind="email")
    assert push.select("due_on", "late_days", "status").rows() == [(EDIT, 0, "issued")]


def test_actions_that_was_makes_one_are_an_error(before: Path, tmp_path: Path) -> None:
    first, second = steps_of(shipped(before))
    second = second.replace("id: final_push", "id: final_push\n      was: urgency", 1)
    shutil.copytree(before, tmp_path / "w")
    text = with_steps(shipped(before), first + second)
    (tmp_path / "w" / "playbooks" / "renewal.yaml").write_text(text, encoding="utf-8")
    found = load_project(tmp_path / "w").errors
    assert [(each.code, each.message) for each in found if each.code == "repeated-id"] == [
        ("repeated-id", "`was` makes the action `email` of `final_push` one with that of `urgency`")
    ]
