"""Gateways and their incarnations on a database."""

from collections.abc import Mapping

from hq_server.fleet import store as fleet
from hq_server.fleet.snapshot import tell_all
from hq_server.vault.rows import Gateway, Life
from hq_server.vault.sql_parts import Part

# what a right of issuing is for -> the column of the store that bounds it
RIGHTS = {
    "principal": "right_principal", "bonus": "right_bonus", "points": "right_points", "punch": "right_punches",
    **{"adjust:" + asset: "right_adjust" for asset in ("principal", "bonus", "points", "punch")},
}


class SqlLives(Part):
    """Lives of hq_server.vault.books."""

    def gateway(self, store: str) -> Gateway | None:
        row = fleet.gateway_values(self.connection, store, Gateway._fields)
        return Gateway(*row) if row is not None else None

    def enrolled(self) -> list[Gateway]:
        return [_gateway(row) for row in fleet.enrolled_gateways(self.connection)]

    def set_gateway(self, store: str, **values) -> None:
        fleet.set_gateway(self.connection, store, **values)

    def life(self, incarnation: str) -> Life | None:
        row = fleet.incarnation_values(self.connection, incarnation, Life._fields)
        return Life(*row) if row is not None else None

    def add_life(self, life: Life) -> None:
        fleet.add_incarnation(self.connection, self.now_s, **life._asdict())

    def set_life(self, incarnation: str, **values) -> None:
        fleet.set_incarnation(self.connection, incarnation, **values)

    def last_receipt(self, store: str) -> int:
        return fleet.last_receipt(self.connection, store)

    def cover(self, store: str) -> Mapping[str, int]:
        row = fleet.store_row(self.connection, store)
        return {asset: getattr(row, column) for asset, column in RIGHTS.items()} if row is not None else {}

    def snapshot(self, store: str, incarnation: str) -> None:
        tell_all(self.connection, self.post, self.keys, self.sealer, store, incarnation, self.now_s)


def _gateway(row) -> Gateway:
    return Gateway(row.store, row.incarnation, row.status, row.heartbeat_at_s)
