"""One chip per file; bus, pins and clock are handed in."""
