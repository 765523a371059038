"""One file per change of the schema, in the order their revisions name."""
