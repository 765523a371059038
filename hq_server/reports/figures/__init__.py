"""Every figure there is: one table, each with its unit, its kind and a sentence in both languages."""

from hq_server.reports.figures import fuel, late, ledgers, litres, members, outlook, rows, sales, till, value

_AREAS = (sales, till, fuel, litres, ledgers, value, late, members, outlook, rows)
MEASURES = {one.id: one for area in _AREAS for one in area.FIGURES}
