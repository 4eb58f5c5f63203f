"""Actions reach each person in the language that the table of people has for them."""

from __future__ import annotations

from pathlib import Path

import pytest
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
