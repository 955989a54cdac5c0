"""One function for each picture, a module for each category."""
