"""Every table of the system in one metadata: the only place that sees them all.

Tables stand in files called `models.py`, found by their place, so that a package can't be forgotten here.
"""

import importlib
from pathlib import Path
from typing import Final

from sqlalchemy import MetaData

from foundation.database.base import Base

ROOT: Final = Path(__file__).resolve().parent.parent


def modules() -> list[str]:
    """Names of the modules that hold tables: `foundation.*.models` and `<package>.models`."""
    files = [*ROOT.glob("foundation/*/models.py"), *ROOT.glob("[a-z]*/models.py")]
    return sorted(".".join(file.relative_to(ROOT).with_suffix("").parts) for file in files)


def metadata() -> MetaData:
    """The metadata with all tables, their modules imported."""
    for module in modules():
        importlib.import_module(module)
    return Base.metadata
