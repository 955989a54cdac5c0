"""Emails: a row each, written with what they tell of, sent after commit."""
