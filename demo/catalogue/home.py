"""What the demo shop sells under Home."""

from demo.drawings import home
from demo.items import Item, Picture, Shelf

SHELF = Shelf(
    "home",
    "Home",
    (
        Item(
            "HO-LAMP",
            "mushroom-lamp",
            "Mushroom lamp",
            "89.00",
            "A glass cap on a copper foot that fills a corner with warm light. Three steps of "
            "brightness by touch. The bulb is included and can be replaced.",
            (Picture(home.lamp, "A glowing table lamp in the shape of a mushroom"),),
            1900,
            (34, 34, 38),
            stock=12,
        ),
        Item(
            "HO-VASE",
            "ridged-vase",
            "Ridged vase",
            "36.00",
            "Red clay, pressed into soft ridges and left unglazed outside. Watertight within, steady "
            "enough for tall branches. The eucalyptus is not included.",
            (Picture(home.vase, "A ridged clay vase with eucalyptus branches"),),
            1400,
            (20, 20, 28),
            stock=0,
        ),
        Item(
            "HO-CUSHION",
            "striped-cushion",
            "Striped cushion",
            "32.50",
            "Heavy cotton in mustard with woven stripes and a tassel on each corner. The cover comes "
            "off and may be washed at 40 degrees. Filled with kapok, 50 by 50.",
            (Picture(home.cushion, "A mustard cushion with white and red stripes and tassels"),),
            780,
            (50, 50, 16),
            stock=40,
        ),
        Item(
            "HO-BASKET",
            "rattan-basket",
            "Rattan basket",
            "44.00",
            "Woven in the Mekong delta from rattan that was dried in the sun. Strong enough for "
            "firewood, handsome enough for linen. It carries up to twelve kilograms.",
            (Picture(home.basket, "A woven rattan basket with a white cloth in it"),),
            1100,
            (45, 32, 38),
            stock=9,
            sale_price="35.00",
        ),
        Item(
            "HO-CANDLE",
            "amber-candle",
            "Amber candle",
            "21.00",
            "Soy wax with amber, cedar and a little smoke. Burns for about 45 hours in a glass that "
            "you will keep afterwards. Poured in small batches.",
            (Picture(home.candle, "A burning candle in a glass with a dark label"),),
            420,
            (10, 10, 11),
            stock=130,
        ),
        Item(
            "HO-CLOCK",
            "quiet-clock",
            "Quiet clock",
            "58.00",
            "A wall clock that does not tick: its hands sweep. Ash wood rim, paper-white face, 30 "
            "centimetres across. Runs for two years on one battery.",
            (Picture(home.clock, "A round wall clock with a wooden rim"),),
            860,
            (32, 32, 6),
            stock=25,
        ),
    ),
)
