"""The address of the documentation, for links to the pages of problem codes."""

from __future__ import annotations

import os
import re
from functools import cache

from .streams import note

VARIABLE = "TENURE_DOCS"
"""The environment variable with the address of the team's copy of the documentation."""

_ADDRESS = re.compile(r"https://[A-Za-z0-9.-]+(:[0-9]+)?(/[A-Za-z0-9._~%!$&'()*+,;=:@-]*)*")
"""An https address without a query, a fragment, or anything that a terminal would obey."""


@cache
def docs_address() -> str | None:
    """Return the address of the documentation's first page, with a slash at its end; None if it is not known.

    It is that of `TENURE_DOCS`, or else the package's project URL `Documentation`. Any other address is ignored, with
    a warning: no work depends on it.
    """
    given = os.environ.get(VARIABLE, "").strip()
    if given and not _ADDRESS.fullmatch(given):
        note(
            f"{VARIABLE} is ignored: {given!a} is not an address such as https://docs.example.com/tenure/\n"
        )
        given = ""
    address = given or _project_url()
    if not _ADDRESS.fullmatch(address):
        return None
    return address.removesuffix("index.html").rstrip("/") + "/"


def _project_url() -> str:
    """Return the project URL `Documentation` of the installed package; empty without one."""
    from importlib.metadata import PackageNotFoundError, metadata

    try:
        urls: list[str] = metadata("tenure").get_all("Project-URL", [])
    except PackageNotFoundError:
        return ""
    named = (url.partition(", ") for url in urls)
    return next((address for label, _, address in named if label == "Documentation"), "")
