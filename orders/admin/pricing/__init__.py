"""The desk's pages of what prices are made of: shipping, tax, promotions, and what an order would cost."""
