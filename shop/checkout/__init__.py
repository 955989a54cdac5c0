"""The checkout page: what it shows, what was typed there, what its buttons mean, and that nothing typed is lost."""
