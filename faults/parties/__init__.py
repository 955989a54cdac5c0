"""Others around the shop, as providers and mail servers, that may be unwell."""
