"""WebSockets: who is at the other end, and what they are told."""
