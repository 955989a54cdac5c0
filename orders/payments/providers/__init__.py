"""Payment providers, each behind the same interface (base.py)."""
