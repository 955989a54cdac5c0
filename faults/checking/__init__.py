"""What was asked and told, what the database holds, and what is wrong between the two."""
