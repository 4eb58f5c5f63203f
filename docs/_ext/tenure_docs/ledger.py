"""Write the page on the store's tables, out of their schemas."""

from __future__ import annotations

from tenure.engine.core.schemas import COUNTS, ENDED, LEDGER, STATES

from .markdown import code, table

ENTRIES = {
    "action_id": "Hash of playbook, account, cycle, step, action and occurrence. It never depends on a date.",
    "due_on": "Date on which the action is due.",
    "issued_on": "Date of the run that wrote the entry.",
    "account_id": "Account.",
    "account_name": "The account's name in the snapshot of the run.",
    "playbook": "Id of the playbook.",
    "cycle": "Name of the enrolment's cycle.",
    "step": "Id of the step or state that issued the action.",
    "kind": "Kind of action, such as `email`.",
    "title": "Title that the owner reads.",
    "owner_role": "Role that owns the action.",
    "owner": "Person or team in that role.",
    "priority": "Class of the contact policy.",
    "status": "`issued`, `postponed`, `skipped`, `withheld`, `held_out`, `superseded` or `withdrawn`.",
    "late_days": "Days between due date and run, if the action is late.",
    "reason": "Why the entry exists or why the action did not go out.",
    "revision": "Number of this entry among those of one action, from 1.",
    "action": "Id of the action within its step.",
    "occurrence": "Which repetition this is, for an action with `repeat`. With `again`, `1+2` is the first one, "
    "issued a second time.",
    "anchor": "Anchor date at the time of the entry.",
    "evaluated_on": "Due date of the playbook that was evaluated.",
    "contact_on": "Date on which an issued contact reaches the customer. Empty for all other entries.",
    "planned_on": "Date on which the contact would reach the customer without the contact policy.",
    "until": "Last date on which the contact may go out, or on which a task that was withdrawn for an absence can be"
    " issued again.",
    "message": "Name of the message.",
    "detail": "Further data as JSON: agenda, checklist, links and the like.",
}
ENROLMENTS = {
    "account_id": "Account.",
    "playbook": "Id of the playbook.",
    "cycle": "Name of the cycle.",
    "state": "Current state.",
    "anchor": "Anchor date.",
    "opened_on": "Date on which the enrolment opened.",
    "opened_by": "Id of the trigger that opened it, or `by_hand`.",
    "entered_on": "Date on which the account entered the state, or the level of `tiers` that the state is part of.",
    "due_on": "Date on which the state was due. Repeated actions count from it.",
    "moves": "Number of transitions so far.",
    "disarmed": "Triggers that wait for `rearm` (`;a;`), and triggers that were true at the last evaluation (`;=a;`).",
    "ended_on": "Date on which the enrolment ended. Empty while it is open.",
    "outcome": "State in which the enrolment ended: `left`, `restarted` and `closed_by_hand` are not the playbook's.",
    "doubted": "Date of the account that is not believed yet.",
    "doubted_on": "Date on which the doubted date was first seen.",
    "prior_anchor": "Anchor before it last moved, or when the enrolment ended because of a date or as `left`."
    " If the anchor comes back, the enrolment goes on where it was then.",
    "prior_state": "State at that time.",
    "prior_entered_on": "Date on which the account had entered that state.",
    "prior_due_on": "Date on which that state was due.",
    "prior_moves": "Number of transitions at that time.",
    "by_hand": "Numbers of the moves by hand that are carried out, or count no more (`;5;8;`).",
}
COUNTED = {
    "playbook": "Id of the playbook.",
    "step": "Id of the step, or of the trigger.",
    "what": "`cannot_tell`, `opened`, `moved`, `absent`, `resumed`, `dates` (enrolments whose date is another than"
    " before), `doubted`, `waiting` (no room to enrol), `before_start` (an action counts as done, as it was due before"
    " the start), `held` (enrolled accounts on hold by hand; without a playbook, all accounts on hold), `not_enrolled`"
    " (accounts to be enrolled by hand whose date is missing or whose cycle has ended), or what became of a second"
    " trigger: `ignored` or `restarted`.",
    "field": "Missing field, for unknown conditions.",
    "accounts": "Number of accounts.",
}

TABLES = (
    (
        "Ledger",
        "One row for each entry. Entries are never changed: a change of mind is a new entry.",
        LEDGER,
        ENTRIES,
    ),
    ("States", "One row for each account and playbook: its latest enrolment.", STATES, ENROLMENTS),
    (
        "Ended enrolments",
        "One row for each enrolment that ended on the date evaluated.",
        ENDED,
        ENROLMENTS,
    ),
    ("Counts", "What one date counted.", COUNTS, COUNTED),
)


def ledger_pages() -> dict[str, str]:
    """Return the page on the tables; raise `KeyError` for a column without a meaning."""
    parts = ["# Ledger and states\n"]
    for title, about, columns, meanings in TABLES:
        rows = [(code(name), str(kind), meanings[name]) for name, kind in columns.items()]
        parts += [f"## {title}\n", f"{about}\n", table(("column", "type", "meaning"), rows)]
    return {"reference/ledger/index.md": "\n".join(parts)}
