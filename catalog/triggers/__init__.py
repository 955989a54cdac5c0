"""What the database keeps true of categories and of variants."""
