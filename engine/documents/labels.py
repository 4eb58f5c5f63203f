"""The words that documents need besides their templates, in French and in English.

Any language but French is written as English is; a template in another language brings its own words.
"""

from __future__ import annotations

from ..fields.catalogue import FieldSpec
from ..fields.standard_fields import STANDARD
from ..reports.locale_format import NO_BREAK, is_french

FRENCH_FIELDS: dict[str, str] = {
    "account_name": "Nom",
    "action_items_done": "Actions faites",
    "action_items_open": "Actions ouvertes",
    "arr": "ARR",
    "champion": "Champion",
    "collaborations_quarter": "Collaborations, 90 jours",
    "contact_email": "Email du contact",
    "contact_first_name": "Prénom du contact",
    "contact_name": "Contact",
    "csat": "CSAT",
    "csm": "CSM",
    "currency": "Devise",
    "customer_sponsor": "Sponsor chez le client",
    "features_total": "Fonctionnalités",
    "features_used": "Fonctionnalités utilisées",
    "health_score": "Health score",
    "hours_saved_quarter": "Heures économisées, 90 jours",
    "key_actions": "Actions clés",
    "mrr": "MRR",
    "next_review_date": "Prochaine revue",
    "nps_rating": "Note NPS",
    "nps_score": "NPS",
    "projects_quarter": "Projets, 90 jours",
    "renewal_date": "Renouvellement",
    "roi_hourly_cost": "ROI : coût horaire",
    "roi_hours_per_year": "ROI : heures",
    "roi_licence": "ROI : licence",
    "roi_people": "ROI : personnes",
    "roi_reduction": "ROI : réduction",
    "roi_setup": "ROI : mise en place",
    "seats_active": "Licences actives",
    "seats_licensed": "Licences",
    "segment": "Segment",
    "sessions": "Sessions",
    "signup_date": "Date d'inscription",
    "tickets_open": "Tickets ouverts",
}
"""Titles of the standard fields that the shipped documents show."""

PLAN_PARTS: dict[str, tuple[str, str]] = {
    "achieved": ("achieved so far", "réalisé"),
    "action": ("action", "action"),
    "actions": ("priority actions", "actions prioritaires"),
    "amount": ("amount", "montant"),
    "benefit": ("benefit", "bénéfice"),
    "by": ("who said it", "auteur"),
    "challenge": ("challenge", "challenge"),
    "challenges": ("challenges", "challenges"),
    "confirmed": ("presence confirmed", "présence confirmée"),
    "decisions": ("decisions", "décisions"),
    "due": ("date", "date"),
    "feature": ("feature", "fonctionnalité"),
    "highlights": ("highlights", "highlights"),
    "impact": ("impact", "impact"),
    "kpi": ("KPI", "KPI"),
    "milestones": ("milestones", "jalons"),
    "mitigation": ("mitigation", "mitigation"),
    "name": ("name", "nom"),
    "next_review": ("next review", "prochaine revue"),
    "note": ("note", "note"),
    "notes": ("notes", "notes"),
    "objective": ("objective", "objectif"),
    "objectives": ("objectives", "objectifs"),
    "on": ("date of the review", "date de la revue"),
    "opportunities": ("opportunities", "opportunités"),
    "opportunity": ("opportunity", "opportunité"),
    "owner": ("owner", "responsable"),
    "participants": ("participants", "participants"),
    "points": ("key points", "points clés"),
    "proposed_objectives": ("proposed objectives", "objectifs proposés"),
    "quarter": ("quarter", "trimestre"),
    "questions": ("open questions", "questions ouvertes"),
    "quote": ("quote", "citation"),
    "resolution": ("resolution", "résolution"),
    "resources": ("resources", "ressources"),
    "responsibility": ("responsibility", "responsabilité"),
    "review": ("the review held", "la revue tenue"),
    "reviews": ("reviews held", "revues tenues"),
    "risk": ("risk", "risque"),
    "risks": ("risks", "risques"),
    "roadmap": ("roadmap", "roadmap"),
    "role": ("role", "rôle"),
    "status": ("status", "statut"),
    "step": ("milestone", "jalon"),
    "stories": ("success stories", "témoignages"),
    "target": ("target", "cible"),
    "team": ("team", "équipe"),
    "title": ("title", "titre"),
    "vision": ("vision", "vision"),
}
"""Keys of a success plan, as a marker names them."""

_STANDARD = {spec.name: spec.title for spec in STANDARD}
_IMPACTS = {"high": ("High", "Haut"), "medium": ("Medium", "Moyen"), "low": ("Low", "Bas")}
_ROLES = {
    "executive_sponsor": ("Executive sponsor", "Executive sponsor"),
    "champion": ("Champion", "Champion"),
    "day_to_day": ("Day-to-day", "Day-to-day"),
    "csm": ("CSM (us)", "CSM (nous)"),
}
RESPONSIBILITIES = {
    "executive_sponsor": ("Strategic validation", "Validation stratégique"),
    "champion": ("Internal adoption", "Adoption interne"),
    "day_to_day": ("Daily operations", "Opérations quotidiennes"),
    "csm": ("Success and support", "Succès et support"),
}
"""What each role of the success plan sees to, by the source's template."""

STATUS_SIGNS = {"green": "🟢", "yellow": "🟡", "red": "🔴"}


def field_title(spec: FieldSpec, language: str) -> str:
    """A field's title; in French where it is a standard one that nobody renamed."""
    title = spec.title or spec.name
    renamed = title != _STANDARD.get(spec.name)
    return title if renamed or not is_french(language) else FRENCH_FIELDS.get(spec.name, title)


def part_title(part: str, language: str) -> str:
    """What stands under a key of a success plan."""
    return _one_of(PLAN_PARTS.get(part, (part, part)), language)


def impact_text(impact: str, language: str) -> str:
    """`High`, `Haut`."""
    return _one_of(_IMPACTS[impact], language)


def role_text(role: str, language: str) -> str:
    """The title of a role that the success plan knows; any other as it is written."""
    return _one_of(_ROLES.get(role, (role, role)), language)


def responsibility_text(role: str, language: str) -> str:
    """What a role that the success plan knows sees to."""
    return _one_of(RESPONSIBILITIES[role], language)


def marker(title: str, language: str) -> str:
    """What a document shows where a value is missing: `[to complete: NPS]`."""
    if is_french(language):
        return f"[à compléter{NO_BREAK}: {title}]"
    return f"[to complete: {title}]"


def _one_of(words: tuple[str, str], language: str) -> str:
    return words[1] if is_french(language) else words[0]
