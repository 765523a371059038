"""Cards: which one belongs to which member, and whether it still counts."""
