"""What the pages let a customer type."""
