"""What one process does, for Prometheus, on a port of that process (METRICS_PORT); what the shop has is on /metrics."""
