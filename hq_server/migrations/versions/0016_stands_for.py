"""fuel: which card a card with limits stands for, so that one that took another's place goes on with its day"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    op.add_column("fuel_card_limit", sa.Column("stands_for", sa.String(length=25), nullable=False, server_default=""))
    card = sa.table("card", sa.column("card"), sa.column("replaced_by"))
    limit = sa.table("fuel_card_limit", sa.column("card"), sa.column("stands_for"))
    database = op.get_bind()
    before = {new: old for old, new in database.execute(sa.select(card).where(card.c.replaced_by != ""))}
    for (number,) in database.execute(sa.select(limit.c.card)).all():
        first = number
        while first in before:
            first = before[first]
        if first != number:
            database.execute(limit.update().where(limit.c.card == number).values(stands_for=first))


def downgrade() -> None:
    op.drop_column("fuel_card_limit", "stands_for")
