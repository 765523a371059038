"""What a board with a ROMFS partition does by itself: mounts it at /rom, looks there for modules, runs main."""

import os
import sys

import uctypes
import vfs

address, size = os.getenv("TAPWELL_ROM").split(" ")
vfs.mount(vfs.VfsRom(uctypes.bytearray_at(int(address), int(size))), "/rom")
sys.path.insert(0, "/rom")
__import__("main")
