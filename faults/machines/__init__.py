"""`make machines`: the shop on many hosts, which are network namespaces, while hosts are killed and cut off one by one."""
