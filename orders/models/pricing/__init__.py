"""What staff set that an order's price is made of: price tables, rates of tax, promotions."""
