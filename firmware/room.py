"""When the heap is full: what can be had again is given back, garbage collected, and the same call made once more.

Only calls that change nothing before they end may be tried again: opening and sealing frames, loading code, drawing.
"""

import gc

gives = []  # functions of whatever can spare something; the composition root fills it


def tried(call, *values):
    """call(*values), a second time if there was no room for the first. Raises MemoryError if there is none still."""
    try:
        return call(*values)
    except MemoryError:
        make()
    return call(*values)


def make() -> None:
    """All the room there can be."""
    print("heap=full")
    for give in gives:
        give()
    gc.collect()
