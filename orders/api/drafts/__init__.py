"""The API's doors of orders that staff take."""
