"""Every code that a problem can carry is documented, used, and shown word for word in a fixture."""

from __future__ import annotations

import ast
import datetime as dt
import errno
import re
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from support.problem_examples import ELSEWHERE
from support.random_playbooks import FIRST
from support.workspaces import SETTINGS, snapshot, workspace
from tenure.engine.core.problems import Problem, Problems
from tenure.engine.project.loading import load_project
from tenure.engine.runs.running import preview, run
from tenure.engine.store.errors import store_problem
from tenure.engine.text.problem_codes import PROBLEM_CODES
from tenure.engine.text.problem_text import render

TESTS = Path(__file__).parents[1]
ENGINE = TESTS.parent / "engine"
DAY = dt.timedelta(days=1)


PLAYBOOK = """\
playbook: renewal
schedule: "0 6 * * *"
for: status == 'active'
catch_up: {within: 3 days, then: skip}
timeline:
  anchor: renewal_date
  steps:
    - {id: notice, at: -30 days, do: [{email: {owner: csm}}]}
    - {id: push, at: -7 days, do: [{call: {owner: csm}}]}
  outcomes:
    renewed: {when: renewal_date > anchor + 60 days}
"""


def rendered() -> Iterator[str]:
    """The codes that stand in the fixtures' renderings."""
    for path in TESTS.glob("*/*_cases/**/*.txt"):
        text = path.read_text("utf-8")
        yield from re.findall(r"^(?:error|warning)\[([a-z0-9-]+)\]", text, re.M)
        if path.parent.name == "language_cases":
            yield from re.findall(r"^(?: *\^+|!! [0-9:]+) ([a-z0-9-]+): ", text, re.M)


def test_every_code_is_shown_in_a_fixture() -> None:
    shown = set(rendered())
    assert shown <= PROBLEM_CODES.keys()
    assert PROBLEM_CODES.keys() - shown == ELSEWHERE.keys()


@pytest.mark.parametrize("code", ELSEWHERE)
def test_the_test_that_raises_it_is_there(code: str) -> None:
    file, _, name = ELSEWHERE[code].partition("::")
    functions = {
        node.name: ast.unparse(node)
        for node in ast.parse((TESTS / file).read_text("utf-8")).body
        if isinstance(node, ast.FunctionDef)
    }
    assert f"'{code}'" in functions[name] or f'"{code}"' in functions[name]


def trees() -> Iterator[ast.AST]:
    for path in sorted(ENGINE.rglob("*.py")):
        if path.name != "codes.py":
            yield from ast.walk(ast.parse(path.read_text("utf-8")))


def test_every_code_is_used() -> None:
    texts = {n.value for n in trees() if isinstance(n, ast.Constant) and isinstance(n.value, str)}
    # `Lowering.known` puts these together.
    kinds = ("agenda", "link", "message", "priority", "role", "state")
    texts |= {f"unknown-{what}" for what in kinds}
    assert texts >= PROBLEM_CODES.keys()


def test_every_code_used_is_documented() -> None:
    raising = {"Problem", "problem", "refuse", "tell"}
    used = set()
    for node in trees():
        if isinstance(node, ast.Call) and node.args:
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            first = node.args[0]
            if name in raising and isinstance(first, ast.Constant):
                used.add(first.value)
    assert used <= PROBLEM_CODES.keys()


def test_a_store_in_use_by_another_program_says_so() -> None:
    error = sqlite3.OperationalError("database is locked")
    error.sqlite_errorcode = sqlite3.SQLITE_BUSY
    found = store_problem(error, Path("store"))
    assert found.code == "store-busy"
    assert (
        found.message
        == "the store store stayed in use by another program; nothing of this date was written"
    )
    assert found.hint == "close what reads store.db for long, then run again"


def test_a_store_of_another_user_says_so() -> None:
    found = store_problem(
        PermissionError(errno.EACCES, "Permission denied", "store"), Path("store")
    )
    assert found.code == "store-closed"
    assert found.message.startswith("the store store cannot be opened as needed")
    assert found.hint == "run as the user who owns the store, or correct the folder's permissions"


# What only shows when accounts meet a playbook, shown as in the folder `run_cases`.


def account(id: str, days: int) -> dict[str, Any]:
    return {"account_id": id, "status": "active", "renewal_date": FIRST + days * DAY, "csm": "Zoé"}


def edit(root: Path, old: str, new: str) -> None:
    path = root / "playbooks" / "renewal.yaml"
    path.write_text(path.read_text("utf-8").replace(old, new), encoding="utf-8")


def stranded(root: Path) -> None:
    run(load_project(root), FIRST)
    edit(root, "id: push", "id: last_call")
    run(load_project(root), FIRST + DAY)


def braked(root: Path) -> None:
    (root / "tenure.yaml").write_text(SETTINGS + "brake: {actions: 2}\n", encoding="utf-8")
    run(load_project(root), FIRST)


def jumped(root: Path) -> None:
    (root / "tenure.yaml").write_text(SETTINGS + "brake: {jump: 5}\n", encoding="utf-8")
    for n in range(3):
        snapshot(root, FIRST + n * DAY, [account(f"day{n}{id}", 30 + n) for id in "ab"])
        run(load_project(root), FIRST + n * DAY)
    snapshot(root, FIRST + 3 * DAY, [account(f"crowd{n}", 33) for n in range(40)])
    run(load_project(root), FIRST + 3 * DAY)


def too_early(root: Path) -> None:
    run(load_project(root), FIRST + DAY)
    run(load_project(root), FIRST)


def without_snapshot(root: Path) -> None:
    run(load_project(root), FIRST - DAY)


def deserted(root: Path) -> None:
    run(load_project(root), FIRST)
    edit(root, "playbook: renewal", "playbook: contract")
    raise Problems(run(load_project(root), FIRST + DAY).warnings)


def same_id(root: Path) -> None:
    (root / "playbooks" / "renewals.yaml").write_text(PLAYBOOK, encoding="utf-8")
    raise Problems(load_project(root).errors)


def never(root: Path) -> None:
    edit(root, "do: [{call", "when: health_score > 100, do: [{call")
    edit(root, "anchor + 60 days", "anchor and (health_score < 50 and health_score > 70)")
    edit(root, "status == 'active'", "status == 'active' and not (csm == '' or csm is missing)")
    raise Problems(load_project(root).problems)


def always(root: Path) -> None:
    edit(root, "do: [{call", "when: health_score <= 100, do: [{call")
    edit(root, "anchor + 60 days", "anchor and (health_score < 50 or health_score >= 50)")
    edit(root, "status == 'active'", "status == 'active' and csm != ''")
    raise Problems(load_project(root).problems)


def renamed(root: Path, *playbooks: str) -> None:
    """Further playbooks, all of which were `renewal`."""
    for id in playbooks:
        body = PLAYBOOK.replace("renewal\n", f"{id}\nwas: renewal\n", 1)
        (root / "playbooks" / f"{id}.yaml").write_text(body, encoding="utf-8")
    raise Problems(load_project(root).errors)


def twice_renamed(root: Path) -> None:
    (root / "playbooks" / "renewal.yaml").unlink()
    renamed(root, "contract", "term")


def reading(root: Path, *asks: str) -> None:
    """Further playbooks, each asking something of another."""
    for n, asked in enumerate(asks):
        body = PLAYBOOK.replace("renewal\n", f"reader_{n}\n").replace("status == 'active'", asked)
        (root / "playbooks" / f"reader_{n}.yaml").write_text(body, encoding="utf-8")
    raise Problems(load_project(root).errors)


def renumbered(root: Path) -> None:
    snapshot(root, FIRST, [account(f"{n:05}", 30) for n in range(1, 13)])
    run(load_project(root), FIRST)
    snapshot(root, FIRST + DAY, [account(f"{n}", 30) for n in range(1, 13)])
    run(load_project(root), FIRST + DAY)


def exchanged(root: Path) -> None:
    snapshot(root, FIRST, [account(f"old{n:02}", 30) for n in range(50)])
    run(load_project(root), FIRST)
    rows = [account(f"old{n:02}", 30) for n in range(39)]
    snapshot(root, FIRST + DAY, [*rows, *(account(f"fresh{n}", 30) for n in range(11))])
    run(load_project(root), FIRST + DAY)


def too_late(root: Path) -> None:
    run(load_project(root), FIRST + DAY, today=FIRST)


def too_far(root: Path) -> None:
    preview(load_project(root), FIRST + 401 * DAY, today=FIRST)


def merged(root: Path) -> None:
    into = {"a": "a", "b": "c", "c": "b", "d": "e", "e": "x"}
    rows = [account(id, 30) | {"merged_into": into.get(id)} for id in "abcdefg"]
    snapshot(root, FIRST, rows)
    raise Problems(run(load_project(root), FIRST).warnings)


EVENTS = """\
events:
  tickets: {file: tickets.csv, date: opened_at}
"""


def counting(root: Path, asked: str, tickets: str | None) -> None:
    """Raise the problems of a run of a playbook that reads events; None: there is no file of them."""
    (root / "fields.yaml").write_text(EVENTS, encoding="utf-8")
    if tickets is not None:
        (root / "tickets.csv").write_text(f"account_id,opened_at\n{tickets}", encoding="utf-8")
    edit(root, "status == 'active'", asked)
    project = load_project(root)
    raise Problems(project.errors or run(project, FIRST).warnings)


SITUATIONS: dict[str, Callable[[Path], None]] = {
    "accounts-gone": exchanged,
    "accounts-gone.zeros": renumbered,
    "bad-merge": merged,
    "brake": braked,
    "brake.jump": jumped,
    "date-ahead": too_late,
    "date-ahead.preview": too_far,
    "date-before-last": too_early,
    "no-events": lambda root: counting(root, "count(tickets, 30 days) > 0", None),
    "no-snapshot": without_snapshot,
    "playbook-circle": lambda root: reading(
        root, "stands_in('reader_1')", "not stands_in('reader_0/notice')"
    ),
    "playbook-circle.itself": lambda root: reading(root, "stands_in('reader_0/notice')"),
    "playbook-gone": deserted,
    "always-true": always,
    "never-true": never,
    "repeated-id.playbooks": same_id,
    "stranded-accounts": stranded,
    "strange-events": lambda root: counting(
        root, "count(tickets) > 0 or csm is missing", "a,2026-01-01\nx,2026-01-01\nx,2026-01-01\n"
    ),
    "unknown-action": lambda root: reading(
        root, "done('renewal/notice/call')", "open('renewal/push/cal') or issued('renewed')"
    ),
    "unknown-events": lambda root: counting(root, "count(ticket, 30 days) > count(logins)", ""),
    "unknown-playbook": lambda root: reading(root, "stands_in('renewl')", "stands_in('win_back')"),
    "unknown-step": lambda root: reading(
        root, "stands_in('renewal/pusch')", "stands_in('renewal', 'renewal/grace')"
    ),
    "was-taken": lambda root: renamed(root, "contract"),
    "was-taken.twice": twice_renamed,
}


def found_in(root: Path, situation: str) -> tuple[list[Problem], str]:
    """What goes wrong in a workspace of three accounts, and its rendering."""
    workspace(root, {"renewal": PLAYBOOK})
    snapshot(root, FIRST, [account("a", 30), account("b", 7), account("c", 7)])
    with pytest.raises(Problems) as raised:
        SITUATIONS[situation](root)
    texts = {f"playbooks/{p.name}": p.read_text("utf-8") for p in (root / "playbooks").iterdir()}
    return list(raised.value.problems), render(raised.value.problems, texts)


@pytest.mark.parametrize("situation", SITUATIONS)
def test_a_run_says_why_it_stops_or_warns(situation: str, tmp_path: Path) -> None:
    problems, shown = found_in(tmp_path / "w", situation)
    assert situation.partition(".")[0] in {found.code for found in problems}
    assert shown == (Path(__file__).parent / "run_cases" / f"{situation}.txt").read_text("utf-8")
