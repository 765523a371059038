"""One application on the card, and the card's own level, which is shaped alike: keys, settings, files."""

from hardware.emulators.desfire import files, keys
from hardware.emulators.desfire.keys import Key
from hardware.emulators.desfire.status import NO_SUCH_KEY, require

MASTER_CHANGEABLE, LISTING_FREE, CREATION_FREE, SETTINGS_CHANGEABLE = 0x01, 0x02, 0x04, 0x08
CHANGE_SAME_KEY, CHANGE_FROZEN = 0xE, 0xF
MEMORY_BYTES = 32  # rough: what an empty application takes


class Application:
    """Keys by number (all of one cipher), key settings byte, files by number."""

    def __init__(self, kind: str, key_list: list[Key], settings: int, name: bytes = b"", iso_id: bytes = b"") -> None:
        self.kind = kind
        self.keys = key_list
        self.settings = settings
        self.name = name
        self.iso_id = iso_id
        self.files: dict[int, files.File] = {}

    def key(self, number: int) -> Key:
        require(number < len(self.keys), NO_SUCH_KEY)
        return self.keys[number]

    @property
    def change_key_no(self) -> int:
        """Which key allows keys to be changed: 0-13, CHANGE_SAME_KEY or CHANGE_FROZEN."""
        return self.settings >> 4

    @property
    def type_and_count(self) -> int:
        return keys.TYPE_BITS[self.kind] | len(self.keys)

    @property
    def memory_bytes(self) -> int:
        return MEMORY_BYTES * (1 + len(self.keys)) + sum(file.memory_bytes for file in self.files.values())

    def abort(self) -> None:
        """What waited for CommitTransaction is forgotten."""
        for file in self.files.values():
            file.abort()

    def state(self) -> dict:
        return {
            "kind": self.kind,
            "keys": [key.state() for key in self.keys],
            "settings": self.settings,
            "name": self.name.hex(),
            "iso_id": self.iso_id.hex(),
            "files": {str(number): file.state() for number, file in self.files.items()},
        }


def from_state(state: dict) -> Application:
    key_list = [keys.from_state(key) for key in state["keys"]]
    name, iso_id = bytes.fromhex(state["name"]), bytes.fromhex(state.get("iso_id", ""))
    loaded = Application(state["kind"], key_list, state["settings"], name, iso_id)
    loaded.files = {int(number): files.from_state(file) for number, file in state["files"].items()}
    return loaded
