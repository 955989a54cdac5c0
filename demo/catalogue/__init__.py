"""What the demo shop sells: its categories with their products, as data."""

from demo.catalogue import coffee_and_tea, digital, home, stationery, stays_and_seats, textiles

SHELVES = (
    coffee_and_tea.SHELF,
    home.SHELF,
    stationery.SHELF,
    stays_and_seats.SHELF,
    digital.SHELF,
    textiles.SHELF,
)
