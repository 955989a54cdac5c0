"""What the demo shop sells: five categories with their products, as data."""

from demo.catalogue import coffee_and_tea, digital, home, stationery, stays_and_seats

SHELVES = (coffee_and_tea.SHELF, home.SHELF, stationery.SHELF, stays_and_seats.SHELF, digital.SHELF)
