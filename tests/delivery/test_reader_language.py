"""Actions reach each person in the language that the table of people has for them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from support.deliveries import (
    DAY,
    PLAYBOOK,
    Receiver,
    deliver_day,
    make_workspace,
    plain,
    receiving,
    run_day,
)
from tenure.cli.main import main

CHANNELS = """\
channels:
  desk: {{folder: {{path: outbox, formats: [markdown]}}}}
  hook: {{webhook: {{url: "http://127.0.0.1:{port}/"}}, kinds: [task]}}
"""
TITLE = "title: {en: Call the sponsor, fr: Appeler le sponsor}"
CHECKLIST = (
    "checklist: [{en: Send the deck, fr: Envoyer la présentation}, {en: Book a room, de: Raum}]"
)


def workspace(folder: Path, port: int) -> Path:
    """A task for Alice, who reads French, and for Bob and Cy, who read English and Spanish."""
    root = make_workspace(folder / "w", CHANNELS.format(port=port), ("Alice", "Bob", "Cy"))
    (root / "people.csv").write_text("name,language\nAlice,fr-CA\nBob,en\nCy,es\n")
    text = PLAYBOOK.replace("due: 0 days", f"due: 0 days, {TITLE}, {CHECKLIST}")
    assert text != PLAYBOOK
    (root / "playbooks" / "renewal.yaml").write_text(text)
    return root


def page(root: Path, name: str) -> str:
    return (root / "outbox" / DAY.isoformat() / f"{name}.md").read_text("utf-8")


def test_titles_and_checklists_are_in_the_readers_language(tmp_path: Path) -> None:
    with receiving(Receiver(plain(200))) as hook:
        root = workspace(tmp_path, hook.port)
        run_day(root)
        deliver_day(root)
        titles = {body["owner"]: body["title"] for body in hook.bodies()}
    assert titles == {
        "Alice": "Appeler le sponsor",
        "Bob": "Call the sponsor",
        "Cy": "Call the sponsor",
    }
    french = page(root, "alice")
    assert "**Appeler le sponsor**" in french
    assert "- [ ] Envoyer la présentation\n" in french
    # A text without French is in the workspace's language, English.
    assert "- [ ] Book a room\n" in french
    assert "- [ ] Send the deck\n" in page(root, "bob")


@pytest.mark.parametrize(
    ("old", "new", "stays"),
    [
        ("Call the sponsor", "Write to the sponsor", "**Call the sponsor**"),
        ("Send the deck", "Send the slides", "- [ ] Send the deck\n"),
        ("id: notice\n", "id: reminder\n", "**Call the sponsor**"),
    ],
)
def test_what_was_reworded_since_stays_as_it_was_issued(
    tmp_path: Path, old: str, new: str, stays: str
) -> None:
    with receiving(Receiver(plain(200))) as hook:
        root = workspace(tmp_path, hook.port)
        run_day(root)
        path = root / "playbooks" / "renewal.yaml"
        assert old in path.read_text("utf-8")
        path.write_text(path.read_text("utf-8").replace(old, new), "utf-8")
        deliver_day(root)
    assert stays in page(root, "alice")


SUPPRESSED = """\
contact_policy:
  suppress:
    - when: status == 'active'
      kinds: [email]
      reason: {en: they write to us first, fr: le client écrit d'abord}
"""


def suppressed(folder: Path) -> Path:
    """The email of the notice must reach the customer, and is suppressed: its owner gets a task instead."""
    root = make_workspace(folder / "w", CHANNELS.format(port=9) + SUPPRESSED, ("Alice", "Bob"))
    (root / "people.csv").write_text("name,language\nAlice,fr\nBob,en\n")
    text = PLAYBOOK.replace("message: notice}", f"message: notice, must_reach: true, {TITLE}}}")
    text = text.replace("due: 0 days", "due: 0 days, when: csm is not missing")
    text = text.replace("at: -30 days", "at: -30 days\n      title: {en: Notice, fr: Préavis}")
    assert text != PLAYBOOK
    (root / "playbooks" / "renewal.yaml").write_text(text)
    return root


def plain_spaces(text: str) -> str:
    return text.replace("\u00a0", " ").replace("\u202f", " ")


def test_reasons_are_in_the_readers_language(tmp_path: Path) -> None:
    root = suppressed(tmp_path)
    run_day(root)
    deliver_day(root)
    french, english = plain_spaces(page(root, "alice")), page(root, "bob")
    # The term ends on 1 April 2026, 30 days after the day.
    assert "pourquoi : 30 jours avant le 1er avril 2026 ; CSM est connu\n" in french
    assert "why: 30 days before 1 April 2026; CSM is known\n" in english
    # A task of the engine quotes the title of the contact that could not go out, and the policy's reason.
    assert "**Prévenir le client autrement : Appeler le sponsor**" in french
    assert "ne peut pas partir : le client écrit d'abord\n" in french
    assert "**Tell the customer another way: Call the sponsor**" in english
    assert "cannot go out: they write to us first\n" in english


def test_actions_are_listed_in_a_language_and_else_as_recorded(tmp_path: Path) -> None:
    root = suppressed(tmp_path)
    run_day(root)

    def listed(*more: str) -> set[tuple[str, str]]:
        asked = ["--on", DAY.isoformat(), "--format", "json", "--columns", "title,reason", *more]
        result = CliRunner().invoke(main, ["actions", "--workspace", str(root), *asked])
        assert result.exit_code == 0, result.output
        return {(row["title"], plain_spaces(row["reason"])) for row in json.loads(result.stdout)}

    assert ("Notice", "30 days before 2026-04-01; csm is not missing") in listed()
    assert (
        "Préavis",
        "30 jours avant le 1er avril 2026 ; CSM est connu",
    ) in listed("--language", "French")
    result = CliRunner().invoke(
        main, ["actions", "--workspace", str(root), "--language", "Klingon"]
    )
    assert result.exit_code == 2


def test_cards_of_a_chat_write_kind_and_date_in_the_readers_language(tmp_path: Path) -> None:
    with receiving(Receiver(plain(200))) as hook:
        root = workspace(tmp_path, hook.port)
        settings = root / "tenure.yaml"
        text = settings.read_text("utf-8").replace('/"}, kinds', '/", template: slack}, kinds')
        assert "slack" in text
        settings.write_text(text, "utf-8")
        run_day(root)
        deliver_day(root)
        cards = {body["text"]: body["blocks"][1]["elements"] for body in hook.bodies()}
    french = cards["Appeler le sponsor\u00a0: Firm 1"]
    assert french[0]["text"] == "Tâche · 2 mars 2026 · Alice"
    assert french[1]["text"] == "30 jours avant le 1er avril 2026"
    assert cards["Call the sponsor: Firm 2"][0]["text"] == "Task · 2 March 2026 · Bob"
