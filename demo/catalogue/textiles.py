"""What the demo shop sells under Textiles, which stands below Home: a product with options."""

from demo.drawings import textiles
from demo.items import ItemGroup, Picture, Shelf, Variant

NAVY = Picture(textiles.shirt_navy, "A navy T-shirt laid flat")
WHITE = Picture(textiles.shirt_white, "A white T-shirt laid flat")

SHELF = Shelf(
    "textiles",
    "Textiles",
    (),
    (
        ItemGroup(
            "cotton-t-shirt",
            "Cotton T-shirt",
            "Heavy organic cotton, knitted and sewn in Hoi An. A straight cut that keeps its shape; wash it at 40 "
            "degrees, with its colours.",
            {"Size": ("S", "M", "L"), "Colour": ("Navy", "White")},
            (
                Variant("TX-SHIRT-S-NAVY", ("S", "Navy"), "24.00", 14),
                Variant("TX-SHIRT-S-WHITE", ("S", "White"), "24.00", 8),
                Variant("TX-SHIRT-M-NAVY", ("M", "Navy"), "24.00", 21),
                Variant("TX-SHIRT-M-WHITE", ("M", "White"), "24.00", 0),
                Variant("TX-SHIRT-L-NAVY", ("L", "Navy"), "26.00", 3),
            ),
            (NAVY, WHITE),
            {"White": WHITE},
            180,
            (30, 24, 3),
        ),
    ),
    below="home",
)
