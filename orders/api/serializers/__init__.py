"""What comes in and goes out, as the schema describes it."""
