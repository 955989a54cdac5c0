"""From a parcel and price tables to shipping options, and what is odd about the tables."""
