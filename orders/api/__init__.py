"""DRF doors of the order flow."""
