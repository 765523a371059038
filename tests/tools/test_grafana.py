"""The board in docs is the one that its table makes, and asks for nothing that nobody has."""

import json

from tools import grafana


def test_board_and_list_are_current():
    assert grafana.BOARD.read_text(encoding="utf-8") == grafana.text(), "run: python -m tools.grafana"
    assert grafana.LIST.read_text(encoding="utf-8") == grafana.listed(), "run: python -m tools.grafana"


def test_every_metric_of_the_board_exists():
    assert grafana.unknown() == set()


def test_panels_do_not_overlap_and_have_numbers_of_their_own():
    panels = json.loads(grafana.text())["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    cells = set()
    for panel in panels:
        at = panel["gridPos"]
        mine = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        assert not mine & cells and max(x for x, _ in mine) < grafana.COLUMNS, panel["title"]
        cells |= mine
