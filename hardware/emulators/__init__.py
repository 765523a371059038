"""Byte-level emulators of the chips around a terminal, reached over sockets and pseudo terminals."""
