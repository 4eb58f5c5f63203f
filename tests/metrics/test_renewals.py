"""The renewal rate: what is a renewal and what an amendment, what lapsed, and what may still come."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from support.metrics_workspace import ask, lay_out, values
from tenure.engine.metrics.groups import Method
from tenure.engine.metrics.renewal_rates import RENEWAL_RATE, RENEWALS

OTHER = {"account_id": "other", "mrr": "1", "renewal_date": "2030-01-01"}
"""Due long after; it keeps a snapshot from being empty."""


def due(renewal: str, mrr: str = "100", **fields: str) -> dict[str, str]:
    return {"account_id": "a", "mrr": mrr, "renewal_date": renewal, **fields}


def outcome(root: Path, last: str, **options: object) -> str:
    """What became of the one term that was due, or that none was."""
    found = values(RENEWALS.compute(ask(root, "2025-01-01", last, **options)))
    outcomes = [name for name in ("renewed", "lapsed", "pending") if found[name]]
    assert len(outcomes) <= 1
    return outcomes[0] if outcomes else "nothing due"


def test_a_date_that_moves_by_sixty_days_is_amended_and_by_sixty_one_renewed(
    tmp_path: Path,
) -> None:
    for days, moved, expected in (
        (60, "2025-05-30", "nothing due"),
        (61, "2025-05-31", "renewed"),
        (-60, "2025-01-30", "lapsed"),
        (-70, "2025-01-20", "lapsed"),
    ):
        snapshots = {
            "2025-01-01": [due("2025-03-31")],
            "2025-01-15": [due(moved)],
            "2025-04-30": [due(moved)],
        }
        root = lay_out(tmp_path / f"w{days}", snapshots)
        assert outcome(root, "2025-04-30") == expected, days


@pytest.mark.parametrize(
    ("on", "expected"),
    [("2025-03-30", "nothing due"), ("2025-03-31", "pending"), ("2025-04-14", "pending"), ("2025-04-15", "lapsed")],
)  # fmt: skip
def test_a_term_is_pending_for_fourteen_days_and_then_lapsed(
    tmp_path: Path, on: str, expected: str
) -> None:
    snapshots = {"2025-01-01": [due("2025-03-31"), OTHER], on: [due("2025-03-31"), OTHER]}
    assert outcome(lay_out(tmp_path / "w", snapshots), on) == expected


@pytest.mark.parametrize(
    ("back", "started", "expected"),
    [
        ("2025-04-14", "", "renewed"),
        ("2025-04-15", "", "lapsed"),
        ("2025-04-30", "2025-04-14", "renewed"),
        ("2025-04-30", "2025-04-15", "lapsed"),
    ],
)
@pytest.mark.parametrize("meanwhile", [[OTHER], [due("2025-03-31"), OTHER]])
def test_a_term_renewed_after_its_end_is_renewed_within_grace_only(
    tmp_path: Path, back: str, started: str, expected: str, meanwhile: list[dict[str, str]]
) -> None:
    snapshots = {
        "2025-01-01": [due("2025-03-31"), OTHER],
        "2025-04-05": meanwhile,
        back: [due("2026-03-31", contract_start=started), OTHER],
    }
    assert outcome(lay_out(tmp_path / "w", snapshots), back) == expected


def test_who_is_renewed_by_the_next_snapshot_was_not_seen_to_be_late(tmp_path: Path) -> None:
    snapshots = {"2025-03-31": [due("2025-03-31")], "2025-06-30": [due("2026-03-31")]}
    asked = ask(lay_out(tmp_path / "w", snapshots), "2025-03-30", "2025-06-30")
    assert asked.window_data.why is not None
    asked = ask(tmp_path / "w", "2025-03-31", "2025-06-30")
    assert values(RENEWALS.compute(asked))["renewed"] == 0, "due on the first date, not after it"
    snapshots = {"2025-03-01": [due("2025-03-31")], "2025-06-30": [due("2026-03-31")]}
    asked = ask(lay_out(tmp_path / "v", snapshots), "2025-03-01", "2025-06-30")
    assert values(RENEWALS.compute(asked))["renewed"] == 1


def test_a_snapshot_of_the_due_date_itself_does_not_show_who_is_late(tmp_path: Path) -> None:
    snapshots = {
        "2025-01-01": [due("2025-03-31")],
        "2025-03-31": [due("2025-03-31")],
        "2025-05-31": [due("2026-03-31")],
    }
    assert outcome(lay_out(tmp_path / "w", snapshots), "2025-05-31") == "renewed"
    snapshots["2025-04-01"] = snapshots["2025-03-31"]
    assert outcome(lay_out(tmp_path / "v", snapshots), "2025-05-31") == "lapsed"


def test_an_early_renewal_counts_when_its_term_was_due(tmp_path: Path) -> None:
    snapshots = {
        "2025-01-01": [due("2025-03-31")],
        "2025-02-01": [due("2026-03-31", "150")],
        "2025-04-30": [due("2026-03-31", "150")],
    }
    root = lay_out(tmp_path / "w", snapshots)
    assert outcome(root, "2025-03-30") == "nothing due"
    assert outcome(root, "2025-03-31") == "renewed"
    found = values(RENEWALS.compute(ask(root, "2025-01-01", "2025-04-30")))
    assert found["renewed_mrr"] == 100, "what the term paid, not the next one"
    found = values(RENEWALS.compute(ask(root, "2025-02-15", "2025-04-30")))
    assert found["renewed"] == 1, "seen before the window, due in it"


def test_the_rate_counts_what_is_decided_and_by_value_what_it_paid_when_due(tmp_path: Path) -> None:
    def row(name: str, mrr: str, renewal: str) -> dict[str, str]:
        return {"account_id": name, "mrr": mrr, "renewal_date": renewal}

    snapshots = {
        "2025-01-01": [
            row("a", "100", "2025-03-31"),
            row("b", "300", "2025-03-31"),
            row("c", "200", "2025-03-31"),
            row("p", "50", "2025-05-25"),
        ],
        "2025-03-01": [
            row("a", "120", "2025-03-31"),
            row("b", "300", "2025-03-31"),
            row("c", "200", "2025-03-31"),
            row("p", "50", "2025-05-25"),
        ],
        "2025-05-31": [row("a", "999", "2026-03-31"), row("b", "1", "2026-03-31"), row("p", "70", "2025-05-25")],
    }  # fmt: skip
    root = lay_out(tmp_path / "w", snapshots)
    figures = RENEWALS.compute(ask(root, "2025-01-01", "2025-05-31"))
    assert values(figures) == {
        "renewal_rate": Decimal(200) / 3,
        "renewal_rate_by_value": Decimal(42_000) / 620,
        "renewal_rate_by_value_retained": Decimal(12_100) / 620,
        "renewed": 2,
        "lapsed": 1,
        "pending": 1,
        "renewed_mrr": 420,
        "lapsed_mrr": 200,
        "pending_mrr": 50,
    }
    (level,) = (figure.level for figure in figures if figure.metric is RENEWAL_RATE)
    assert level == "red", "66.7 is below 80 % of 85"


def test_without_a_decided_term_there_is_no_rate(tmp_path: Path) -> None:
    root = lay_out(tmp_path / "w", {"2025-01-01": [OTHER]})
    rate, by_value, kept, *_ = RENEWALS.compute(ask(root, "2025-01-01", "2025-01-31"))
    assert rate.value is by_value.value is kept.value is None
    assert rate.why is not None


def test_a_monthly_contract_is_renewed_each_month(tmp_path: Path) -> None:
    """Three months of one contract after another, then none: three terms renewed, the last one lapsed."""
    ends = ["2025-01-31", "2025-02-28", "2025-03-31", "2025-04-30"]
    starts = ["2025-01-01", "2025-02-01", "2025-03-01", "2025-04-01"]
    snapshots = {
        f"{start[:8]}15": [{**due(end), "contract_start": start}, OTHER]
        for start, end in zip(starts, ends, strict=True)
    }
    snapshots["2025-05-31"] = [OTHER]
    root = lay_out(tmp_path / "w", snapshots)
    found = values(RENEWALS.compute(ask(root, "2025-01-15", "2025-05-31")))
    assert (found["renewed"], found["lapsed"], found["renewal_rate"]) == (3, 1, 75)


def test_a_longer_term_of_the_same_contract_is_amended(tmp_path: Path) -> None:
    snapshots = {
        "2025-01-15": [{**due("2025-01-31"), "contract_start": "2024-02-01"}],
        "2025-01-30": [{**due("2025-02-28"), "contract_start": "2024-02-01"}],
    }
    assert outcome(lay_out(tmp_path / "w", snapshots), "2025-02-15") == "nothing due"


@pytest.mark.parametrize("method", ["snapshots", "movements"])
def test_a_request_without_terms_has_the_same_accounts_and_no_terms(
    tmp_path: Path, method: Method
) -> None:
    snapshots = {
        "2025-01-01": [due("2025-03-31"), OTHER],
        "2025-03-01": [OTHER],
        "2025-04-05": [due("2026-03-31"), OTHER],
        "2025-06-30": [OTHER],
    }
    root = lay_out(tmp_path / "w", snapshots)
    with_terms, without = (
        ask(root, "2025-01-01", "2025-06-30", with_terms=terms, method=method)
        for terms in (True, False)
    )
    assert without.window_data.accounts.equals(with_terms.window_data.accounts)
    assert without.quality == with_terms.quality
    assert len(with_terms.terms) == 1
    with pytest.raises(ValueError, match="without terms"):
        RENEWALS.compute(without)
