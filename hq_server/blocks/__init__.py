"""The deny list: blocked cards and frozen accounts, numbered, and from when on each holds at which store."""
