"""Line icons drawn for this console, 20 x 20, stroke only."""

from markupsafe import Markup

PATHS = {
    "home": "M3 9.5 10 3.5l7 6V16a1 1 0 0 1-1 1h-3.5v-5h-5v5H4a1 1 0 0 1-1-1z",
    "store": (
        "M3.5 8.5V16a1 1 0 0 0 1 1h11a1 1 0 0 0 1-1V8.5M2.5 6 4 3h12l1.5 3"
        "a2.5 2.5 0 0 1-5 0 2.5 2.5 0 0 1-5 0 2.5 2.5 0 0 1-5 0zM8 17v-4.5h4V17"
    ),
    "people": (
        "M7.5 9.5a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM2 16.5c0-3 2.5-5 5.5-5s5.5 2 5.5 5M13 4"
        "a2.8 2.8 0 0 1 0 5.4M15 12c1.8.6 3 2.3 3 4.5"
    ),
    "bars": "M3 17h14M5 14V9M10 14V4M15 14V7",
    "drop": "M10 2.5C7 6.5 5 9 5 12a5 5 0 0 0 10 0c0-3-2-5.5-5-9.5zM7.5 12a2.5 2.5 0 0 0 2.5 2.5",
    "wallet": (
        "M3 6.5A1.5 1.5 0 0 1 4.5 5H15v3M3 6.5V15a1.5 1.5 0 0 0 1.5 1.5h11A1.5 1.5 0 0 0 17 15V9.5"
        "A1.5 1.5 0 0 0 15.5 8h-11A1.5 1.5 0 0 1 3 6.5zM13.5 12.2h.1"
    ),
    "scales": (
        "M10 3v14M6 17h8M4 6h12M4 6l-2.2 5.5a2.3 2.3 0 0 0 4.4 0zM16 6l-2.2 5.5a2.3 2.3 0 0 0 4.4 0"
        "z"
    ),
    "star": "M10 3l2.1 4.5 4.9.6-3.6 3.4 1 4.9-4.4-2.5-4.4 2.5 1-4.9L3 8.1l4.9-.6z",
    "punch": "M3 5h14v10H3zM6.5 8.5h.1M10 8.5h.1M13.5 8.5h.1M6.5 11.8h.1M10 11.8h.1M13.5 11.8h.1",
    "bell": "M5 13.5V9a5 5 0 0 1 10 0v4.5l1.5 1.5h-13zM8.5 17.5h3",
    "chip": "M6 6h8v8H6zM8.5 3v3M11.5 3v3M8.5 14v3M11.5 14v3M3 8.5h3M3 11.5h3M14 8.5h3M14 11.5h3",
    "card": "M2.5 5h15v10h-15zM2.5 8h15M5 12h3.5",
    "case": "M3 7h14v9a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1zM7.5 7V4.5a1 1 0 0 1 1-1h3a1 1 0 0 1 1 1V7M3 11.5h14",
    "key": "M12.5 10.5a4 4 0 1 0-3.4-1.9L3 14.7V17h2.5v-1.8h1.8v-1.8h1.8l1.3-1.3M13.7 6.3h.1",
    "list": "M7 5h10M7 10h10M7 15h10M3.2 5h.1M3.2 10h.1M3.2 15h.1",
    "download": "M10 3v9M6.5 9 10 12.5 13.5 9M4 16.5h12",
    "search": "M9 15A6 6 0 1 0 9 3a6 6 0 0 0 0 12zM13.4 13.4 17 17",
    "tray": (
        "M3 11.5 5.2 4.6A1 1 0 0 1 6.1 4h7.8a1 1 0 0 1 .9.6L17 11.5V15a1 1 0 0 1-1 1H4"
        "a1 1 0 0 1-1-1zM3 11.5h4l1 2h4l1-2h4"
    ),
}


def icon(name: str) -> Markup:
    """The drawing; it carries no meaning of its own, a text stands beside it."""
    return Markup(
        '<svg viewBox="0 0 20 20" fill="none" stroke="currentColor" stroke-width="1.6" stroke-linecap="round"'
        ' stroke-linejoin="round" aria-hidden="true"><path d="%s"/></svg>' % PATHS[name]
    )
