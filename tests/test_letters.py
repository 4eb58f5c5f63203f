"""Messages say what the playbook's own names mean: as evaluation saw the account, before it is issued and after."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from click.testing import CliRunner
from tenure.cli.main import main
from workspaces import snapshot, workspace

MONDAY = dt.date(2026, 3, 2)
DAY = dt.timedelta(days=1)

PLAYBOOK = """\
playbook: quarter
schedule: "0 6 * * *"
for: status == 'active'
catch_up: {within: 7 days, then: skip}
define:
  gone_up: change(projects_created, 2 days)
  before: previous(projects_created)
  at_risk: health_score < 70
  turned: renewal_date < anchor + 1 day
timeline:
  anchor: renewal_date
  steps:
    - {id: letter, at: -30 days, do: [{email: {owner: csm, message: letter}}]}
choices:
  suggestions:
    take: 2
    from:
      - {when: gone_up > 100, say: Never}
      - {when: health_score >= 70, say: {en: "Use what {{ account_name | upper }} has", fr: Continuez}}
      - {when: arr > 0, say: {en: Not told of an account without an ARR}}
      - when: days_since(signup_date) == 59
        say: {fr: "Depuis {{ gone_up | number }}", en: "{{ gone_up | number }} more"}
      - {say: Always there}
  nothing:
    take: 1
    from: [{when: at_risk, say: Call us}]
messages:
  letter:
    en:
      subject: "{% if at_risk %}Risk{% elif at_risk is missing %}?{% else %}Fine{% endif %}"
      body: |
        {{ before | default("nothing") }} then, {{ gone_up | default('?') }} more; {{ turned }};
        {% for suggestion in suggestions %}{{ loop.index }}. {{ suggestion }}; {% endfor %}
        {% if nothing %}{% for each in nothing %}{{ each }}{% endfor %}{% else %}none{% endif %}
    fr:
      body: "{% for suggestion in suggestions %}{{ suggestion }}. {% endfor %}"
"""


def row(id: str, projects: int, **fields: Any) -> Mapping[str, Any]:
    known = {
        "account_id": id,
        "account_name": f"{id} SA",
        "status": "active",
        "renewal_date": dt.date(2026, 4, 4),
        "signup_date": dt.date(2026, 1, 5),
        "csm": "Zoé",
        "projects_created": projects,
        "health_score": 80,
        "language": "en",
    }
    return {**known, **fields}


def folder(root: Path) -> Path:
    """Three snapshots; the letters are due on the date of the last, 5 March."""
    workspace(root, {"quarter": PLAYBOOK})
    for n, projects in enumerate((10, 12, 15, 19)):
        accounts = [
            row("a", projects),
            row("b", 2 * projects, health_score=50),
            row("c", projects, language="fr", health_score=""),
        ]
        snapshot(root, MONDAY + n * DAY, accounts)
    late = [row("a", 99), row("b", 99), row("c", 99)]
    snapshot(root, MONDAY + 9 * DAY, late)
    return root


def letters(root: Path, *words: object) -> dict[str, tuple[str, str]]:
    """Subject and body by account."""
    given = [str(word) for word in (*words, "--workspace", root, "--messages", "--format", "jsonl")]
    result = CliRunner().invoke(main, given, catch_exceptions=False)
    entries = [json.loads(line) for line in result.stdout.splitlines()]
    assert [entry["message_problem"] for entry in entries] == [None] * len(entries)
    return {entry["account_id"]: (entry["subject"], entry["body"]) for entry in entries}


# On 5 March: 19 projects, 15 the day before, 12 two days before; for `b` twice as many. 59 days since 5 January.
EXPECTED = {
    "a": ("Fine", "15 then, 7 more; yes;\n1. Use what A SA has; 2. 7 more; \nnone"),
    "b": ("Risk", "30 then, 14 more; yes;\n1. 14 more; 2. Always there; \nCall us"),
    "c": ("", "Depuis 7. Always there. "),
}


def test_a_message_says_what_evaluation_saw(tmp_path: Path) -> None:
    root = folder(tmp_path / "w")
    for n in range(3):
        CliRunner().invoke(main, ["run", "--workspace", str(root), "--on", str(MONDAY + n * DAY)])
    day = MONDAY + 3 * DAY
    assert letters(root, "preview", "--on", day) == EXPECTED
    CliRunner().invoke(main, ["run", "--workspace", str(root), "--on", str(day)])
    assert letters(root, "actions", "--on", day) == EXPECTED
    # What comes later changes nothing of what was issued.
    CliRunner().invoke(main, ["run", "--workspace", str(root), "--on", str(MONDAY + 9 * DAY)])
    assert letters(root, "actions", "--on", day) == EXPECTED


def test_a_preview_of_days_to_come_looks_back_at_those_it_went_through(tmp_path: Path) -> None:
    root = folder(tmp_path / "w")
    shown = letters(root, "preview", "--on", MONDAY, "--until", "+3d")
    # As if accounts stayed as they are: 10 projects on each day, and two days before.
    assert shown["a"][1].startswith("10 then, 0 more; yes;")


def test_what_was_never_seen_before_is_missing_and_chooses_nothing(tmp_path: Path) -> None:
    root = folder(tmp_path / "w")
    day = MONDAY + 3 * DAY
    # The first run: no earlier value, though the snapshot that it reads is kept by it.
    expected = "nothing then, ? more; yes;\n1. Use what A SA has; 2. Always there; \nnone"
    plain = PLAYBOOK.replace("days_since(signup_date) == 59", "gone_up == 0 and gone_up == 0")
    (root / "playbooks" / "quarter.yaml").write_text(plain, encoding="utf-8")
    (root / "data" / f"accounts-{day}.csv").unlink()
    assert letters(root, "preview", "--on", day)["a"] == ("Fine", expected)
    CliRunner().invoke(main, ["run", "--workspace", str(root), "--on", str(day)])
    assert letters(root, "actions", "--on", day)["a"] == ("Fine", expected)
