"""An order that staff are taking: its form, and the page that places it."""
