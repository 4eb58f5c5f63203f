"""The `holidays` package's table of a country, without importing those of all other countries."""

from __future__ import annotations

import sys
from functools import cache
from importlib.util import find_spec, module_from_spec
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from holidays import HolidayBase

_COUNTRIES = "holidays.countries"


def holiday_table(country: str, region: str | None = None) -> HolidayBase:
    """Return a table of the public holidays of a country, or of a region of it.

    Raises:
        NotImplementedError: The package does not know the country or the region.
    """
    _import_countries_singly()
    from holidays import country_holidays

    return country_holidays(country, subdiv=region)


@cache
def _import_countries_singly() -> None:
    """Let `holidays.countries` import its modules when they are first used.

    The package imports all 250 of them with the first one, which takes a quarter of the time of importing Polars.
    """
    spec = None if _COUNTRIES in sys.modules else find_spec(_COUNTRIES)
    if spec is None or spec.loader is None:
        return
    module: Any = module_from_spec(spec)
    execute = spec.loader.exec_module

    def import_all(name: str) -> Any:
        del module.__getattr__
        execute(module)
        return getattr(module, name)

    module.__getattr__ = import_all
    sys.modules[_COUNTRIES] = module
