"""How value moves between head office's pool and the stores, and where it should lie."""
