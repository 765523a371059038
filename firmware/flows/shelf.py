"""Pages of a basket that the heap has no room for: one file, made when the first page comes, worth nothing later."""

PAGE_BYTES = 512


class Shelf:
    """read() and write() of whole pages by their place; write() raises OSError where flash takes no more."""

    def __init__(self, path: str):
        self.path = path
        self.file = None

    def write(self, place: int, page: bytearray):
        """A page into its place."""
        if self.file is None:
            self.file = open(self.path, "w+b")
        self.file.seek(place * PAGE_BYTES)
        self.file.write(page)

    def read(self, place: int, page: bytearray):
        """What lies there, into this page."""
        self.file.seek(place * PAGE_BYTES)
        self.file.readinto(page)
