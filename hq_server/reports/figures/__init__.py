"""Every figure there is: one table, each with its unit, its kind and a sentence in both languages."""

from hq_server.reports.figures import ledgers, members, outlook, rows, sales, till, value

MEASURES = {one.id: one for part in (sales, till, ledgers, value, members, outlook, rows) for one in part.FIGURES}
