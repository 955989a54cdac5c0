"""The customer's emails: a row each, written with what they tell of, sent after commit."""
