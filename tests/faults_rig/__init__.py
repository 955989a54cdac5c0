"""The rig that drives a shop while its processes die: its checker, its plan, and one short run."""
