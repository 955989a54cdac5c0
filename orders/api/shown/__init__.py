"""Orders and previews as the API shows them."""
