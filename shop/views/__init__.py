"""Pages by theme. Each view reads the input, makes one domain call, and renders."""
