"""What signing in leads to, and how often a password may be wrong."""
