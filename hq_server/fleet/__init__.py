"""Stores, their gateways and terminals: enrolment, certificates, keys, life signs."""
