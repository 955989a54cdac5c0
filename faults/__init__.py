"""Whether the shop keeps its promises while its processes die: real processes, real customers, and a checker."""
