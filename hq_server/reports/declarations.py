"""What a report is: its dimensions, its columns with their type, and the words that define them.

    additive   may be summed over anything
    distinct   counts things once: recomputed at each level, never summed
    ratio      one column divided by another: recomputed at each level from those two
    rank       place of a row by the report's `order`, largest first; part, cumulated: its share of all rows beside it
"""

from typing import NamedTuple

ADDITIVE, DISTINCT, RATIO = "additive", "distinct", "ratio"
RANK, PART, CUMULATED = "rank", "part", "cumulated"
MONEY, COUNT, QUANTITY, SHARE = "money", "count", "quantity", "share"

Names = dict[str, str]  # language -> text


class Column(NamedTuple):
    """`unit` is how it is written; a ratio divides `of[0]` by `of[1]` (in the unit of `of[0]` unless it is a share)."""

    id: str
    unit: str
    measure: str
    name: Names
    meaning: Names
    of: tuple[str, str] = ("", "")


class Dimension(NamedTuple):
    """`without`: columns that say nothing along this dimension and are left empty there."""

    id: str
    name: Names
    without: tuple[str, ...] = ()


class Report(NamedTuple):
    """`order`: an additive column by which rows are ranked, largest first; '' for rows in the order of their places."""

    id: str
    category: Names
    name: Names
    definition: Names
    dimensions: tuple[Dimension, ...]
    columns: tuple[Column, ...]
    order: str = ""

    def dimension(self, wanted: str) -> Dimension:
        """Raises KeyError for a dimension that this report does not have."""
        return {dimension.id: dimension for dimension in self.dimensions}[wanted]

    def column(self, wanted: str) -> Column:
        return {column.id: column for column in self.columns}[wanted]


class Question(NamedTuple):
    """What is asked of a report. Dates are business dates, both included; `by` is outermost first, at most two."""

    from_date: str
    to_date: str
    by: tuple[str, ...]
    stores: tuple[str, ...] = ()
    account: str = ""


Figures = dict[str, int]  # column -> minor units, counts or 1/1000, as facts have them
Values = dict[str, int | None]  # the same for every column of a report; None where it has no meaning


class Line(NamedTuple):
    """One row: its place along the dimensions asked for (shorter for a subtotal, empty for the total)."""

    key: tuple[str, ...]
    values: Values


class Answer(NamedTuple):
    """Rows in order, each subtotal after its rows; the total apart."""

    report: Report
    question: Question
    rows: tuple[Line, ...]
    total: Line
