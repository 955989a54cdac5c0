"""What the demo shop sells under Coffee & tea."""

from demo.drawings import drinks
from demo.items import Item, Picture, Shelf

SHELF = Shelf(
    "coffee-tea",
    "Coffee & tea",
    (
        Item(
            "CT-DALAT-250",
            "ca-phe-da-lat",
            "Cà phê Đà Lạt",
            "14.50",
            "Arabica from the hills around Đà Lạt, grown at 1,500 metres and roasted medium. It "
            "tastes of cocoa and ripe orange, and stays gentle when brewed strong. Whole beans, 250 "
            "grams.",
            (
                Picture(
                    drinks.coffee_bag, "A green bag of coffee with a mountain on its label, beans beside it"
                ),
                Picture(drinks.coffee_beans, "Roasted coffee beans on a wooden scoop"),
            ),
            270,
            (20, 11, 7),
            stock=180,
        ),
        Item(
            "CT-PHIN",
            "phin-filter",
            "Phin filter",
            "12.00",
            "The small steel dripper that stands on the glass and takes its time. Put in three spoons "
            "of coffee, pour, and watch it fall. Serves one, lasts for decades.",
            (
                Picture(
                    drinks.phin_filter, "A steel phin filter dripping coffee onto condensed milk in a glass"
                ),
            ),
            190,
            (10, 9, 9),
            stock=64,
        ),
        Item(
            "CT-MUG",
            "terracotta-mug",
            "Terracotta mug",
            "18.00",
            "Thrown by hand, speckled on the outside, smooth where you drink. Holds 320 ml and keeps "
            "its warmth. No two are quite alike.",
            (Picture(drinks.mug, "A speckled terracotta mug of hot coffee"),),
            380,
            (13, 10, 10),
            stock=3,
        ),
        Item(
            "CT-TEAPOT",
            "celadon-teapot",
            "Celadon teapot",
            "49.00",
            "A round pot with a green glaze that pools in the carved lotus. It pours without a drip "
            "and holds enough for four small cups. A strainer is built into the spout.",
            (Picture(drinks.teapot, "A green celadon teapot with a lotus on its side"),),
            950,
            (24, 17, 17),
            stock=22,
        ),
        Item(
            "CT-LOTUS",
            "lotus-tea",
            "Lotus tea",
            "16.80",
            "Green tea left to rest among lotus flowers until it takes on their scent. Light, sweet "
            "and a little like vanilla. Brew it at 80 degrees, three times from the same leaves.",
            (Picture(drinks.tea_tin, "A pink tea tin with a lotus on its label"),),
            220,
            (14, 9, 9),
            stock=95,
        ),
        Item(
            "CT-KETTLE",
            "gooseneck-kettle",
            "Gooseneck kettle",
            "64.00",
            "A slim spout puts the water exactly where you want it. Deep blue enamel on steel, with a "
            "handle of walnut that stays cool. Works on gas and induction, 900 ml.",
            (Picture(drinks.kettle, "A dark blue kettle with a long thin spout and a wooden handle"),),
            1150,
            (30, 16, 20),
            stock=17,
            sale_price="51.00",
        ),
    ),
)
