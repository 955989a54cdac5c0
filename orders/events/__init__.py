"""What happened to orders, in order: the feed, who is owed what of it, and the hints that make it fast."""
