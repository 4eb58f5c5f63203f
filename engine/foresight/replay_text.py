"""Text of a replay of the past, and of how good rules are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..reports.listing import Listing
from .replay import REPLAYED, Replay
from .rule_quality import Bounds, RuleQuality
from .sections import Section, sections_csv, sections_json, sections_text
from .simulation_text import Simulation, simulation_sections

RULE_NOTE = (
    "This is a correlation: accounts that a rule flagged may have been saved because they were flagged, and a rule "
    "need not be the cause of a loss. In brackets, 95 % intervals (Wilson)."
)
RULE_COLUMNS = ("rule", "flagged", "lost", "caught", "precision", "recall", "lift", "unknown")


def replay_text(
    replay: Replay | None, qualities: Sequence[RuleQuality], days_before: int, form: str
) -> str:
    """Return a replay and the quality of rules as `table`, `json`, `csv`, `markdown` or `html`.

    Args:
        replay: The past evaluated again; None for the rules alone.
        qualities: The quality of each rule.
        days_before: The days before the end of a term on which the rules were read.
        form: The format.
    """
    sections = _sections(replay, qualities)
    if form == "csv":
        return sections_csv(sections)
    if form == "json":
        facts: dict[str, Any] = {"days_before": days_before}
        if replay is not None:
            facts = {
                "from": replay.first.isoformat(),
                "until": replay.last.isoformat(),
                "begun": replay.begun.isoformat(),
                **facts,
            }
        rules = [_as_data(each) for each in qualities]
        sections = [section for section in sections if section.id != "rules"]
        return sections_json({**facts, "rules": rules}, sections)
    sentences = [] if replay is None else [_replay_sentence(replay)]
    if qualities:
        sentences += [_rule_sentence(qualities[0], days_before), RULE_NOTE]
    return sections_text("Days of the past", sentences, sections, form)


def _sections(replay: Replay | None, qualities: Sequence[RuleQuality]) -> list[Section]:
    sections = [Section("rules", "Rules", _rules(qualities))] if qualities else []
    if replay is None:
        return sections
    steps = Listing(REPLAYED, replay.steps.rows())
    counted = simulation_sections(Simulation(replay.first, replay.last, (replay.run,)))
    return [*sections, Section("steps", "Would have done, and did", steps), *counted]


def _replay_sentence(replay: Replay) -> str:
    would, did, both = (int(replay.steps[name].sum()) for name in REPLAYED[2:])
    ledger = (
        f"the ledger has {did:,}, and {both:,} are in both" if replay.ran else "the ledger has none"
    )
    period = f"{replay.first} to {replay.last}"
    begun = (
        f"The days from {replay.begun} on were evaluated first, so that accounts are where they would have been."
        if replay.begun < replay.first
        else "The first day begins with no account enrolled."
    )
    return f"{period}: these playbooks would have issued {would:,} actions; {ledger}. {begun}"


def _rule_sentence(quality: RuleQuality, days_before: int) -> str:
    left_out = (
        f" {quality.unseen:,} have no snapshot of then, and are left out." if quality.unseen else ""
    )
    return (
        f"Of {quality.terms:,} terms that ended, {quality.lost:,} were lost. "
        f"Rules are read {days_before} days before the end of the term.{left_out}"
    )


def _rules(qualities: Sequence[RuleQuality]) -> Listing:
    rows = [
        (
            each.rule,
            each.flagged,
            each.lost,
            each.caught,
            _share(each.precision, each.precision_interval),
            _share(each.recall, each.recall_interval),
            None if each.lift is None else f"{each.lift:.2f}",
            each.unknown,
        )
        for each in qualities
    ]
    return Listing(RULE_COLUMNS, rows)


def _share(share: float | None, interval: Bounds | None) -> str | None:
    """Return a share with its interval, such as `62 % (48 to 75)`."""
    if share is None or interval is None:
        return None
    return f"{share:.0%} ({interval[0]:.0%} to {interval[1]:.0%})".replace("%", " %")


def _as_data(quality: RuleQuality) -> dict[str, Any]:
    return {
        "rule": quality.rule,
        "terms": quality.terms,
        "unseen": quality.unseen,
        "unknown": quality.unknown,
        "flagged": quality.flagged,
        "lost": quality.lost,
        "caught": quality.caught,
        "precision": quality.precision,
        "precision_interval": quality.precision_interval,
        "recall": quality.recall,
        "recall_interval": quality.recall_interval,
        "lift": quality.lift,
    }
