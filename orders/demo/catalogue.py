"""What the demo shop sells, to whom, and where they live."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

COLOURS: Final = {"colour": ("sage", "oat", "charcoal")}
SIZES: Final = {"size": ("small", "large")}
BED_SIZES: Final = {"size": ("twin", "queen", "king")}
WOODS: Final = {"wood": ("oak", "walnut")}
SCENTS: Final = {"scent": ("cedar", "fig", "lavender")}
ONE: Final[Mapping[str, tuple[str, ...]]] = {}

# Name, price of the first variant, options.
PRODUCTS: Final[tuple[tuple[str, str, Mapping[str, tuple[str, ...]]], ...]] = (
    ("Linen throw", "49.00", COLOURS),
    ("Wool blanket", "119.00", COLOURS),
    ("Cotton quilt", "139.00", BED_SIZES),
    ("Linen duvet cover", "159.00", BED_SIZES),
    ("Percale sheet set", "129.00", BED_SIZES),
    ("Linen pillowcase pair", "39.00", COLOURS),
    ("Down pillow", "69.00", SIZES),
    ("Wool mattress topper", "229.00", BED_SIZES),
    ("Velvet cushion", "34.00", COLOURS),
    ("Bolster cushion", "42.00", COLOURS),
    ("Waffle bath towel", "28.00", COLOURS),
    ("Cotton hand towel", "14.00", COLOURS),
    ("Bath mat", "32.00", COLOURS),
    ("Linen shower curtain", "58.00", COLOURS),
    ("Cotton bathrobe", "84.00", SIZES),
    ("Stoneware mug", "18.50", COLOURS),
    ("Stoneware dinner plate", "24.00", COLOURS),
    ("Stoneware pasta bowl", "26.00", COLOURS),
    ("Serving platter", "54.00", ONE),
    ("Salad bowl", "62.00", WOODS),
    ("Glass carafe", "36.00", ONE),
    ("Tumbler set of four", "44.00", ONE),
    ("Wine glass pair", "38.00", ONE),
    ("Linen napkin set", "36.00", COLOURS),
    ("Table runner", "46.00", COLOURS),
    ("Enamel kettle", "72.00", {"colour": ("sage", "cream")}),
    ("Cast iron skillet", "89.00", SIZES),
    ("Chef's knife", "98.00", ONE),
    ("Bread board", "48.00", WOODS),
    ("Spice jar set", "52.00", ONE),
    ("Canvas apron", "38.00", COLOURS),
    ("Oven glove pair", "26.00", COLOURS),
    ("Scented candle", "29.00", SCENTS),
    ("Reed diffuser", "34.00", SCENTS),
    ("Beeswax taper pair", "16.00", ONE),
    ("Brass candle holder", "42.00", SIZES),
    ("Table lamp", "128.00", {"base": ("ceramic", "brass")}),
    ("Floor lamp", "219.00", {"base": ("brass", "black steel")}),
    ("Paper pendant shade", "64.00", SIZES),
    ("Wall mirror", "149.00", WOODS),
    ("Picture frame", "32.00", WOODS),
    ("Wool rug", "289.00", SIZES),
    ("Jute rug", "179.00", SIZES),
    ("Seagrass basket", "44.00", SIZES),
    ("Laundry hamper", "78.00", ONE),
    ("Side table", "189.00", WOODS),
    ("Step stool", "96.00", WOODS),
    ("Ceramic vase", "56.00", COLOURS),
    ("Terracotta planter", "38.00", SIZES),
    ("Watering can", "46.00", {"colour": ("sage", "copper")}),
)

FIRST_NAMES: Final = (
    *("Amara", "Ben", "Carla", "David", "Elena", "Felix", "Grace", "Hassan", "Ines", "James"),
    *("Keiko", "Liam", "Maria", "Noah", "Olivia", "Pedro", "Quinn", "Rosa", "Samuel", "Tara"),
)
LAST_NAMES: Final = (
    *("Adams", "Becker", "Chen", "Diaz", "Evans", "Foster", "Garcia", "Hughes", "Ivanov", "Jones"),
    *("Kim", "Lopez", "Moore", "Nguyen", "Okafor", "Patel", "Reyes", "Singh", "Turner", "Walker"),
)
STREETS: Final = ("Alder Lane", "Birch Street", "Cedar Avenue", "Elm Road", "Maple Drive")
# City, state, ZIP code.
PLACES: Final = (
    ("New York", "NY", "10001"),
    ("Brooklyn", "NY", "11215"),
    ("Boston", "MA", "02116"),
    ("Philadelphia", "PA", "19103"),
    ("Washington", "DC", "20009"),
    ("Charlotte", "NC", "28203"),
    ("Atlanta", "GA", "30306"),
    ("Miami", "FL", "33133"),
    ("Nashville", "TN", "37206"),
    ("Columbus", "OH", "43201"),
    ("Detroit", "MI", "48226"),
    ("Chicago", "IL", "60614"),
    ("Minneapolis", "MN", "55408"),
    ("Houston", "TX", "77006"),
    ("Austin", "TX", "78704"),
    ("Denver", "CO", "80205"),
    ("Phoenix", "AZ", "85016"),
    ("Los Angeles", "CA", "90026"),
    ("San Diego", "CA", "92104"),
    ("Oakland", "CA", "94609"),
    ("Portland", "OR", "97214"),
    ("Seattle", "WA", "98103"),
)
CARRIERS: Final = ("UPS", "FedEx", "USPS")
