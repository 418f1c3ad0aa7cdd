"""Every table, one file for each owner; all stand on `meta.META`.

A table has one process that writes it. Add a table to its owner's file, then a migration.
"""

import importlib
import pkgutil

from services.db.tables.meta import META

for _module in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_module.name}")

__all__ = ["META"]
