"""What can be bought: products, their stock, single numbered things."""
