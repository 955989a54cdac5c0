"""Tables of rows that come in and go out: checked first, worked in small pieces, picked up again after a crash."""
