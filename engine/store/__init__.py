"""The store: a folder with the states, the ledger and the runs of a workspace."""

from .commit import Commit
from .committed import Commits
from .ledger import REVISION_KEY
from .lock import Locked
from .overlay import MemoryCommit, Overlay
from .part_files import PartFiles, PartWriter
from .reader import Reader
from .retention import Retention
from .run_record import RunRecord
from .store_view import CommitTarget, PartialCommit, StoreView
from .verify import verify
from .version_texts import RunTexts
from .writer import Store

__all__ = [
    "REVISION_KEY",
    "Commit",
    "CommitTarget",
    "Commits",
    "Locked",
    "MemoryCommit",
    "Overlay",
    "PartFiles",
    "PartWriter",
    "PartialCommit",
    "Reader",
    "Retention",
    "RunRecord",
    "RunTexts",
    "Store",
    "StoreView",
    "verify",
]
