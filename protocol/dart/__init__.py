"""DART, the line between a controller and fuel pumps, without I/O: frames, transactions, bus master, a pump's side."""
