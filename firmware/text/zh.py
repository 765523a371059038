"""All texts in Simplified Chinese as a dict, for tools and tests; a board reads zh.txt line by line instead."""

from firmware.text.catalogue import load

TEXTS = load("zh")
