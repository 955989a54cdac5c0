"""How a shop is run on one machine: its servers, its processes, and what they need before they serve."""
