"""Figures of the chain: small declarations, one engine that recomputes every level, files of the same rows."""
