# What we use of fontTools, which brings no types.
