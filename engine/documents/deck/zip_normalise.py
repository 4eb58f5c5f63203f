"""Reproducible bytes of a presentation: its times are set to a given date.

A .pptx is a zip of parts, and so is the workbook of each chart. Both hold the time at which they were written.
"""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile

THEME = "ppt/theme/theme1.xml"
"""The part with the colours and fonts of the slides."""

FONT = "Arial"

THEME_COLOURS = {
    "dk1": "1B1F27",
    "lt1": "FFFFFF",
    "dk2": "14213D",
    "lt2": "F3F5F9",
    "accent1": "2459B8",
    "accent2": "C2660A",
    "accent3": "12786A",
    "accent4": "A8329A",
    "accent5": "7C5CD6",
    "accent6": "5B6472",
    "hlink": "2459B8",
    "folHlink": "7C5CD6",
}
"""Colours of the theme; each is readable on white, or white on it."""

_EARLIEST = dt.date(1980, 1, 1)
"""The earliest date that a zip can hold."""

_TIMES = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*(<)")


def normalise_zip(package: bytes, on: dt.date) -> bytes:
    """Return the package with all its times set to midnight of a date, and its theme to Tenure's."""
    stamp = (*max(on, _EARLIEST).timetuple()[:3], 0, 0, 0)
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(package)) as source, zipfile.ZipFile(target, "w") as output:
        for name in source.namelist():
            part = source.read(name)
            if name.endswith(".xlsx"):
                part = normalise_zip(part, on)
            elif name.endswith("docProps/core.xml"):
                part = _TIMES.sub(rb"\g<1>%sT00:00:00Z\g<2>" % on.isoformat().encode(), part)
            elif name == THEME:
                part = themed(part)
            info = zipfile.ZipInfo(name, stamp)
            info.compress_type = zipfile.ZIP_DEFLATED
            output.writestr(info, part)
    return target.getvalue()


def themed(theme: bytes) -> bytes:
    """Return a theme's XML with Tenure's colours and font."""
    text = theme.decode("utf-8")
    for name, colour in THEME_COLOURS.items():
        element = f'<a:{name}><a:srgbClr val="{colour}"/></a:{name}>'
        text = re.sub(rf"<a:{name}>.*?</a:{name}>", element, text, count=1, flags=re.DOTALL)
    fonts = rf'\g<1>typeface="{FONT}"'
    text = re.sub(r'(<a:(?:major|minor)Font>\s*<a:latin )typeface="[^"]*"', fonts, text)
    return text.encode("utf-8")
