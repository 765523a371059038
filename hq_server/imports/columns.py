"""The columns of each kind of file: what they are called, in whatever language, and how their cells are read."""

import re
from typing import NamedTuple

from hq_server.imports import fields
from hq_server.imports.fields import Parser

MEMBERS, GOODS, SALES = "members", "goods", "sales"
KINDS = (MEMBERS, GOODS, SALES)
SIGNS = re.compile(r"[\s_*:：\-.]+|[(（].*?[)）]")


class Scene(NamedTuple):
    """What reading a cell depends on. exponent: digits of the chain's minor unit."""

    exponent: int
    stores: frozenset[str]
    today: str


class Column(NamedTuple):
    """One column. names: (zh, en) as the template writes it; also: other names that files have."""

    id: str
    names: tuple[str, str]
    parser: Parser
    also: tuple[str, ...] = ()
    required: bool = False
    example: tuple[str, str] = ("", "")


def columns(kind: str, scene: Scene) -> tuple[Column, ...]:
    """The columns of a kind, in the order of its template."""
    return {MEMBERS: _members, GOODS: _goods, SALES: _sales}[kind](scene)


def _members(scene: Scene) -> tuple[Column, ...]:
    return (
        Column(
            "number",
            ("会员号", "Member number"),
            fields.text(64),
            ("会员编号", "number", "member no", "customer id"),
            True,
            ("10001", "10001"),
        ),
        Column("name", ("姓名", "Name"), fields.text(96), ("会员姓名", "full name"), False, ("王小明", "Ada Lovelace")),
        Column(
            "phone",
            ("手机号", "Phone"),
            fields.phone,
            ("手机", "电话", "手机号码", "mobile", "telephone"),
            False,
            ("13800000002", "+44 20 7946 0001"),
        ),
        Column("gender", ("性别", "Gender"), fields.one_of(fields.GENDER), ("sex",), False, ("女", "female")),
        Column(
            "birthday",
            ("生日", "Birthday"),
            fields.past_date(scene.today),
            ("出生日期", "date of birth"),
            False,
            ("1990-05-01", "1990-05-01"),
        ),
        Column("email", ("邮箱", "Email"), fields.text(128), ("电子邮箱", "e-mail", "mail")),
        Column(
            "card",
            ("卡号", "Card"),
            fields.card,
            ("card number", "卡片"),
            False,
            ("0001:04A1B2C3D4E5F6", "0001:04A1B2C3D4E5F6"),
        ),
        Column(
            "level",
            ("级别", "Level"),
            fields.text(16),
            ("等级", "会员级别", "会员等级", "tier"),
            False,
            ("regular", "regular"),
        ),
        Column("home", ("归属门店", "Home store"), fields.store(scene.stores), ("门店", "开卡门店", "store", "home")),
        Column(
            "joined",
            ("入会日期", "Joined"),
            fields.past_date(scene.today),
            ("开卡日期", "注册日期", "join date", "since"),
            False,
            ("2024-03-15", "2024-03-15"),
        ),
        Column("display", ("称呼", "Display name"), fields.text(32), ("昵称", "display", "nickname")),
        Column("tags", ("标签", "Tags"), fields.words, ("tag",)),
        Column("status", ("状态", "Status"), fields.one_of(fields.STATUS), ("会员状态",)),
        Column("consent", ("同意记录", "Consent"), fields.text(200), ("隐私同意",)),
    )


def _goods(scene: Scene) -> tuple[Column, ...]:
    places = scene.exponent + 3  # prices are kept in 1/1000 of a minor unit
    return (
        Column(
            "code",
            ("商品编码", "Code"),
            fields.text(24),
            ("编码", "货号", "条码", "条形码", "barcode", "sku"),
            True,
            ("6901234567890", "6901234567890"),
        ),
        Column(
            "name_zh",
            ("中文名称", "Chinese name"),
            fields.text(64),
            ("名称", "品名", "商品名称", "中文名", "name zh"),
            False,
            ("牛奶 1 升", "牛奶 1 升"),
        ),
        Column(
            "name_en",
            ("英文名称", "Name"),
            fields.text(64),
            ("英文名", "english name", "name en", "description"),
            False,
            ("Milk 1 l", "Milk 1 l"),
        ),
        Column(
            "price_milli",
            ("售价", "Price"),
            fields.decimal(places, 0),
            ("单价", "零售价", "标价", "unit price"),
            True,
            ("12.90", "1.29"),
        ),
        Column("unit", ("单位", "Unit"), fields.text(8), ("计量单位",), False, ("件", "piece")),
        Column("tax_code", ("税码", "Tax code"), fields.text(12), ("税类",)),
        Column("tax_bp", ("税率", "Tax rate"), _tax_rate, ("税率%", "tax", "vat"), False, ("13%", "19%")),
        Column(
            "category",
            ("类别", "Category"),
            fields.text(48),
            ("分类", "品类", "商品分类", "department"),
            False,
            ("乳品", "Dairy"),
        ),
    )


_percent = fields.decimal(2, 0)


def _tax_rate(said: str) -> int:
    found = _percent(said.rstrip("%％"))
    if not isinstance(found, int) or found > 10000:
        raise fields.Bad("out_of_range")
    return found


def _sales(scene: Scene) -> tuple[Column, ...]:
    money = fields.decimal(scene.exponent)
    return (
        Column(
            "store",
            ("门店", "Store"),
            fields.store(scene.stores),
            ("门店编码", "店铺", "shop", "branch"),
            True,
            ("0001", "0001"),
        ),
        Column(
            "document",
            ("单号", "Document"),
            fields.text(64),
            ("单据号", "小票号", "订单号", "receipt", "order", "basket"),
            True,
            ("A-20251231-017", "A-20251231-017"),
        ),
        Column(
            "date",
            ("日期", "Date"),
            fields.past_date(scene.today),
            ("交易日期", "营业日期", "销售日期", "sold on"),
            True,
            ("2025-12-31", "2025-12-31"),
        ),
        Column("time", ("时间", "Time"), fields.time_s, ("交易时间", "销售时间"), False, ("18:05", "18:05")),
        Column(
            "member",
            ("会员号", "Member number"),
            fields.text(64),
            ("会员编号", "member", "customer id"),
            False,
            ("10001", "10001"),
        ),
        Column("card", ("卡号", "Card"), fields.card, ("card number",)),
        Column(
            "code",
            ("商品编码", "Code"),
            fields.text(24),
            ("编码", "货号", "条码", "barcode", "sku", "product"),
            True,
            ("6901234567890", "6901234567890"),
        ),
        Column("qty_milli", ("数量", "Quantity"), fields.decimal(3), ("销售数量", "qty", "units"), True, ("2", "2")),
        Column(
            "paid_cents",
            ("实收金额", "Amount paid"),
            money,
            ("金额", "实收", "销售金额", "amount", "paid"),
            True,
            ("25.80", "2.58"),
        ),
        Column(
            "discount_cents", ("优惠金额", "Discount"), fields.decimal(scene.exponent, 0), ("优惠", "折扣", "折扣金额")
        ),
    )


def plain(header: str) -> str:
    """A header without what people put around it: 'Member No.*' and 'member_no' are the same."""
    return SIGNS.sub("", header).casefold()


def names_of(column: Column) -> set[str]:
    """All that a column may be called."""
    return {plain(name) for name in (column.id, *column.names, *column.also)}
