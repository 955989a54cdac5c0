"""PayPal, as the shop's payment provider."""
