"""Finding products by words: the index, the order of alphabets, and plurals."""
