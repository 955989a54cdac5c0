"""The staff's first page, its plots, the sidebar, and the walk that measures the desk's pages. No rules."""
