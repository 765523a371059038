"""The issuing desk: a PC with a reader makes cards, one or a list, and tells head office. `tapwell desk`."""
