"""The screen: text cells, glyphs from flash, one small function per view."""
