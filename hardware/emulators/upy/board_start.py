"""What the interpreter of a virtual board is started with: chips, flash, then boot.py and main.py, as on a board."""

import os
import sys

import uctypes
import vfs

_file = open(os.getenv("TAPWELL_FLASH"), "r+b")
_place = [int(word) for word in os.getenv("TAPWELL_CHIP").split(" ")]
vfs.mount(vfs.VfsRom(uctypes.bytearray_at(*_place)), "/chip")
sys.path[:] = ["/chip"]
for _name in ("machine", "network", "board"):
    __import__(_name)
vfs.umount("/chip")
sys.modules["board"].start(_file)
_source = sys.modules["board"].source
sys.stdout.write("\x1f")
exec(_source("boot.py"))
if not os.getenv("TAPWELL_SOFT"):
    exec(_source("main.py"))
