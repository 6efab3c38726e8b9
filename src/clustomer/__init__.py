"""clustomer: raw sales, customer and product tables in; named customer segments out.

>>> import clustomer
>>> clustomer.load_recipe("retail").unit
'customer'
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final

from clustomer.errors import ClustomerError

if TYPE_CHECKING:
    from clustomer.demo import write_demo
    from clustomer.fitting import fit
    from clustomer.model import Model
    from clustomer.pipeline import Run
    from clustomer.recipe.load import load_recipe
    from clustomer.refit import compare
    from clustomer.renaming import rename
    from clustomer.store import load_model as load

__all__ = [
    "ClustomerError",
    "Model",
    "Run",
    "compare",
    "fit",
    "load",
    "load_recipe",
    "rename",
    "write_demo",
]

_HOMES: Final = {
    "Model": ("clustomer.model", "Model"),
    "Run": ("clustomer.pipeline", "Run"),
    "compare": ("clustomer.refit", "compare"),
    "fit": ("clustomer.fitting", "fit"),
    "load": ("clustomer.store", "load_model"),
    "rename": ("clustomer.renaming", "rename"),
    "load_recipe": ("clustomer.recipe.load", "load_recipe"),
    "write_demo": ("clustomer.demo", "write_demo"),
}


def __getattr__(name: str) -> object:
    """Import a public name when it is first used, so that ``import clustomer`` costs nothing."""
    if name not in _HOMES:
        raise AttributeError(f"module 'clustomer' has no attribute '{name}'")
    module, original = _HOMES[name]
    return getattr(import_module(module), original)


def __dir__() -> list[str]:
    """The public names."""
    return sorted(__all__)
