"""Payment providers that delay, drop, double, reorder and contradict: what they have at the end is what the books have."""
