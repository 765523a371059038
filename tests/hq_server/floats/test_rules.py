"""What is asked of a store, and when a right is granted again."""

from hq_server.floats.rules import refill, split_recall


def test_small_rules():
    assert split_recall(150, 100, 80) == {"principal": 100, "bonus": 50}
    assert split_recall(0, 100, 80) == {}
    assert [refill(100, left) for left in (100, 51, 50, 0)] == [0, 0, 50, 100]
