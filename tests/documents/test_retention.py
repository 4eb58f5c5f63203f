"""The retention programme: the source's template, its worked examples, and where accounts stand."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from support.metrics_workspace import SETTINGS, lay_out
from tenure.cli.main import main

HEADINGS = [
    "## Vue d'Ensemble",
    "## Métriques Actuelles",
    "## Timeline Renewal",
    "## Programmes Actifs",
]
"""Those of retention.md's "Template de Sortie" below its title; what follows is copied from there too."""

TABLES = [
    "| Paramètre | Valeur |",
    "| **Segment** | ",
    "| **Phase** | J90+ |",
    "| **Objectif NRR** | > 100\xa0% |",
    "| **Objectif GRR** | > 90\xa0% |",
    "| **Objectif Renewal Rate** | > 85\xa0% |",
    "| Métrique | Valeur | Benchmark | Status |",
    "| NRR | ",
    "| GRR | ",
    "| Retention J90 | ",
    "| Retention J365 | ",
    "| Timing | Action | Owner | Status |",
    "QBR trimestriel",
    "Loyalty program integration",
    "Anniversary communications",
    "VIP program (si éligible)",
]

RENEWAL = """\
playbook: renewal
title: {en: Annual renewal, fr: Renouvellement annuel}
schedule: "0 6 * * *"
for: status == 'active'
catch_up: {within: 7 days, then: skip}
timeline:
  anchor: renewal_date
  steps:
    - id: check
      title: {en: Health Check, fr: Health Check}
      at: -90 days
      do: [email: {owner: [csm, operations]}, task: {owner: operations}]
    - {id: push, title: {en: Final Push, fr: Final Push}, at: -7 days, do: [call: {owner: csm}]}
    - {id: grace, title: {en: Grace, fr: Grâce}, at: 0 days}
  outcomes:
    lapsed: {at: 30 days}
"""
ROLES = "roles:\n  csm: {field: csm, title: {en: CSM, fr: CSM}}\n  operations: {name: Ops}\n"

Row = dict[str, Any]


def account(id: str, mrr: str, segment: str = "enterprise", **more: str) -> Row:
    first: Row = {"account_id": id, "mrr": mrr, "segment": segment, "status": "active"}
    return {**first, "arr": str(int(mrr) * 12), "currency": "EUR", **more}


BEFORE = [
    account("grows", "60000"),
    account("shrinks", "35000"),
    account("leaves", "5000", "growth"),
]
AFTER = [
    account("grows", "75000"),
    account("shrinks", "32000"),
    account("comes", "8000", "growth"),
]
"""retention.md: of 100,000, + 15,000, - 3,000 and - 5,000 make NRR 107 % and GRR 92 %; and somebody new."""


def report(root: Path, *args: str, on: str = "2026-04-30") -> str:
    words = ["report", "retention_programme", *args, "--workspace", str(root), "--on", on]
    result = CliRunner().invoke(main, words)
    assert result.exit_code == 0, result.output
    return result.stdout


def row(text: str, label: str) -> list[str]:
    """The cells of the row, after the first."""
    line = re.findall(rf"^\| {re.escape(label)} \|.*$", text, re.M)[0]
    return [cell.strip() for cell in line.strip("|").split(" | ")[1:]]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return lay_out(tmp_path / "w", {"2025-04-30": BEFORE, "2026-04-30": AFTER})


def test_it_has_the_source_s_sections_tables_and_programmes(root: Path) -> None:
    text = report(root, "--language", "fr")
    assert text.startswith("# Programme Retention - Tous les comptes\n")
    assert re.findall(r"^##? .*$", text, re.M)[1:5] == HEADINGS
    at = 0
    for part in TABLES:
        at = text.find(part, at)
        assert at >= 0, part


def test_the_source_s_example_comes_out_to_the_digit(root: Path) -> None:
    text = report(root, "--language", "en")
    assert row(text, "NRR") == ["107%", "> 100%", "🟢"]
    assert row(text, "GRR") == ["92%", "> 90%", "🟢"]
    assert "From 30 April 2025 to 30 April 2026." in text
    assert "**Segment** | all accounts: 3 accounts, ARR €1,380,000 |" in text, "115,000 × 12"


def test_a_segment_has_its_own_figures(root: Path) -> None:
    enterprise = report(root, "enterprise", "--language", "en")
    assert enterprise.startswith("# Retention Programme - Enterprise\n")
    # (75,000 + 32,000) / 95,000 and (60,000 + 32,000) / 95,000.
    assert row(enterprise, "NRR") == ["112.6%", "> 100%", "🟢"]
    assert row(enterprise, "GRR") == ["96.8%", "> 90%", "🟢"]
    assert "**Segment** | enterprise: 2 accounts, ARR €1,284,000 |" in enterprise
    growth = report(root, "growth", "--language", "en")
    assert row(growth, "NRR") == ["0%", "> 100%", "🔴"]


@pytest.mark.parametrize(
    ("kept", "nrr", "grr"),
    [
        ("1001", "🟢", "🟢"),
        ("1000", "🟡", "🟢"),  # more than 100 % is aimed at
        ("901", "🟡", "🟢"),
        ("900", "🟡", "🟡"),  # 90 % is acceptable, and no more than 90 %
        ("899", "🔴", "🟡"),  # below 90 % is problematic
        ("850", "🔴", "🟡"),
        ("849", "🔴", "🔴"),  # below 85 % is critical
    ],
)
def test_a_light_turns_at_the_source_s_benchmark_and_band(
    tmp_path: Path, kept: str, nrr: str, grr: str
) -> None:
    days = {"2025-04-30": [account("a", "1000")], "2026-04-30": [account("a", kept)]}
    text = report(lay_out(tmp_path / "w", days), "--language", "en")
    assert (row(text, "NRR")[2], row(text, "GRR")[2]) == (nrr, grr)


def test_less_than_twelve_months_are_shown_and_not_judged(tmp_path: Path) -> None:
    root = lay_out(tmp_path / "w", {"2026-03-31": BEFORE, "2026-04-30": AFTER})
    text = report(root, "--language", "en")
    assert row(text, "NRR") == ["107%", "> 100%", "-"]
    assert "From 31 March 2026 to 30 April 2026. Less than twelve months of data" in text


def test_retention_is_that_of_the_cohorts_old_enough(tmp_path: Path) -> None:
    """Of ten who signed up on 2 January 2025 three are left on day 90, and one on day 365."""
    ids = [f"c{n}" for n in range(10)]
    signed = {"signup_date": "2025-01-02"}
    days = {
        "2025-01-03": [account(id, "10", **signed) for id in ids],
        "2025-04-02": [account(id, "10", **signed) for id in ids[:3]],
        "2026-01-02": [account(id, "10", **signed) for id in ids[:1]],
        "2026-04-30": [account(id, "10", **signed) for id in ids[:1]],
    }
    text = report(lay_out(tmp_path / "w", days), "--language", "en")
    assert row(text, "Retention J90") == ["30%", "> 15%", "🟢"]
    assert row(text, "Retention J365") == ["10%", "> 10%", "🟡"]


def test_missing_values_are_marked_with_the_reason(tmp_path: Path) -> None:
    rows = [account("a", "10"), account("b", "20", currency="USD")]
    root = lay_out(tmp_path / "w", {"2025-04-30": rows, "2026-04-30": rows})
    text = report(root, "--language", "en")
    assert row(text, "NRR") == ["[to complete: NRR]", "> 100%", "[to complete: NRR]"]
    section = text.partition("## Data to complete\n")[2]
    assert "| NRR | accounts pay in EUR, USD; " in section
    assert "accounts under way" not in section, "there is no playbook that anybody could stand in"
    assert "ARR €120 + $240 |" in text


def test_timeline_and_programmes_are_the_playbooks_loaded_and_where_accounts_stand(
    tmp_path: Path,
) -> None:
    rows = [
        account("far", "10", renewal_date="2026-12-31", csm="Zoé"),
        account("near", "10", renewal_date="2026-06-30", csm="Zoé"),
        account("last", "10", renewal_date="2026-05-04", csm="Zoé"),
        account("other", "10", "growth", renewal_date="2026-05-04", csm="Zoé"),
    ]
    root = lay_out(tmp_path / "w", {"2026-04-30": rows}, SETTINGS + ROLES)
    (root / "playbooks" / "renewal.yaml").write_text(RENEWAL, "utf-8")
    before = report(root, "enterprise", "--language", "en")
    assert row(before, "D-7") == ["Final Push", "CSM", "[to complete: accounts under way]"]
    assert "| accounts under way | the store: `tenure run`" in before
    on = ["--workspace", str(root), "--on", "2026-04-30"]
    assert CliRunner().invoke(main, ["run", *on]).exit_code == 0
    text = report(root, "enterprise", "--language", "en")
    assert row(text, "D-90") == ["Health Check", "CSM, operations", "1 account"]
    assert row(text, "D-7") == ["Final Push", "CSM", "1 account"]
    assert row(text, "D0") == ["Grace", "-", "0 accounts"]
    assert (
        "- [x] Annual renewal: 2 accounts\n" in text or "- [x] Annual renewal: 3 accounts\n" in text
    )
    assert "- [ ] Quarterly QBR\n- [ ] Loyalty program integration\n" in text
    everybody = report(root, "--language", "fr")
    assert row(everybody, "J-7") == ["Final Push", "CSM", "2 comptes"]


def test_entries_of_later_dates_are_not_shown(tmp_path: Path) -> None:
    rows = [account("near", "10", renewal_date="2026-06-30", csm="Zoé")]
    days = {"2026-04-30": rows, "2026-05-01": rows}
    root = lay_out(tmp_path / "w", days, SETTINGS + ROLES)
    (root / "playbooks" / "renewal.yaml").write_text(RENEWAL, "utf-8")
    run = ["run", "--workspace", str(root), "--on", "2026-05-01"]
    assert CliRunner().invoke(main, run).exit_code == 0
    assert "[to complete: accounts under way]" in report(root, "--language", "en")
    assert "1 account |" in report(root, "--language", "en", on="2026-05-01")


def test_an_unknown_segment_is_wrong_usage(root: Path) -> None:
    words = ["report", "retention_programme", "entreprise", "--workspace", str(root)]
    result = CliRunner().invoke(main, [*words, "--on", "2026-04-30"])
    assert result.exit_code == 2
    assert "did you mean enterprise?" in " ".join(result.stderr.split())
