"""The ledger against what each provider says that it did: compared, kept as rows, mended, and summed up by days."""
