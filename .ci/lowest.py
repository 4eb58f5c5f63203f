"""Print the lowest version of each direct dependency that pyproject.toml allows, as constraints for pip."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path


def lowest(requirement: str) -> str:
    """Return `name==version` for a requirement such as `name[extra]>=version,<other`.

    Raises:
        ValueError: The requirement names no lowest version.
    """
    match = re.match(r"([\w.-]+)(?:\[\w+\])?\s*>=\s*([\w.]+)", requirement)
    if match is None:
        raise ValueError(f"{requirement!r} names no lowest version")
    return f"{match[1]}=={match[2]}"


def constraints() -> list[str]:
    """Return the constraints of the dependencies and of all extras."""
    path = Path(__file__).parent.parent / "pyproject.toml"
    project = tomllib.loads(path.read_text("utf-8"))["project"]
    extras = project["optional-dependencies"].values()
    return [lowest(each) for each in [*project["dependencies"], *(r for rs in extras for r in rs)]]


if __name__ == "__main__":
    print(*constraints(), sep="\n")
