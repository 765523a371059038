"""All texts in English as a dict, for tools and tests; a board reads en.txt line by line instead."""

from firmware.text.catalogue import load

TEXTS = load("en")
