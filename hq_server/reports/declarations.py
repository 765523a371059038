"""What figures, the things they are told apart by, and reports are. Each is declared once and used by its id.

    additive   a sum or count of rows; may be added over anything
    distinct   counts things once: asked anew at each level, never added
    extreme    largest, smallest or middle value: asked anew at each level
    combined   a sum of other figures, each with its sign; additive as they are
    ratio      one figure divided by another: worked out anew at each level from those two
    of rows    rank, part, cumulated, moving mean, class: of a row among those beside it
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

ADDITIVE, DISTINCT, EXTREME, COMBINED, RATIO = "additive", "distinct", "extreme", "combined", "ratio"
RANK, PART, CUMULATED, MOVING, CLASS = "rank", "part", "cumulated", "moving", "class"
OF_ROWS = (RANK, PART, CUMULATED, MOVING, CLASS)
# how a figure is written; shares and quantities are in 1/1000 (of a percent, of a piece), dates in days since 1970
MONEY, COUNT, QUANTITY, SHARE, DATE, GRADE = "money", "count", "quantity", "share", "date", "grade"
WITHIN, BEFORE, UPTO, FROM = "within", "before", "upto", "from"

Names = dict[str, str]  # language -> text
Values = dict[str, int | None]  # figure -> value; None where it has no meaning
Expression = Callable[[Any], Any]  # over the table of a fact (ibis)


class Measure(NamedTuple):
    """A figure. facts: those that have it, the smallest first; all of them say the same.

    column: what is summed or counted once ('' counts rows). span: rows of the period, before it, or up to its end.
    of: (over, under) of a ratio, (figure, sign) pairs of a combination, the figure that a figure of rows is of.
    times: what a ratio is multiplied by before it is divided. never_by: dimensions that it says nothing along.
    """

    id: str
    unit: str
    kind: str
    name: Names
    meaning: Names
    facts: tuple[str, ...] = ()
    column: str = ""
    where: Expression | None = None
    span: str = WITHIN
    of: tuple = ()
    times: int = 1
    how: str = "sum"
    never_by: tuple[str, ...] = ()

    @property
    def measure(self) -> str:
        return self.kind


class Dimension(NamedTuple):
    """What figures are told apart by. needs: columns of a fact, or of a register that the fact leads to.

    A row that has several keys at once (tags) cannot be told apart by them: each figure would count it several times.
    """

    id: str
    name: Names
    needs: tuple[str, ...]
    of: Expression
    register: str = ""
    grain: str = ""  # of time: day, week, month, quarter, year
    words: Mapping[str, Names] = MappingProxyType({})  # key -> what it is called; others are their own name
    named_by: str = ""  # the register that has their names
    among: Callable[[Any, Any], Any] | None = None  # rows that have one of these keys; with it, a filter and no more


class Report(NamedTuple):
    """One report. order: the figure by which rows are ranked, largest first; '' for rows in the order of their keys.

    by: what it is told apart by at first. only: filters that always hold (dimension -> keys). fills: empty days (or
    months) of the period are rows too. compares: with the period before and the one a year ago.
    """

    id: str
    category: Names
    name: Names
    definition: Names
    dimension_ids: tuple[str, ...]
    measure_ids: tuple[str, ...]
    by: tuple[str, ...] = ()
    order: str = ""
    chart: str = "columns"
    charted: tuple[str, ...] = ()
    figures: tuple[str, ...] = ()
    only: Mapping[str, tuple[str, ...]] = MappingProxyType({})
    fills: bool = False
    compares: bool = False
    days: int = 0  # how long a period it is asked for at first; 0: the usual
    permission: str = "reports.view"
    behind: str = ""  # where a row leads to: taps, entries, members

    @property
    def dimensions(self) -> tuple[Dimension, ...]:
        from hq_server.reports.dimensions import DIMENSIONS

        return tuple(DIMENSIONS[one] for one in self.dimension_ids)

    @property
    def columns(self) -> tuple[Measure, ...]:
        from hq_server.reports.comparing import compared
        from hq_server.reports.figures import MEASURES

        own = tuple(MEASURES[one] for one in self.measure_ids)
        return compared(own) if self.compares else own

    def dimension(self, wanted: str) -> Dimension:
        """Raises KeyError for a dimension that this report does not have."""
        return {dimension.id: dimension for dimension in self.dimensions}[wanted]

    def column(self, wanted: str) -> Measure:
        return {column.id: column for column in self.columns}[wanted]


class Question(NamedTuple):
    """What is asked of a report. Dates are business dates, both included; `by` is outermost first, at most two.

    only: dimension -> keys, any dimension of the report's facts or of the chain. measures: of the report's; all if
    none is named. rights: stores that the asker may see; None: all. settings: of members' classes (RFM...).
    """

    from_date: str
    to_date: str
    by: tuple[str, ...]
    only: Mapping[str, tuple[str, ...]] = MappingProxyType({})
    measures: tuple[str, ...] = ()
    rights: tuple[str, ...] | None = None
    today: str = ""
    top: int = 0
    settings: Mapping[str, str] = MappingProxyType({})
    within: int = 0  # a kept list of members; 0: everybody, members or not

    @property
    def stores(self) -> tuple[str, ...]:
        return tuple(self.only.get("store", ()))

    @property
    def account(self) -> str:
        return next(iter(self.only.get("account", ())), "")


class Line(NamedTuple):
    """One row: its place along the dimensions asked for (shorter for a subtotal, empty for the total)."""

    key: tuple[str, ...]
    values: Values


class Answer(NamedTuple):
    """Rows in order, each subtotal after its rows; the total apart. labels: dimension -> key -> names."""

    report: Report
    question: Question
    rows: tuple[Line, ...]
    total: Line
    labels: Mapping[str, Mapping[str, Names]] = MappingProxyType({})
    facts_to_s: int = 0  # head office's clock at the newest event in the facts
    behind_events: int = 0

    def label(self, dimension: str, key: str, language: str) -> str:
        """What a key is called."""
        names = self.labels.get(dimension, {}).get(key)
        return names.get(language, names["en"]) if names else key


