"""What the benches lay out is what they say: requests that a store approves, events that head office books."""

import pytest

from gateway import bootstrap, config
from tools.bench_crowd import Crowd
from tools.bench_ingest import Found, measure

TILLS, EACH = 2, 20


@pytest.mark.parametrize("kind", ["plain", "full"])
def test_a_crowds_requests_are_approved_each_once(tmp_path, kind):
    crowd = Crowd(tmp_path / "store", [EACH] * TILLS, members=4 * EACH * TILLS)
    desk = bootstrap.sale(config.load(crowd.fresh(tmp_path / "run"))).desk
    frames = [frame for name in crowd.names for frame in crowd.frames(name, EACH, kind)]
    answers = [topic.rpartition("/")[2] for topic, _ in desk.take(frames)]
    assert answers.count("receipt") == TILLS * EACH and "refused" not in answers
    before = desk.shop.head().seq
    assert [topic.rpartition("/")[2] for topic, _ in desk.take(frames)].count("receipt") == TILLS * EACH
    assert desk.shop.head().seq == before, "repeats book nothing"


def test_head_office_books_what_the_ingest_bench_brings_and_the_bare_rows_are_as_many(tmp_path):
    found = Found()
    measure(tmp_path / "hq", "", 600, found)
    assert len(found.booked) == len(found.decoded) == len(found.bare) == 1
    assert found.rows > 2 * 600, "events, entries, lines and tenders"
    assert all(figure > 0 for figure in (*found.booked, *found.decoded, *found.bare))
