"""Messages say what the playbook's own names mean: as evaluation saw the account, before it is issued and after."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from support.workspaces import snapshot, workspace
from tenure.cli.main import main
from tenure.engine.text.email_address import is_address

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


BODY = (
    "{{ minutes }} min, {{ audience }}:{% for part in agenda %}"
    " {{ loop.index }} {{ part.title }}{% if part.minutes %} ({{ part.minutes }} min){% endif %}"
    "{% for point in part.points %} * {{ point }}{% endfor %}{% endfor %}"
)
REVIEW = f"""\
playbook: quarter
schedule: "0 6 * * *"
for: status == 'active'
catch_up: {{within: 7 days, then: skip}}
timeline:
  anchor: renewal_date
  steps:
    - id: review
      at: -30 days
      do:
        - email:
            owner: csm
            message: invitation
            minutes: {{from: 45, to: 60}}
            audience: {{en: you and your sponsor, fr: vous et votre sponsor}}
            agenda:
              - {{en: Welcome, fr: Bienvenue}}
              - {{part: {{en: Results, fr: Bilan}}, minutes: 15, points: [Usage, {{en: Value, fr: Valeur}}]}}
messages:
  invitation:
    en: {{body: "{BODY}"}}
    fr: {{body: "{BODY}"}}
"""


def test_an_invitation_has_the_agenda_in_the_accounts_language(tmp_path: Path) -> None:
    root = folder(tmp_path / "w")
    (root / "playbooks" / "quarter.yaml").write_text(REVIEW, encoding="utf-8")
    shown = letters(root, "preview", "--on", MONDAY + 3 * DAY)
    assert shown["a"][1] == (
        "45 to 60 min, you and your sponsor: 1 Welcome 2 Results (15 min) * Usage * Value"
    )
    assert shown["c"][1] == (
        "45 à 60 min, vous et votre sponsor: 1 Bienvenue 2 Bilan (15 min) * Usage * Valeur"
    )


PARTS = REVIEW[REVIEW.index("              - {en: Welcome") : REVIEW.index("messages:")]
NAMED = f"""{REVIEW.replace(f"agenda:{chr(10)}{PARTS}", f"agenda: quarterly{chr(10)}")}agendas:
  quarterly:
{PARTS}  nobodys: [Nothing]
"""


def test_an_agenda_with_a_name_reads_as_one_written_out(tmp_path: Path) -> None:
    root = folder(tmp_path / "w")
    (root / "playbooks" / "quarter.yaml").write_text(NAMED, encoding="utf-8")
    shown = letters(root, "preview", "--on", MONDAY + 3 * DAY)
    assert shown["a"][1] == (
        "45 to 60 min, you and your sponsor: 1 Welcome 2 Results (15 min) * Usage * Value"
    )


CHECKLIST = (
    REVIEW[: REVIEW.index("        - email:")]
    + """\
        - task: {owner: csm, message: prepare, checklist: [{en: Deck, fr: Support}, Zoom]}
messages:
  prepare:
    en:
      body: "{% for each in checklist %}{{ each }}; {% endfor %}{% if agenda %}!{% endif %}{{ minutes | default(0) }}"
"""
)


def test_a_task_has_its_checklist_and_lacks_what_it_does_not_say(tmp_path: Path) -> None:
    root = folder(tmp_path / "w")
    (root / "playbooks" / "quarter.yaml").write_text(CHECKLIST, encoding="utf-8")
    shown = letters(root, "preview", "--on", MONDAY + 3 * DAY)
    assert shown["a"] == ("", "Deck; Zoom; 0")


TIERS = """\
playbook: quarter
schedule: "0 6 * * *"
for: status == 'active'
catch_up: {within: 7 days, then: skip}
tiers:
  since: signup_date
  levels:
    - {id: silver, title: {en: Silver, fr: Argent}, after: 60 days, do: [{email: {owner: csm, message: levels}}]}
    - {id: gold, title: {en: Gold, fr: Or}, after: 70 days}
  notice: {before: 8 days, do: [{email: {owner: csm, message: levels}}]}
messages:
  levels:
    en:
      body: "{{ level | default('None') }}; {{ next_level }} on {{ next_on | date }}, in {{ days_to_go }} days"
    fr:
      body: "{{ level | default('Aucun') }} ; {{ next_level }} le {{ next_on | date }}, dans {{ days_to_go }} jours"
"""


def test_a_message_says_what_level_comes_next_and_when(tmp_path: Path) -> None:
    root = folder(tmp_path / "w")
    (root / "playbooks" / "quarter.yaml").write_text(TIERS, encoding="utf-8")
    # Signed up on Monday 5 January: silver on Friday 6 March, announced on Thursday 26 February; gold on 16 March,
    # announced on Sunday the 8th, which reaches people on Monday the 9th.
    announced = dt.date(2026, 2, 26)
    snapshot(root, announced, [row("a", 1), row("c", 1, language="fr")])
    assert letters(root, "preview", "--on", announced) == {
        "a": ("", "None; Silver on 6 March 2026, in 8 days"),
        "c": ("", "Aucun ; Argent le 6 mars 2026, dans 8 jours"),
    }
    CliRunner().invoke(main, ["run", "--workspace", str(root), "--on", str(announced)])
    for day in range(1, 9):
        words = ["run", "--workspace", str(root), "--on", str(announced + day * DAY)]
        CliRunner().invoke(main, words)
    reached = letters(root, "actions", "--on", announced + 8 * DAY)
    assert reached["a"] == ("", "Silver; Gold on 16 March 2026, in 10 days")
    for day in range(9, 12):
        words = ["run", "--workspace", str(root), "--on", str(announced + day * DAY)]
        CliRunner().invoke(main, words)
    told = letters(root, "actions", "--from", "2026-03-07", "--to", "2026-03-31")
    assert told["c"][1].startswith("Argent ; Or le 16 mars 2026, dans 7 jours")


@pytest.mark.parametrize("text", ["ana@example.com", "o'neil+x@mail.example.org", "é@exämple.fr"])
def test_an_address_is_one_address(text: str) -> None:
    assert is_address(text)


@pytest.mark.parametrize(
    "text",
    [
        "a@x.com\nBcc: b@y.com",
        "a@x.com\r\nBcc: b@y.com",
        "a@x.com\rBcc:b@y.com",
        "a@x.com\n",
        "a@x.com\u2028Bcc:b@y.com",
        "a@x.com, b@y.com",
        "a@x.com;b@y.com",
        "Ana <a@x.com>",
        "a@x.com\x00",
        "a\u202e@x.com",
        "a@b@c",
        "nothing",
        "",
    ],
)
def test_what_is_more_or_less_than_an_address_is_none(text: str) -> None:
    assert not is_address(text)
