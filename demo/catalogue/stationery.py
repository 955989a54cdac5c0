"""What the demo shop sells under Stationery."""

from demo.drawings import stationery
from demo.items import Item, Picture, Shelf

SHELF = Shelf(
    "stationery",
    "Stationery",
    (
        Item(
            "ST-NOTEBOOK",
            "dotted-notebook",
            "Dotted notebook",
            "17.00",
            "192 dotted pages that lie flat from the first to the last. Paper heavy enough for a "
            "fountain pen, a ribbon, and an elastic band that does not wear out. Size A5.",
            (
                Picture(stationery.notebook, "A violet notebook with an orange elastic band"),
                Picture(
                    stationery.open_notebook,
                    "The notebook lying open, with a sketch and notes on dotted pages",
                ),
            ),
            330,
            (21, 15, 2),
            stock=210,
        ),
        Item(
            "ST-PEN",
            "brass-fountain-pen",
            "Brass fountain pen",
            "72.00",
            "Blue lacquer over solid brass, with weight in the right place. The nib writes a fine, "
            "wet line from the first stroke. Takes cartridges or bottled ink.",
            (Picture(stationery.pen, "A blue and brass fountain pen that has just drawn a line"),),
            60,
            (16, 5, 3),
            stock=34,
        ),
        Item(
            "ST-PENCILS",
            "five-pencils",
            "Five pencils in a cup",
            "24.00",
            "Soft coloured leads in cedar, and a porcelain cup to keep them in. Enough colour for a "
            "sunset and a garden. They come sharpened.",
            (Picture(stationery.pencils, "Five coloured pencils in a white cup with an orange band"),),
            460,
            (18, 9, 9),
            stock=48,
        ),
        Item(
            "ST-TAPE",
            "paper-tape",
            "Paper tape, three rolls",
            "9.50",
            "Three widths of printed rice paper that tears by hand and peels off without a trace. For "
            "letters, labels and walls. Ten metres on each roll.",
            (Picture(stationery.tape, "Three rolls of dotted paper tape in pink, blue and yellow"),),
            120,
            (9, 9, 5),
            stock=160,
        ),
        Item(
            "ST-CARDS",
            "bay-postcards",
            "Postcards from the bay",
            "8.00",
            "Twelve drawings of limestone islands at different hours of the day. Printed on thick "
            "cotton paper that takes ink well. One of each, with envelopes.",
            (Picture(stationery.postcards, "A postcard of limestone islands and a red sail at sunset"),),
            150,
            (16, 12, 2),
            stock=75,
        ),
        Item(
            "ST-CALENDAR",
            "desk-calendar",
            "Desk calendar",
            "19.00",
            "One month on a page, large enough to write on, small enough for any desk. Weeks start on "
            "Monday, and the holidays of both your countries fit on the stickers. Stands by itself.",
            (Picture(stationery.calendar, "A standing desk calendar with one day marked"),),
            400,
            (24, 19, 4),
            stock=30,
            sent_in_days=30,
        ),
    ),
)
