"""All texts of a language at once, for tools and tests; a board reads them line by line."""

from firmware.text import DIR


def load(language: str) -> dict:
    """Key -> text."""
    with open(DIR + "/" + language + ".txt", "rb") as file:
        pairs = [line.decode().rstrip("\r\n").split(" ", 1) for line in file]
    return {pair[0]: pair[1] for pair in pairs}
