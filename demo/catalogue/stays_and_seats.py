"""What the demo shop sells under Stays & seats."""

from demo.drawings import rooms, seats
from demo.items import Item, Picture, Shelf, numbered, seats_in

SHELF = Shelf(
    "stays-seats",
    "Stays & seats",
    (
        Item(
            "SS-GARDEN",
            "garden-room-one-night",
            "Garden room, one night",
            "68.00",
            "A quiet room on the ground floor, with its own door to the garden. Breakfast is served "
            "under the mango tree until ten. You learn your room number once the stay is paid.",
            (
                Picture(rooms.garden_room, "A bright room with a bed and an arched window onto a garden"),
                Picture(rooms.garden_view, "The garden terrace with a table, a chair and a paper lantern"),
            ),
            numbers=numbered("Room {}", range(101, 113), range(121, 133)),
        ),
        Item(
            "SS-RIVER",
            "river-suite-one-night",
            "River suite, one night",
            "142.00",
            "Two rooms under the roof, with the lights of the river all night. A bath by the window, "
            "and late check-out as a matter of course. There are only two of these.",
            (Picture(rooms.river_suite, "A dim bedroom with a lamp and a window onto a river at night"),),
            numbers=("Suite 501", "Suite 502"),
        ),
        Item(
            "SS-CONCERT",
            "concert-seat",
            "Concert seat, Saturday",
            "39.00",
            "The city orchestra plays an evening of film music. All seats in the stalls, chosen for "
            "you as close to the middle as can be. Doors open at seven.",
            (Picture(seats.concert_seat, "A red velvet seat under coloured stage lights"),),
            numbers=seats_in("ABCDEF", 10),
            begins_in_days=60,
        ),
        Item(
            "SS-CINEMA",
            "open-air-cinema",
            "Open-air cinema, one deckchair",
            "15.00",
            "A deckchair on the hill, a blanket, and a film when it is dark. Bring what you like to "
            "eat. When it rains, the ticket is good for another night.",
            (Picture(seats.deckchair, "A striped deckchair on a hill before a film screen at dusk"),),
            numbers=numbered("Deckchair {}", range(1, 41)),
        ),
        Item(
            "SS-TRAIN",
            "sleeper-berth",
            "Sleeper berth, Hà Nội to Đà Nẵng",
            "54.00",
            "A lower berth in a cabin of four, with clean linen and a window. The train leaves in the "
            "evening and reaches the sea by morning. Tea is included.",
            (Picture(seats.sleeper_train, "A blue sleeper train passing mountains at sunset"),),
            numbers=tuple(
                f"Coach {coach}, berth {berth}" for coach in (3, 4, 5) for berth in range(1, 29, 2)
            ),
        ),
    ),
)
