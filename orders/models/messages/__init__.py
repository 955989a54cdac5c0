"""What customers and their programs are told: emails, the feed of events, webhooks."""
