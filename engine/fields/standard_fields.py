"""Standard field catalogue: every field that the shipped playbooks, reviews and reports use.

A workspace's `fields.yaml` maps its export's columns to these fields, changes them and adds more. The catalogue is a
Python table because parsing it as YAML would take a third of the time that `tenure validate` may take.
"""

from __future__ import annotations

from ..core.ids import ACCOUNT_ID, MERGED_INTO
from .catalogue import FieldSpec

SEGMENT: tuple[tuple[str | None, str], ...] = (
    ("arr > 100000", "enterprise"),
    ("arr >= 20000", "strategic"),
    ("arr >= 5000", "growth"),
    (None, "self_serve"),
)
"""Conditions of the segments. Exactly 100,000 is strategic; enterprise begins above. Without ARR it is unknown."""

DERIVED = {"segment": SEGMENT}
"""Standard fields that are derived where the export lacks them: conditions with their values.

The condition None is always true.
"""

COMPARED = "status == 'active' and segment in ('enterprise', 'strategic')"
"""Condition of the accounts that RANKED compares."""
RANKED = {"arr_rank": "arr", "tenure_rank": "signup_date"}
"""Standard fields that rank an account among those compared, with the field that they rank by."""

SEGMENTS = ("enterprise", "strategic", "growth", "self_serve")
STATUSES = ("trial", "active", "suspended", "lapsed")
LAST_OUTCOMES = ("renewed", "lapsed")
REVIEWS = ("ebr", "qbr", "mbr", "success_call")
TIERS = ("bronze", "silver", "gold", "platinum")

STANDARD: tuple[FieldSpec, ...] = (
    # Identity and hierarchy.
    FieldSpec(ACCOUNT_ID, "text", "Account", "The account's key: never changes, never used twice."),
    FieldSpec("account_name", "text", "Name", "The customer's name."),
    FieldSpec(
        "parent_account_id", "text", "Parent account", "The account that this one belongs to."
    ),
    FieldSpec(
        MERGED_INTO,
        "text",
        "Merged into",
        "The account that goes on for this one, after a merger or a duplicate.",
    ),
    FieldSpec("status", "text", "Status", "The state of the subscription.", values=STATUSES),
    FieldSpec(
        "segment",
        "text",
        "Segment",
        "The customer's size; by ARR where the export does not say.",
        values=SEGMENTS,
    ),
    FieldSpec("industry", "text", "Industry", "What the customer does."),
    FieldSpec("country", "text", "Country", "A code or a name; decides holidays."),
    FieldSpec(
        "region",
        "text",
        "Region",
        "The part of the country, a code such as GB-ENG or a name; decides holidays.",
    ),
    FieldSpec("time_zone", "text", "Time zone", "The customer's, such as Europe/Paris."),
    FieldSpec(
        "language", "text", "Language", "The language of messages: a tag such as fr, or a name."
    ),
    # Contract.
    FieldSpec("plan", "text", "Plan", "The plan subscribed to."),
    FieldSpec("arr", "number", "ARR", "Revenue of the contract over a year.", "a year"),
    FieldSpec(
        "arr_rank",
        "number",
        "Rank by ARR",
        "The share of active enterprise and strategic accounts with a higher ARR; < 0.10 is the top 10 %.",
        "share",
        (),
        0,
        1,
    ),
    FieldSpec("mrr", "number", "MRR", "Revenue of the contract over a month.", "a month"),
    FieldSpec("currency", "text", "Currency", "The currency of amounts, such as EUR."),
    FieldSpec("signup_date", "date", "Signed up", "When the customer first subscribed."),
    FieldSpec(
        "tenure_rank",
        "number",
        "Rank by tenure",
        "The share of active enterprise and strategic accounts that signed up earlier.",
        "share",
        (),
        0,
        1,
    ),
    FieldSpec("contract_start", "date", "Contract start", "When the present term began."),
    FieldSpec(
        "contract_term_months", "number", "Term", "The present term's length.", "months", (), 0
    ),
    FieldSpec("renewal_date", "date", "Renewal", "The last day that the present term covers."),
    FieldSpec(
        "auto_renew", "boolean", "Renews by itself", "Whether the contract renews unless ended."
    ),
    FieldSpec(
        "notice_days", "number", "Notice", "Notice to be given before the end.", "days", (), 0
    ),
    FieldSpec(
        "renewal_outcome",
        "text",
        "Last outcome",
        "What the last renewal gave.",
        values=LAST_OUTCOMES,
    ),
    FieldSpec("churn_date", "date", "Churned", "When the customer left, or will."),
    FieldSpec("churn_reason", "text", "Churn reason", "Why the customer left."),
    FieldSpec(
        "payment_overdue", "boolean", "Payment overdue", "Whether an invoice is past its date."
    ),
    # Health and satisfaction.
    FieldSpec("health_score", "number", "Health", "The health score.", "points", (), 0, 100),
    FieldSpec(
        "nps_rating", "number", "NPS rating", "A person's answer, 0 to 10.", "points", (), 0, 10
    ),
    FieldSpec("nps_score", "number", "NPS", "Promoters less detractors.", "points", (), -100, 100),
    FieldSpec("csat", "number", "CSAT", "Satisfied answers of all answers.", "percent", (), 0, 100),
    FieldSpec(
        "tickets_open", "number", "Open tickets", "Support tickets not closed.", "tickets", (), 0
    ),
    FieldSpec("escalated", "boolean", "Escalated", "Whether a matter is with management."),
    # Usage.
    FieldSpec("seats_licensed", "number", "Seats", "Seats paid for.", "seats", (), 0),
    FieldSpec("seats_active", "number", "Active seats", "Seats used in 30 days.", "seats", (), 0),
    FieldSpec(
        "plan_utilisation", "number", "Plan used", "Use over the plan's limit.", "share", (), 0
    ),
    FieldSpec("sessions", "number", "Sessions", "Sessions in 30 days.", "sessions", (), 0),
    FieldSpec("key_actions", "number", "Key actions", "Key actions in 30 days.", "actions", (), 0),
    FieldSpec("features_used", "number", "Features used", "Features in use.", "features", (), 0),
    FieldSpec("features_total", "number", "Features", "Features in the plan.", "features", (), 0),
    FieldSpec("hours_saved", "number", "Hours saved", "Hours saved in this term.", "hours", (), 0),
    FieldSpec(
        "projects_created", "number", "Projects", "Projects in this term.", "projects", (), 0
    ),
    FieldSpec(
        "collaborations", "number", "Collaborations", "Shared work in this term.", None, (), 0
    ),
    FieldSpec(
        "premium_views", "number", "Premium views", "Premium pages seen in 30 days.", None, (), 0
    ),
    FieldSpec(
        "invitations", "number", "Invitations", "Colleagues invited in 30 days.", None, (), 0
    ),
    FieldSpec(
        "projects_quarter", "number", "Projects, 90 days", "In the last 90 days.", None, (), 0
    ),
    FieldSpec(
        "hours_saved_quarter",
        "number",
        "Hours saved, 90 days",
        "In the last 90 days.",
        "hours",
        (),
        0,
    ),
    FieldSpec(
        "collaborations_quarter",
        "number",
        "Collaborations, 90 days",
        "Shared work in the last 90 days.",
        None,
        (),
        0,
    ),
    FieldSpec("uses_automation", "boolean", "Uses automation", "Whether automations are in use."),
    FieldSpec(
        "uses_integrations", "boolean", "Uses integrations", "Whether integrations are in use."
    ),
    FieldSpec("uses_reports", "boolean", "Uses reports", "Whether reports are in use."),
    FieldSpec("uses_templates", "boolean", "Uses templates", "Whether templates are in use."),
    FieldSpec("uses_mobile", "boolean", "Uses mobile", "Whether the mobile app is in use."),
    # People on our side.
    FieldSpec("csm", "text", "CSM", "The customer success manager."),
    FieldSpec("account_manager", "text", "Account manager", "Who owns the commercial side."),
    FieldSpec("executive_sponsor", "text", "Executive sponsor", "Our executive for this account."),
    # People on the customer's side.
    FieldSpec(
        "customer_sponsor", "text", "Customer's sponsor", "Who pays for it at the customer's."
    ),
    FieldSpec("champion", "text", "Champion", "Who speaks for it at the customer's."),
    FieldSpec("contact_name", "text", "Contact", "Whom messages go to."),
    FieldSpec("contact_first_name", "text", "First name", "Whom messages greet."),
    FieldSpec("contact_email", "text", "Email", "Where messages go to."),
    FieldSpec("opt_out", "boolean", "Opted out", "Whether the contact refused messages."),
    # Reviews and onboarding.
    FieldSpec(
        "go_live_date", "date", "Go-live", "When the customer last went live, a major roll-out."
    ),
    FieldSpec("last_review_date", "date", "Last review", "When the last review was held."),
    FieldSpec("last_review_type", "text", "Last review's type", "Its kind.", values=REVIEWS),
    FieldSpec(
        "last_review_attendance", "number", "Attendance", "Of those invited.", "share", (), 0, 1
    ),
    FieldSpec(
        "last_review_rating", "number", "Review rating", "The customer's.", "points", (), 0, 10
    ),
    FieldSpec("next_review_date", "date", "Next review", "When the next review is planned."),
    FieldSpec("next_review_type", "text", "Next review's type", "Its kind.", values=REVIEWS),
    FieldSpec("action_items_open", "number", "Open items", "Agreed, not done.", "items", (), 0),
    FieldSpec("action_items_done", "number", "Done items", "Agreed and done.", "items", (), 0),
    FieldSpec(
        "objectives_at_risk",
        "number",
        "Objectives at risk",
        "Objectives of the success plan that are at risk.",
        "objectives",
        (),
        0,
    ),
    # Loyalty.
    FieldSpec("loyalty_tier", "text", "Loyalty tier", "The tier reached.", values=TIERS),
    FieldSpec("vip", "boolean", "VIP", "Whether the account is in the VIP programme."),
    # Inputs of the return on investment.
    FieldSpec(
        "roi_people", "number", "ROI: people", "People whose work it eases.", "people", (), 0
    ),
    FieldSpec(
        "roi_hours_per_year", "number", "ROI: hours", "Each one's work.", "hours a year", (), 0
    ),
    FieldSpec(
        "roi_hourly_cost", "number", "ROI: hourly cost", "What an hour costs.", "an hour", (), 0
    ),
    FieldSpec(
        "roi_reduction", "number", "ROI: reduction", "Share of the work saved.", "share", (), 0, 1
    ),
    FieldSpec("roi_licence", "number", "ROI: licence", "What the licence costs.", "a year", (), 0),
    FieldSpec("roi_setup", "number", "ROI: set-up", "What setting it up cost.", "once", (), 0),
)

OUR_PEOPLE = frozenset(("csm", "account_manager", "executive_sponsor"))
"""Fields that name people on our side."""

CUSTOMER_NAMES = frozenset(
    (
        "account_name",
        "customer_sponsor",
        "champion",
        "contact_name",
        "contact_first_name",
        "contact_email",
    )
)
"""Fields with the customer's name, and the names and addresses of its people."""

FREE_TEXTS = frozenset(("churn_reason",))
"""Fields with any text, which may contain a name."""
