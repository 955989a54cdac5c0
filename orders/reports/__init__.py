"""What is read about many orders at once; nothing here changes anything."""
