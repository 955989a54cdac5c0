"""What becomes different of an order after it is paid: parts, details, exchanges, returns."""
