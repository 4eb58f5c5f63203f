"""Names of the files of success plans, one for each account."""

from __future__ import annotations

import hashlib

PLANS_FOLDER = "plans"

_PLAIN = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-")

LONGEST_NAME = 200
"""Characters of a plan's name, without its ending: file systems take 255 bytes, also while the file is written."""
KEPT_OF_NAME = 150
"""Characters of a longer name that remain."""


def plan_file(account: str) -> str:
    """Return the file of an account, within the workspace.

    Bytes other than letters, digits, hyphens, underscores and inner dots are percent-encoded. So no two accounts share
    a file, and none lies in another folder. On file systems that ignore case, the plan's `account:` tells accounts
    apart. A name too long for file systems is cut, and ends with a checksum of the id.
    """
    content = account.encode("utf-8", "surrogatepass")
    encoded = [
        chr(byte) if byte in _PLAIN or (byte == ord(".") and at) else f"%{byte:02X}"
        for at, byte in enumerate(content)
    ]
    name = "".join(encoded)
    if len(name) > LONGEST_NAME:
        name = f"{name[:KEPT_OF_NAME]}~{hashlib.sha256(content).hexdigest()[:32]}"
    return f"{PLANS_FOLDER}/{name}.yaml"
