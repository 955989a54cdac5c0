"""What is sent, and how: odd values, bodies, requests, frames, and the line that they go over."""
