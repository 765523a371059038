"""What members are likely to do next: BG/NBD for purchases, Gamma-Gamma for what they spend.

Fader, Hardie, Lee, "Counting Your Customers" the Easy Way, Marketing Science 24 (2005), equations 6, 10 and 12, and the
note of 2008 on who is still active; Fader, Hardie, "The Gamma-Gamma Model of Monetary Value" (2013). On the data set of
the paper this gives its parameters (tests/hq_server/segments/test_future.py).

Known limits, which reports must print: a member with one purchase day is "active" with certainty in this model, and it
knows no seasons.
"""

from typing import NamedTuple

import numpy as np
from scipy.optimize import minimize
from scipy.special import betaln, gammaln, hyp2f1

FITTED_MAX = 20_000  # members that parameters are taken from; more move the third digit only
MONTH_DAYS = 30.4375
STEP_MONTHS = 3


class Summary(NamedTuple):
    """One row per member, times in one unit: repeat purchases (days after the first), when the last was, how old.

    recency: from first to last purchase; age: from first purchase to now; 0 <= recency <= age.
    """

    repeats: np.ndarray
    recency: np.ndarray
    age: np.ndarray


class Purchasing(NamedTuple):
    """BG/NBD: rates are Gamma(r, alpha) over members, the chance to leave after a purchase is Beta(a, b)."""

    r: float
    alpha: float
    a: float
    b: float


class Spending(NamedTuple):
    """Gamma-Gamma: p and q are shapes, v is a scale in the unit of money."""

    p: float
    q: float
    v: float


def fit_purchasing(summary: Summary) -> Purchasing:
    """Parameters of the largest likelihood. Raises ValueError where no member has come back."""
    if not len(summary.repeats) or not summary.repeats.any():
        raise ValueError("nobody has bought twice: there is nothing to learn from")
    x, recency, age = _thinned(summary)
    unit = max(float(age.mean()), 1e-9)  # the search likes figures near 1
    scaled = Summary(x, recency / unit, age / unit)
    r, alpha, a, b = _search(lambda logs: -_likelihood(Purchasing(*np.exp(logs)), scaled).mean(), 4)
    return Purchasing(r, alpha * unit, a, b)


def _likelihood(model: Purchasing, summary: Summary) -> np.ndarray:
    """Logarithm of the likelihood of each member's history (equation 6)."""
    r, alpha, a, b = model
    x, recency, age = summary
    rates = gammaln(r + x) - gammaln(r) + r * np.log(alpha) + betaln(a, b + x) - betaln(a, b)
    stays = -(r + x) * np.log(alpha + age)
    leaves = np.log(a) - np.log(b + np.maximum(x, 1) - 1) - (r + x) * np.log(alpha + recency)
    # Beta(a, b + x) / Beta(a, b) is the chance to have stayed x times; `leaves` replaces the last of them.
    return rates + np.where(x > 0, np.logaddexp(stays, leaves), stays)


def _thinned(summary: Summary) -> Summary:
    """At most FITTED_MAX members, evenly spaced: the same input gives the same parameters."""
    step = -(-len(summary.repeats) // FITTED_MAX)
    return Summary(*(np.asarray(column[::step], dtype=float) for column in summary))


def _search(loss, parameters: int) -> tuple[float, ...]:
    """The positive parameters of least loss; the search is over their logarithms."""
    options = {"xatol": 1e-5, "fatol": 1e-9, "maxiter": 4000, "maxfev": 4000}
    found = minimize(loss, np.zeros(parameters), method="L-BFGS-B", bounds=[(-12, 12)] * parameters)
    found = minimize(loss, found.x, method="Nelder-Mead", options=options)
    return tuple(float(value) for value in np.exp(found.x))


def still_active(model: Purchasing, summary: Summary) -> np.ndarray:
    """The chance that a member has not left."""
    return 1 / (1 + _odds_of_having_left(model, summary))


def _odds_of_having_left(model: Purchasing, summary: Summary) -> np.ndarray:
    r, alpha, a, b = model
    x, recency, age = summary
    odds = a / (b + np.maximum(x, 1) - 1) * np.exp((r + x) * (np.log(alpha + age) - np.log(alpha + recency)))
    return np.where(x > 0, odds, 0.0)


def purchases_within(model: Purchasing, summary: Summary, time: float) -> np.ndarray:
    """How many purchases are to be expected within the next `time` (equation 10)."""
    r, alpha, a, b = model
    x, _, age = summary
    shrinks = ((alpha + age) / (alpha + age + time)) ** (r + x)
    series = hyp2f1(r + x, b + x, a + b + x - 1, time / (alpha + age + time))
    return (a + b + x - 1) / (a - 1) * (1 - shrinks * series) * still_active(model, summary)


def next_visit(model: Purchasing, summary: Summary) -> np.ndarray:
    """The time from now within which half of such members, if they have not left, have come again."""
    r, alpha, _, _ = model
    return (alpha + summary.age) * (2 ** (1 / (r + summary.repeats)) - 1)


def fit_spending(repeats: np.ndarray, mean_spent: np.ndarray) -> Spending:
    """From members with repeats and a positive mean. Raises ValueError where there is none."""
    seen = (repeats > 0) & (mean_spent > 0)
    if not seen.any():
        raise ValueError("nobody has bought twice: there is nothing to learn from")
    x, mean = np.asarray(repeats[seen], dtype=float), np.asarray(mean_spent[seen], dtype=float)
    step = -(-len(x) // FITTED_MAX)
    x, mean, unit = x[::step], mean[::step], float(mean.mean())
    p, q, v = _search(lambda logs: -_spending_likelihood(Spending(*np.exp(logs)), x, mean / unit).mean(), 3)
    return Spending(p, q, v * unit)


def _spending_likelihood(model: Spending, x: np.ndarray, mean: np.ndarray) -> np.ndarray:
    p, q, v = model
    known = gammaln(p * x + q) - gammaln(p * x) - gammaln(q) + q * np.log(v)
    return known + (p * x - 1) * np.log(mean) + p * x * np.log(x) - (p * x + q) * np.log(v + x * mean)


def spent_per_purchase(model: Spending, repeats: np.ndarray, mean_spent: np.ndarray) -> np.ndarray:
    """What a member's purchases will be worth in the mean: between the member's own mean and everybody's."""
    p, q, v = model
    x = np.where(mean_spent > 0, repeats, 0)
    return p * (v + x * np.maximum(mean_spent, 0)) / (p * x + q - 1)


class Outlook(NamedTuple):
    """Columns per member. next_visit_days is told as if the member had not left; value in minor units."""

    churn_risk: np.ndarray
    expected_purchases: np.ndarray
    next_visit_days: np.ndarray
    value_cents: np.ndarray


def outlook(
    summary: Summary, mean_cents: np.ndarray, months: int = 12, discount_per_month: float = 0.01
) -> Outlook:
    """Churn risk, purchases, next visit and discounted value over so many months; times of `summary` in days.

    What is expected in STEP_MONTHS is discounted as if it came in their middle.
    """
    buying, spending = fit_purchasing(summary), fit_spending(summary.repeats, mean_cents)
    worth, before = np.zeros(len(mean_cents)), np.zeros(len(mean_cents))
    for month in range(STEP_MONTHS, months + 1, STEP_MONTHS):
        summed = purchases_within(buying, summary, month * MONTH_DAYS)
        worth += (summed - before) / (1 + discount_per_month) ** (month - STEP_MONTHS / 2)
        before = summed
    each = spent_per_purchase(spending, summary.repeats, mean_cents)
    away = 1 - still_active(buying, summary)
    return Outlook(away, before, next_visit(buying, summary), worth * each)
