"""What opens an account, and who is told of it: passwords, devices, keys, the second factor."""
