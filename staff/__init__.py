"""What members of staff may do, and the log of what they did."""
