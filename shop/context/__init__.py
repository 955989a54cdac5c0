"""What pages are given to show, beside what is theirs alone."""
