"""What the screens say: one file per language, sorted lines 'key text', read from flash line by line."""

from firmware.text.lines import Lines

DIR = __file__.rpartition("/")[0] or "."
LANGUAGES = ("zh", "en")


class Texts:
    """texts(key, *values) -> the text in the language in use, '%' places filled. Raises KeyError for a missing key."""

    def __init__(self, language: str):
        self.lines = None
        self.use(language)

    def use(self, language: str):
        """Switches to 'zh' or 'en'; anything else is taken for 'en'."""
        self.language = language if language in LANGUAGES else "en"
        if self.lines:
            self.lines.close()
        self.lines = Lines(DIR + "/" + self.language + ".txt")

    def other(self) -> str:
        """The language that the language key switches to."""
        return LANGUAGES[1 - LANGUAGES.index(self.language)]

    def __call__(self, key: str, *values) -> str:
        text = self.lines.get(key)
        if text is None:
            raise KeyError(key)
        return text % values if values else text

    def __contains__(self, key: str) -> bool:
        return self.lines.get(key) is not None
