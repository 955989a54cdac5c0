"""What the API's doors of all apps share: what they say about themselves, how they read a query, how answers are kept."""
