"""What is measured of a running shop."""
