"""What the chain has laid down for all stores: spending order, earning, gifts on top-ups; versioned."""
