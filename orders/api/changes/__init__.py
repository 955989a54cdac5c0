"""The API's doors to what becomes different of an order."""
