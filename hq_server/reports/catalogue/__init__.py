"""The reports there are."""

from hq_server.reports.catalogue import finance, fuel, members, other, outlook, sales, value

_AREAS = (sales, finance, value, fuel, members, outlook, other)
REPORTS = {report.id: report for area in _AREAS for report in area.REPORTS}
