"""What the API's docs show."""
