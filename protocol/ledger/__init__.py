"""The money rules: pure functions over one holder's slices, used by gateways and head office alike (CPython only)."""
