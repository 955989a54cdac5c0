"""The one-server guide of docs/operate.md, done in a fresh Debian: `make guide`."""
