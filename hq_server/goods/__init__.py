"""The catalogue: names in both languages, prices, tax."""
