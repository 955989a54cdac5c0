"""From what is wanted to an order: the preview, what sending costs, and placing."""
