"""The load generator: customers over HTTP and WebSocket, in processes of their own."""
