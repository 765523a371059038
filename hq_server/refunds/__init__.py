"""Refund rights: which holder has what of each sale's, and what of them is on its way."""
