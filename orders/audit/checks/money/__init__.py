"""The checks of money, of what it is for and of what was taken off."""
