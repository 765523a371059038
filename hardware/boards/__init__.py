"""What the boards are and which of their pins go where, as data."""
