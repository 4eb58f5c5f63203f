"""List fields in every form of snapshot: read, bad, missing and empty, and shown with commas."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import polars as pl
import pytest
import tenure
from click.testing import CliRunner
from support.workspaces import SETTINGS, workspace
from tenure.cli.main import main
from tenure.engine.core.list_texts import join_items, readable_list, split_items
from tenure.engine.project.loading import load_project
from tenure.engine.reports.locale_format import plain_text
from tenure.engine.runs.running import run
from tenure.engine.sources import Snapshots
from tenure.engine.sources.snapshots import Snapshot

DAY = dt.date(2026, 3, 2)
FIELDS = """\
fields:
  tags: {type: list}
  plans: {type: list, values: [basic, pro], translate: {Profi: pro}, default: [basic]}
  kind: {type: list, derive: [{when: tags has 'beta', then: [early, loud]}, {otherwise: []}]}
"""
WATCH = """\
playbook: watch
schedule: "0 6 * * *"
for: tags has 'beta' and not tags has 'vip'
catch_up: {within: 3 days, then: skip}
triggers:
  open: [{id: now, when: count(tags) > 0, rearm: count(tags) == 0}]
  steps: [{id: ask, at: 0 days, do: [{task: {owner: operations}}]}]
"""


def laid_out(root: Path, ending: str, table: pl.DataFrame) -> Snapshot:
    settings = SETTINGS.replace("accounts-{date}.csv", f"{{date}}.{ending}")
    workspace(root, {"watch": WATCH}, settings)
    (root / "fields.yaml").write_text(FIELDS, "utf-8")
    path = root / "data" / f"{DAY}.{ending}"
    write = {"csv": table.write_csv, "parquet": table.write_parquet, "jsonl": table.write_ndjson}
    write[ending](path)
    project = load_project(root)
    assert not project.problems
    return Snapshots(project.workspace, project.catalogue).load(DAY, ("tags", "plans", "kind"))


def lists(snapshot: Snapshot, name: str) -> dict[str, list[str] | None]:
    rows = snapshot.frame.select("account_id", name).iter_rows()
    return {account: None if text is None else split_items(text) for account, text in rows}


@pytest.mark.parametrize(
    ("written", "items"),
    [
        ("beta;vip", ["beta", "vip"]),
        (" beta ; vip ;; beta", ["beta", "vip"]),
        ("beta", ["beta"]),
        ('["beta", "v;p", 7]', ["beta", "v;p", "7"]),
        ('["beta", null]', ["beta"]),
        ("[]", []),
        (";", []),
        ("", None),
        ("  ", None),
        ("[beta", None),
        ('[["beta"]]', None),
        ('{"beta": 1}', ['{"beta": 1}']),
    ],
)
def test_texts_are_read_as_lists(tmp_path: Path, written: str, items: list[str] | None) -> None:
    table = pl.DataFrame({"account_id": ["a1", "a2"], "status": "active", "tags": [written, "x"]})
    assert lists(laid_out(tmp_path / "w", "csv", table), "tags") == {"a1": items, "a2": ["x"]}


@pytest.mark.parametrize("ending", ["parquet", "jsonl"])
def test_columns_of_lists_are_read(tmp_path: Path, ending: str) -> None:
    tags = [["beta", "vip"], [], None, ["b;c", None, " beta "]]
    table = pl.DataFrame({"account_id": ["a1", "a2", "a3", "a4"], "status": "active", "tags": tags})
    expected = {"a1": ["beta", "vip"], "a2": [], "a3": None, "a4": ["b;c", "beta"]}
    snapshot = laid_out(tmp_path / "w", ending, table)
    assert lists(snapshot, "tags") == expected
    assert lists(snapshot, "kind") == {
        "a1": ["early", "loud"], "a2": [], "a3": None, "a4": ["early", "loud"],
    }  # fmt: skip
    result = run(load_project(tmp_path / "w"), DAY)
    assert result.entries["account_id"].to_list() == ["a4"]


def test_items_are_translated_and_must_be_allowed(tmp_path: Path) -> None:
    table = pl.DataFrame(
        {
            "account_id": ["a1", "a2", "a3"],
            "status": "active",
            "tags": "x",
            "plans": ["Profi;basic", "basic;huge", None],
        }
    )
    snapshot = laid_out(tmp_path / "w", "csv", table)
    assert lists(snapshot, "plans") == {"a1": ["pro", "basic"], "a2": None, "a3": ["basic"]}
    (bad,) = snapshot.quarantined.iter_rows(named=True)
    assert (bad["account_id"], bad["field"], bad["value"]) == ("a2", "plans", "basic;huge")
    assert bad["reason"] == "with items that are not among basic, pro: huge"


def test_lists_are_shown_with_commas() -> None:
    assert plain_text(join_items(["beta", "vip"]), "fr") == "beta, vip"
    assert plain_text(join_items([]), "en") == ""
    assert readable_list("beta") == "beta"


def test_messages_show_lists_and_test_their_items(tmp_path: Path) -> None:
    body = (
        "{{ tags }} {% if 'beta' in tags %}beta{% endif %}{% if 'bet' in tags %}bet{% endif %}"
        "{% if not tags %}none{% endif %}"
    )
    book = WATCH.replace("task: {owner: operations}", "email: {owner: operations, message: hello}")
    book = book.replace("for: tags has 'beta' and not tags has 'vip'", "for: status == 'active'")
    book = book.replace("count(tags) > 0", "tags is not missing")
    book += f'messages: {{hello: {{en: {{subject: Tags, body: "{body}"}}}}}}\n'
    workspace(tmp_path / "w", {"watch": book.replace("== 0", "== 9")}, SETTINGS)
    (tmp_path / "w" / "fields.yaml").write_text(FIELDS, "utf-8")
    table = pl.DataFrame(
        {
            "account_id": ["a1", "a2", "a3"],
            "status": "active",
            "contact_email": ["a@x.fr", "b@x.fr", "c@x.fr"],
            "tags": ["beta;vip", "vip", "[]"],
        }
    )
    table.write_csv(tmp_path / "w" / "data" / f"accounts-{DAY}.csv")
    run(load_project(tmp_path / "w"), DAY)
    options = ("actions", "--messages", "--format", "json", "--workspace", str(tmp_path / "w"))
    shown = CliRunner().invoke(main, [*options, "--from", str(DAY), "--to", "2026-04-01"])
    bodies = {row["account_id"]: row["body"] for row in json.loads(shown.stdout)}
    assert bodies == {"a1": "beta, vip beta", "a2": "vip ", "a3": " none"}


def test_the_api_takes_and_returns_lists(tmp_path: Path) -> None:
    tags = [["beta"], [], None, ["beta", "vip"]]
    table = pl.DataFrame({"account_id": ["a1", "a2", "a3", "a4"], "status": "active", "tags": tags})
    laid_out(tmp_path / "w", "parquet", table)
    opened = tenure.open(tmp_path / "w")
    snapshot = opened.snapshot(DAY)
    assert snapshot["tags"].to_list() == tags
    assert opened.playbooks.columns["tags"] == snapshot.schema["tags"]
    result = tenure.evaluate(opened.playbooks, snapshot, None, DAY)
    assert result.actions["account_id"].to_list() == ["a1"]
    condition = opened.parse_condition("tags has 'vip'")
    assert [condition.evaluate({"tags": each}) for each in tags] == [False, False, None, True]
    with pytest.raises(tenure.UsageError, match="tags is not a list"):
        condition.evaluate({"tags": "vip"})
