"""The worker's clock, and the hints that begin its rounds."""
