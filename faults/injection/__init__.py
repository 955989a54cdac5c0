"""The shop's processes and what is done to them: which fault comes when, and how."""
