"""The facts in a database of their own, for tools that people bring along; docs in README.md."""
