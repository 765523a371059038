"""A day at each terminal that comes by every view: events in the words of desk.py; '*' after one asks for a picture."""

DAYS = {
    "reader": """
        start *; welcome *; card_placed *; tapped ann; answer *; key ok *; card_placed; tapped bo;
        card_placed; card card_unreadable *
        card_placed; tapped staff *
    """,
    "pump": """
        start *; welcome *; nozzle 1 0 0 0 0 1000000; nozzle 2 0 0 0 0 500000 *; card_placed *; tapped ann *; key 1 *
        answer; key 2 0 *; key ok *; decline insufficient_float 1200 *; key ok; approve; answer; did 1 authorise ok *
        nozzle 1 2 1 5000 380 1005000 *; nozzle 1 3 0 15789 1200 1015789; approve *; key ok
        card_placed; card card_unreadable *; key ok
        card_placed; tapped fleet *; answer; key f1 up up 1 2 3 4 5 *; key ok 4 1 2 5 0 *; key ok *
        key f3 *; key down down down down *; answer; key ok *; key f2; approve; answer; did 2 authorise ok
        nozzle 2 2 1 5000 380 505000 *; nozzle 2 4 1 5000 380 505000 *; nozzle 2 3 0 5000 380 505000; approve *
        key ok; key menu *; key 4 2 ok *; key 1 2 3 4 ok *; answer *; key 1 *; key f2; approve; answer
        did 1 authorise ok; nozzle 1 2 1 2000 152 1017789; nozzle 1 3 0 2000 152 1017789; approve *; key ok *
        alarm 2 E7 *; alarm 2; key f4 *; card_placed; tapped staff; answer *; key f2 *; key f3; answer *; silent 2 *
    """,
    "pos": """
        start *; welcome *; key 4 2 ok 1 2 *; key 3 4 ok *; answer; tap ann *; key back
        scan 690; answer; scan 12; answer; key 3 f1; scan 77; answer; scan 9; answer; key 1 2 3 *
        key back back back f4 *; key back; key ok 1 5 points *; key back; key card *
        decline insufficient_float 1200 *; key card cash; approve *; key ok
        scan 77; answer; key cash 2 0 cash; approve; key ok
        scan 690; answer; tap ann; key cash f1 *; answer; key f1 *; key down down down f1 f1 down down down; answer
        key back *; key f4 ok
        scan 77; answer; key cash cash back *; undo reversed; key ok
        scan 77; answer; key cash cash back; undo voided *; key ok
        key menu *; key 1 *; tap ann; key 5 0 *; key ok *; key ok *; decline issue_limit *
        key ok 5 0 ok ok; approve *; key menu 2 *; key back
        key menu 6 *; key 4 1 ok *; answer; key f1 down *; key 1 f2 ok *; key 1 *; key ok *; decline second_person *
        key 7 ok 1 *; key back back back ok; decline more_than_sold *; key ok; answer; key f4 3 ok; approve *; key ok
        key menu 5 *; answer *
    """,
}


def play(desk, day: str, picture):
    """Plays a day; picture() is called at each star."""
    for words in day.replace("\n", ";").split(";"):
        event, star, _ = words.strip().partition("*")
        if event:
            for one in desk.events(event.strip()):
                desk.give(one)
        if star:
            picture()
