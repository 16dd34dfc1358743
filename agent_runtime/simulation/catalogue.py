"""What the invented shop sells, and where its invented customers live."""

from typing import Final

from msgspec import Struct


class ProductType(Struct, frozen=True):
    """A kind of product: its options and the range of its prices in US dollars."""

    name: str
    options: dict[str, tuple[str, ...]]
    price: tuple[int, int]


_COLORS: Final = ("moss", "slate", "amber", "ivory", "crimson")
_SIZES: Final = ("S", "M", "L", "XL")
_WOODS: Final = ("oak", "walnut", "beech")
_METALS: Final = ("steel", "titanium", "aluminium")

PRODUCT_TYPES: Final = (
    ProductType("Camp Stove", {"fuel": ("gas", "alcohol", "wood"), "burners": ("1", "2")}, (45, 140)),
    ProductType("Trail Lantern", {"power": ("battery", "solar"), "color": _COLORS}, (20, 70)),
    ProductType("Ridge Tent", {"sleeps": ("1", "2", "4"), "color": _COLORS}, (150, 480)),
    ProductType("Down Quilt", {"warmth": ("light", "medium", "heavy"), "color": _COLORS}, (120, 360)),
    ProductType("Rain Shell", {"size": _SIZES, "color": _COLORS}, (90, 260)),
    ProductType("Merino Sweater", {"size": _SIZES, "color": _COLORS}, (60, 150)),
    ProductType("Canvas Trousers", {"size": _SIZES, "fit": ("slim", "straight", "loose")}, (50, 120)),
    ProductType("Wool Socks", {"size": _SIZES, "height": ("ankle", "crew", "knee")}, (12, 28)),
    ProductType("Felt Hat", {"size": _SIZES, "color": _COLORS}, (35, 95)),
    ProductType("Leather Gloves", {"size": _SIZES, "lining": ("none", "fleece", "silk")}, (40, 110)),
    ProductType("Travel Mug", {"volume": ("300ml", "450ml", "600ml"), "color": _COLORS}, (18, 45)),
    ProductType("Enamel Pot", {"volume": ("1L", "2L", "3L"), "color": _COLORS}, (30, 85)),
    ProductType("Chef Knife", {"length": ("16cm", "20cm", "24cm"), "handle": _WOODS}, (60, 210)),
    ProductType("Cutting Board", {"wood": _WOODS, "width": ("30cm", "40cm", "50cm")}, (25, 90)),
    ProductType("Hand Grinder", {"burr": ("conical", "flat"), "body": _METALS}, (70, 240)),
    ProductType("Pour Over Set", {"cups": ("2", "4", "6"), "material": ("glass", "clay", "steel")}, (30, 95)),
    ProductType("Reading Lamp", {"base": _WOODS, "light": ("warm", "neutral", "cold")}, (45, 160)),
    ProductType("Wall Shelf", {"wood": _WOODS, "width": ("60cm", "90cm", "120cm")}, (40, 180)),
    ProductType("Writing Desk", {"wood": _WOODS, "drawers": ("0", "2", "3")}, (220, 690)),
    ProductType("Folding Chair", {"frame": _METALS, "color": _COLORS}, (50, 170)),
    ProductType("Linen Curtain", {"length": ("160cm", "220cm", "260cm"), "color": _COLORS}, (35, 130)),
    ProductType("Floor Rug", {"size": ("small", "medium", "large"), "color": _COLORS}, (80, 420)),
    ProductType("Plant Pot", {"size": ("small", "medium", "large"), "glaze": ("matt", "gloss")}, (12, 60)),
    ProductType("Garden Fork", {"handle": _WOODS, "tines": ("3", "4", "5")}, (25, 75)),
    ProductType("Bike Pannier", {"volume": ("15L", "20L", "25L"), "color": _COLORS}, (55, 150)),
    ProductType("Commuter Helmet", {"size": _SIZES, "color": _COLORS}, (45, 160)),
    ProductType("Field Watch", {"case": _METALS, "strap": ("nylon", "leather", "rubber")}, (110, 520)),
    ProductType("Pocket Radio", {"bands": ("FM", "DAB"), "color": _COLORS}, (30, 120)),
    ProductType("Studio Headset", {"link": ("wired", "wireless"), "color": _COLORS}, (60, 330)),
    ProductType("Sketch Journal", {"paper": ("plain", "dotted", "ruled"), "pages": ("96", "160")}, (9, 32)),
)
"""No name may be a part of another: the scripted agent finds products by their names."""

FIRST_NAMES: Final = (
    *("Ada", "Bela", "Cleo", "Dara", "Edda", "Finn", "Gita", "Hugo", "Irma", "Jonas", "Kofi", "Lena"),
    *("Milo", "Nia", "Odin", "Petra", "Quinn", "Rosa", "Selim", "Tove", "Uma", "Vito", "Wanda", "Yara"),
)
LAST_NAMES: Final = (
    *("Abbot", "Birch", "Castell", "Dunmore", "Eastman", "Falk", "Garnet", "Holloway", "Iverson", "Jessop"),
    *("Kestrel", "Lindqvist", "Marlow", "Norwood", "Okafor", "Pemberton", "Quill", "Rosewell", "Sorrel"),
    *("Thorne", "Umber", "Vance", "Whitlock", "Yarrow", "Zeller"),
)
STREETS: Final = (
    *("Alder Lane", "Brook Street", "Chapel Row", "Drover Road", "Elder Court", "Ferry Walk"),
    *("Granary Street", "Heron Way", "Ivy Close", "Juniper Drive", "Kiln Road", "Larch Avenue"),
)
CITIES: Final = (
    *(("Fernhill", "OR", "97"), ("Port Maren", "WA", "98"), ("Eastwick", "NY", "10")),
    *(("Redmill", "TX", "75"), ("Lakebridge", "IL", "60"), ("Stonefield", "CO", "80")),
    *(("New Harrow", "CA", "94"), ("Willow Bay", "FL", "33")),
)
"""Town, state, and the first two digits of its zip codes."""
CARD_BRANDS: Final = ("visa", "mastercard")
