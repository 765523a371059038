"""How fuel comes out of a hose: the motor takes a moment, then it runs full, and slows down before a known end."""

FULL_ML_S = 600.0  # a car pump's 36 litres a minute
START_S = 0.8  # from the lever to full flow
START_STEP_S = 0.1
SLOW_ML = 500  # before a preset the valve closes halfway
SLOW_PART = 0.25


class Flow:
    """The flow of one fill. Volumes are whole steps of the meter; what is between two steps is kept for the next."""

    def __init__(self) -> None:
        self._ran_s = self._rest_ml = 0.0

    def step(self, seconds: float, bound_ml: int | None, step_ml: int) -> tuple[int, float]:
        """(ml gained, seconds used): at most `seconds`, at most `bound_ml`, as long as the rate does not change."""
        rate_ml_s, lasts_s = self._rate(bound_ml)
        used_s = min(seconds, lasts_s)
        self._ran_s += used_s
        self._rest_ml += rate_ml_s * used_s
        gained_ml = int(self._rest_ml + 1e-6) // step_ml * step_ml
        self._rest_ml -= gained_ml
        if bound_ml is not None and gained_ml >= bound_ml:
            gained_ml, self._rest_ml = bound_ml, 0.0
        return gained_ml, used_s

    def _rate(self, bound_ml: int | None) -> tuple[float, float]:
        """(ml a second, how long that holds)."""
        slow = bound_ml is not None and bound_ml <= SLOW_ML
        rate_ml_s = FULL_ML_S * (SLOW_PART if slow else 1.0)
        if self._ran_s < START_S:
            return rate_ml_s * (self._ran_s + START_STEP_S) / (START_S + START_STEP_S), START_STEP_S
        if bound_ml is None:
            return rate_ml_s, float("inf")
        to_go_ml = bound_ml if slow else bound_ml - SLOW_ML
        return rate_ml_s, max(START_STEP_S, (to_go_ml - self._rest_ml) / rate_ml_s)
