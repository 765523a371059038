"""How far a terminal is, and what becomes of a rollout, as tables in words."""

from hq_server.releases import rules
from hq_server.releases.rules import Rollout, Seat, Step

NOW_S = 100_000
SIZE = 1000
HEARD, LOST, NIGHT = (True, NOW_S - 20), (False, NOW_S - 2000), (False, NOW_S - 300)


def seat(runs=0, failed=0, why="", loading=0, loaded=0, heard=HEARD, was_online=True, ring=0, name="0001-reader1"):
    online, seen_at_s = heard
    return Seat(name, ring, "", was_online, online, seen_at_s, NOW_S - 5, runs, failed, why, loading, loaded)


STATES = (
    # what is known of the terminal                              the store trades   state
    (seat(), True, "waiting"),
    (seat(loading=5, loaded=300), True, "loading"),
    (seat(loading=4, loaded=300), True, "waiting"),
    (seat(loading=5, loaded=1000), True, "trial"),
    (seat(runs=5, loading=5, loaded=1000), True, "runs"),
    (seat(failed=5, why="trial", loading=5, loaded=1000), True, "rolled_back"),
    (seat(failed=5, why="signature", loading=5), True, "refused"),
    (seat(failed=4, why="trial"), True, "waiting"),
    (seat(heard=LOST, was_online=False), True, "away"),
    (seat(heard=LOST), True, "waiting"),  # it has begun nothing: whatever ails it, it is not this release
    (seat(heard=LOST, loading=5, loaded=1000), False, "silent"),
    (seat(heard=NIGHT, loading=5, loaded=1000), False, "trial"),
    (seat(heard=LOST, runs=5), True, "silent"),
    (seat(heard=LOST, runs=5), False, "runs"),  # the shop is closed
    (seat(heard=LOST, runs=5)._replace(gateway_at_s=NOW_S - 900), True, "runs"),  # nothing is known of the store
)


def test_states():
    for known, trades, state in STATES:
        assert rules.state(known, 5, SIZE, trades, NOW_S) == state, (known, trades)
    assert {state for _, _, state in STATES} == set(rules.STATES)


def test_silence_counts_while_another_terminal_of_the_store_is_heard():
    both = [seat(heard=LOST, runs=5), seat(runs=5, name="0001-reader2")]
    assert rules.states(both, rollout(), NOW_S) == {"0001-reader1": "silent", "0001-reader2": "runs"}
    elsewhere = [both[0], both[1]._replace(terminal="0002-reader1")]
    assert rules.states(elsewhere, rollout(), NOW_S)["0001-reader1"] == "runs"


def rollout(status="running", ring=0, trouble_max=0, forgiven=0, well_at_s=0) -> Rollout:
    return Rollout(5, SIZE, status, 2, ring, trouble_max, forgiven, 600, well_at_s)


RUNS, WAITS, BACK = seat(runs=5), seat(), seat(failed=5, why="trial")
STEPS = (
    # rollout                                   terminals       what follows
    (rollout(), [], Step("running", 0, 0)),
    (rollout(), [WAITS], Step("running", 0, 0)),
    (rollout(), [RUNS, WAITS], Step("running", 0, 0)),
    (rollout(well_at_s=NOW_S - 100), [RUNS, WAITS], Step("running", 0, 0)),
    (rollout(), [RUNS], Step("running", 0, NOW_S)),
    (rollout(well_at_s=NOW_S - 100), [RUNS], Step("running", 0, NOW_S - 100)),
    (rollout(well_at_s=NOW_S - 600), [RUNS], Step("running", 1, 0)),
    (rollout(ring=1), [RUNS], Step("done", 1, NOW_S)),  # nobody is left for the last ring
    (rollout(ring=1, well_at_s=NOW_S - 600), [RUNS, RUNS._replace(ring=1)], Step("done", 1, NOW_S - 600)),
    (rollout(), [RUNS, BACK], Step("halted", 0, 0, "0001-reader2 rolled_back")),
    (rollout(trouble_max=1), [RUNS, BACK], Step("running", 0, NOW_S)),
    (rollout(trouble_max=1), [BACK], Step("running", 0, 0)),  # none has shown that it runs at all
    (rollout(forgiven=1), [RUNS, BACK], Step("running", 0, NOW_S)),
    (rollout(forgiven=1), [BACK, BACK], Step("halted", 0, 0, "0001-reader1 rolled_back, 0001-reader2 rolled_back")),
    (rollout(), [RUNS, seat(heard=LOST, was_online=False)], Step("running", 0, NOW_S)),
    (rollout("paused"), [BACK], Step("paused", 0, 0)),
    (rollout("done", ring=1), [BACK], Step("done", 1, 0)),
)


def test_steps():
    for known, terminals, wanted in STEPS:
        named = [one._replace(terminal=f"0001-reader{n}") for n, one in enumerate(terminals, start=1)]
        assert rules.step(known, named, NOW_S) == wanted, (known, named)


def test_what_a_terminal_shall_run():
    table = (
        # status        it runs the release   it shall run
        ("running", False, "new"),
        ("done", True, "new"),
        ("paused", False, "old"),
        ("paused", True, "new"),
        ("halted", False, "old"),
        ("halted", True, "new"),
        ("replaced", True, "new"),
        ("rolled_back", True, "old"),
        ("rolled_back", False, "old"),
    )
    for status, runs, release in table:
        assert rules.shall_run("new", "old", status, runs) == release, (status, runs)


def test_the_first_ring_that_names_a_terminal_counts():
    rings = [{"name": "canary", "terminals": ["0001-reader1"]}, {"name": "first", "stores": ["0002"]}, {"all": True}]
    table = (
        # rings begun  terminal        store   ring
        (0, "0001-reader1", "0001", 0),
        (0, "0002-reader1", "0002", None),
        (1, "0002-reader1", "0002", 1),
        (1, "0003-reader1", "0003", None),
        (2, "0003-reader1", "0003", 2),
        (2, "0001-reader1", "0001", 0),
    )
    for upto, terminal, store, ring in table:
        assert rules.ring_of(rings, upto, terminal, store) == ring, (upto, terminal)
