"""The desk's pages of money: payments, the ledger, refunds, disputes, banks and reconciliations."""
