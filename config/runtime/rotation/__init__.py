"""Another SECRET_KEY for a shop that runs, and the file that has it."""
