"""What the screens say: one file per language, sorted lines 'key text', read from flash line by line.

Nothing but the offsets of the lines is kept in memory: two bytes a text instead of a hundred.
"""

from array import array

DIR = __file__.rpartition("/")[0] or "."
LANGUAGES = ("zh", "en")


class Texts:
    """texts(key, *values) -> the text in the language in use, '%' places filled. Raises KeyError for a missing key."""

    def __init__(self, language: str, folder: str = DIR):
        self.folder = folder
        self.file = None
        self.use(language)

    def use(self, language: str):
        """Switches to 'zh' or 'en'; anything else is taken for 'en'."""
        self.language = language if language in LANGUAGES else "en"
        if self.file:
            self.file.close()
        self.file = open(self.folder + "/" + self.language + ".txt", "rb")
        self.starts = array("H")
        at = 0
        for line in self.file:
            self.starts.append(at)
            at += len(line)

    def other(self) -> str:
        """The language that the language key switches to."""
        return LANGUAGES[1 - LANGUAGES.index(self.language)]

    def __call__(self, key: str, *values) -> str:
        text = self._line(key.encode()).decode()
        return text % values if values else text

    def __contains__(self, key: str) -> bool:
        try:
            return bool(self._line(key.encode()))
        except KeyError:
            return False

    def _line(self, key: bytes) -> bytes:
        low, high = 0, len(self.starts)
        while low < high:
            middle = (low + high) // 2
            self.file.seek(self.starts[middle])
            found, _, text = self.file.readline().partition(b" ")
            if found == key:
                return text.rstrip(b"\r\n")
            if found < key:
                low = middle + 1
            else:
                high = middle
        raise KeyError(key)


def load(language: str) -> dict:
    """All texts of a language as a dict: for tools and tests, never on a board."""
    with open(DIR + "/" + language + ".txt", "rb") as file:
        pairs = [line.decode().rstrip("\r\n").split(" ", 1) for line in file]
    return {pair[0]: pair[1] for pair in pairs}
