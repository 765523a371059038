"""The heap of an image is measured module by module."""

from tools import build_firmware, heap


def test_every_module_of_the_image_has_a_figure_and_they_add_up(tmp_path):
    rows = heap.measure("reader", build_firmware.build("reader", tmp_path / "reader"))
    figures = dict(rows)
    assert build_firmware.modules_of("reader") <= set(figures)
    whole = figures.pop("all")
    assert 0 < sum(figures.values()) <= whole
