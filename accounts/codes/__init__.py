"""Signing in by a code from an email, and what limits such emails."""
