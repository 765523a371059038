"""The heap of an image is measured: what the interpreter's own modules take, and the one that the image is."""

from tools import build_firmware, heap, link


def test_the_linked_image_has_a_figure_and_all_figures_add_up():
    rows = heap.measure("reader", build_firmware.build("reader", build_firmware.IMAGES / "reader"))
    figures = dict(rows)
    assert figures[link.ONE] > figures["asyncio"]
    whole = figures.pop("all")
    assert 0 < sum(figures.values()) <= whole
