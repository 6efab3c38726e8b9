"""What the demo shop sells: six categories of twelve goods, plainest first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import pyarrow as pa

LOWEST_PRICE: Final = 4.5
"""Base price of the plainest goods, in money."""

PRICE_STEP: Final = 1.25
"""Factor from the price of one good to that of the next finer one."""

_GOODS: Final[dict[str, tuple[str, ...]]] = {
    "Kitchen": (
        "Wooden Spoon", "Whisk", "Tea Towels", "Peeler", "Mixing Bowl", "Baking Tray",
        "Bread Knife", "Chopping Board", "Kettle", "Frying Pan", "Casserole", "Stand Mixer",
    ),
    "Garden": (
        "Plant Labels", "Twine", "Seed Tray", "Gloves", "Trowel", "Watering Can",
        "Bird Feeder", "Secateurs", "Lantern", "Hose", "Fire Bowl", "Garden Bench",
    ),
    "Bath": (
        "Soap Dish", "Sponge", "Flannel", "Bath Brush", "Bath Mat", "Shower Curtain",
        "Hand Towel", "Laundry Basket", "Mirror", "Bath Towel", "Bathrobe", "Heated Rail",
    ),
    "Office": (
        "Pencils", "Notebook", "Stapler", "Letter Tray", "Desk Diary", "Pen Pot",
        "Paper Lamp", "Wall Calendar", "Fountain Pen", "Desk Lamp", "Satchel", "Office Chair",
    ),
    "Play": (
        "Marbles", "Playing Cards", "Skipping Rope", "Puzzle", "Kite", "Paint Set",
        "Board Game", "Football", "Train Set", "Doll's House", "Scooter", "Wendy House",
    ),
    "Sleep": (
        "Eye Mask", "Ear Plugs", "Pillow Case", "Night Light", "Hot Water Bottle", "Cushion",
        "Pillow", "Alarm Clock", "Blanket", "Bed Linen", "Quilt", "Mattress Topper",
    ),
}  # fmt: skip

CATEGORIES: Final = len(_GOODS)
"""Number of categories."""

RUNGS: Final = 12
"""Number of goods in each category, from the plainest to the finest."""


def goods() -> pa.Table:
    """Tabulate the goods.

    Returns
    -------
    pa.Table
        ``shelf`` (int64, 1 to 72: category by category, the plainest first), ``rung`` (int64, 0 to
        11), ``category`` and ``product_name`` (text).
    """
    import pyarrow as pa

    rows = [
        (rung, category, name)
        for category, names in _GOODS.items()
        for rung, name in enumerate(names)
    ]
    rungs, categories, names = zip(*rows, strict=True)
    shelf = range(1, len(rows) + 1)
    return pa.table({"shelf": shelf, "rung": rungs, "category": categories, "product_name": names})
