"""Members: the account that everything else names, and apart from it the person."""
