"""What can go wrong at head office, and whose fault it is."""


class HqError(Exception):
    """Something that the person or program who asked can mend. `reason` is a short code, `detail` says what exactly.

    `status` is the HTTP status that it becomes; commands print the same two texts.
    """

    def __init__(self, reason: str, detail: str = "", status: int = 400):
        super().__init__(reason + (": " + detail if detail else ""))
        self.reason = reason
        self.detail = detail
        self.status = status


def not_found(what: str) -> HqError:
    """There is no such thing."""
    return HqError("not_found", what, 404)


def conflict(reason: str, detail: str = "") -> HqError:
    """It contradicts what is already there."""
    return HqError(reason, detail, 409)
