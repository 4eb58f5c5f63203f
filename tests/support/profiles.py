"""How many examples property tests try: the one home of these numbers.

| profile | examples | when |
|---|---|---|
| quick | a tenth of what each test asks for, new ones each time | by default |
| steady | a quarter, the same each time | where `CI` is set |
| mutants | those of `steady`, and what fails is not made smaller | in a mutation run |
| mutants_long | those of `long`, and what fails is not made smaller | for mutants that no test notices at once |
| long | all of them, new ones unless a seed is given | by `make test-properties`, and when asked for |

`HYPOTHESIS_PROFILE` picks one by name.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, Phase, settings

LONG = 100
"""Examples of a test that says nothing else."""
SHARES = {"quick": 10, "steady": 4, "mutants": 4, "mutants_long": 1, "long": 1}
"""Each profile tries one of this number of examples."""
FEWEST = 3
"""Examples that even a quick run tries."""

# Time on a shared machine says nothing of a test: no deadline, and no complaint about slow drawing.
RELAXED = settings(
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def load() -> None:
    """Register the profiles and load the one that the environment asks for."""
    settings.register_profile("quick", RELAXED, max_examples=_tried(LONG, "quick"))
    settings.register_profile("long", RELAXED, max_examples=LONG)
    settings.register_profile(
        "steady",
        RELAXED,
        max_examples=_tried(LONG, "steady"),
        derandomize=True,
        database=None,
    )
    as_found = [Phase.explicit, Phase.generate]
    settings.register_profile("mutants", settings.get_profile("steady"), phases=as_found)
    settings.register_profile(
        "mutants_long", RELAXED, max_examples=LONG, database=None, phases=as_found
    )
    settings.load_profile(chosen())


def chosen() -> str:
    """Return the profile's name: that of the environment, else `steady` in CI, else `quick`."""
    by_default = "steady" if os.environ.get("CI") else "quick"
    return os.environ.get("HYPOTHESIS_PROFILE") or by_default


def examples(long: int) -> settings:
    """Return the settings of a test that tries so many examples in a long run, fewer in a quick one."""
    return settings(max_examples=_tried(long, chosen()))


def _tried(long: int, profile: str) -> int:
    return max(long // SHARES[profile], min(FEWEST, long))
