"""To whom an order is billed: another address, a company, its VAT id and whether that holds."""
