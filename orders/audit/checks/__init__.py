"""The checks of the audit: each is one statement over whole tables that returns a line for each finding."""
