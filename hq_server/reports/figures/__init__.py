"""Every figure there is: one table, each with its unit, its kind and a sentence in both languages."""

from hq_server.reports.figures import fuel, ledgers, members, outlook, rows, sales, till, value

MEASURES = {one.id: one for part in (sales, till, fuel, ledgers, value, members, outlook, rows) for one in part.FIGURES}
