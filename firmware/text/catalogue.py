"""All texts of a language at once, for tools and tests; a board reads them line by line."""

from firmware.text import DIR


def load(language: str) -> dict:
    """Key -> text."""
    with open(DIR + "/" + language + ".txt", "rb") as file:
        lines = file.read().decode().splitlines()
    return {key: text for key, _, text in [line.partition(" ") for line in lines]}
