"""The remote SAM: card keys live here and nowhere near a terminal; terminals play APDUs and know nothing."""
