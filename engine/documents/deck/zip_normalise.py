"""The same bytes for the same presentation: what its writers take from the clock is taken from the date instead.

A .pptx is a zip of parts, and so is the workbook in each of its charts; both carry the time at which they were made.
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
"""The theme's, light and dark; every one of them can be read on white, or white on it."""

_EARLIEST = dt.date(1980, 1, 1)
"""Before it a zip has no dates."""

_TIMES = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*(<)")


def normalise_zip(package: bytes, on: dt.date) -> bytes:
    """The package with every time in it set to the date's midnight, and its theme to ours."""
    stamp = (*max(on, _EARLIEST).timetuple()[:3], 0, 0, 0)
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(package)) as old, zipfile.ZipFile(packed, "w") as new:
        for name in old.namelist():
            part = old.read(name)
            if name.endswith(".xlsx"):
                part = normalise_zip(part, on)
            elif name.endswith("docProps/core.xml"):
                part = _TIMES.sub(rb"\g<1>%sT00:00:00Z\g<2>" % on.isoformat().encode(), part)
            elif name == THEME:
                part = themed(part)
            info = zipfile.ZipInfo(name, stamp)
            info.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(info, part)
    return packed.getvalue()


def themed(theme: bytes) -> bytes:
    """A theme's XML with our colours and font."""
    text = theme.decode("utf-8")
    for name, colour in THEME_COLOURS.items():
        whole = f'<a:{name}><a:srgbClr val="{colour}"/></a:{name}>'
        text = re.sub(rf"<a:{name}>.*?</a:{name}>", whole, text, count=1, flags=re.DOTALL)
    fonts = rf'\g<1>typeface="{FONT}"'
    text = re.sub(r'(<a:(?:major|minor)Font>\s*<a:latin )typeface="[^"]*"', fonts, text)
    return text.encode("utf-8")
