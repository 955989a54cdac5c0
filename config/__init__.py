"""The edge: settings, addresses, servers. Knows every app; no app imports it."""
