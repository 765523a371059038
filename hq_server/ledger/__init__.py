"""The books: entries as they were written, and the balance of every line."""
