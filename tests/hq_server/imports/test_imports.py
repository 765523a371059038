"""Files as people have them, through the whole import, on a chain before its first sale."""

import io

import openpyxl
import pytest

from hq_server.errors import HqError
from hq_server.goods import store as goods
from hq_server.imports import columns, reading, store, templates
from hq_server.imports.run import bring
from hq_server.members import store as members

MEMBERS = """会员号,姓名,性别,生日,卡号,归属门店,入会日期,标签,备注
10001,王小明,女,1990/5/1,0001:04AABBCCDDEE01,1,2024-03-15,"早鸟，vip",x
10002,Ada Lovelace,,,,0002,2023年12月31日,,
"""
GOODS = """Code;Chinese name;Name;Price;Unit;Tax rate;Category
4001;;Milk 1 l;1.29;piece;7%;Dairy
9001;茶;Tea;12,5;piece;19;Drinks
"""
SALES = """Store,Document,Date,Time,Member number,Code,Quantity,Amount paid,Discount
0001,A-1,2025-12-31,23:30,10001,9001,2,20.00,5.00
0001,A-1,2025-12-31,23:30,10001,4001,1.5,1.94,
0001,A-2,2026-01-02,,,9001,-1,-10.00,2.50
0002,A-1,2026-01-03,09:00,10002,7777,1,3.00,
"""


def done(hq, kind: str, text: str, dry_run: bool = False, encoding: str = "utf-8"):
    with hq.db.write() as connection:
        return bring(connection, hq, kind, text.encode(encoding), "file.csv", "tester", dry_run)


def counts(result) -> tuple:
    return result.added, result.changed, result.same, result.wrong_count, result.done


@pytest.fixture()
def settled(hq):
    done(hq, "members", MEMBERS)
    done(hq, "goods", GOODS)
    return hq


def test_members_come_with_card_person_and_the_day_they_joined(hq):
    result = done(hq, "members", MEMBERS)
    assert counts(result) == (2, 0, 0, 0, True) and result.unused == ["备注"]
    with hq.db.read() as connection:
        known = store.accounts_of_numbers(connection, ["10001", "10002"])
        row, person = (ask(connection, known["10001"]) for ask in (members.member_row, members.person_row))
        assert store.accounts_of_cards(connection, ["0001:04AABBCCDDEE01"]) == {"0001:04AABBCCDDEE01": known["10001"]}
    assert (row.home, row.joined_at, row.tags) == ("0001", "0001", '["vip", "\\u65e9\\u9e1f"]')
    assert row.joined_at_s == 1710504000  # noon of 15 March 2024
    assert (person.name, person.gender, person.birthday) == ("王小明", "female", "1990-05-01")


def test_the_same_file_twice_changes_nothing(settled):
    done(settled, "sales", SALES)
    again = [done(settled, kind, text) for kind, text in (("members", MEMBERS), ("goods", GOODS), ("sales", SALES))]
    assert [counts(one) for one in again] == [(0, 0, 2, 0, True), (0, 0, 2, 0, True), (0, 0, 3, 0, True)]


def test_only_what_differs_is_changed(settled):
    with settled.db.read() as connection:
        account = store.accounts_of_numbers(connection, ["10001"])["10001"]
    result = done(settled, "members", "会员号,级别,手机号\n10001,gold,13800000002\n10002,regular,\n")
    assert counts(result) == (0, 1, 1, 0, True)
    with settled.db.read() as connection:
        row, person = members.member_row(connection, account), members.person_row(connection, account)
    assert (row.level, person.phone, person.name, person.birthday) == ("gold", "13800000002", "王小明", "1990-05-01")


def test_a_member_who_is_there_is_found_by_card(hq):
    card = "0001:04A1B2C3D4E501"
    assert counts(done(hq, "members", f"number,card,name\n777,{card},Ada King\n")) == (0, 1, 0, 0, True)
    assert counts(done(hq, "members", "number,name\n777,Ada King\n")) == (0, 0, 1, 0, True)
    other = done(hq, "members", "number,card\n777,0001:04A1B2C3D4E502\n")
    assert [(wrong.row, wrong.column, wrong.reason) for wrong in other.wrong] == [(2, "card", "card_taken")]


def test_goods_are_written_once_and_the_version_rises_once(hq):
    with hq.db.read() as connection:
        before = goods.version(connection)
    assert counts(done(hq, "goods", GOODS)) == (1, 1, 0, 0, True)
    with hq.db.read() as connection:
        rows = {row.code: row for row in goods.goods_page(connection)}
        assert goods.version(connection) == before + 1
    assert (rows["9001"].price_milli, rows["9001"].tax_bp, rows["9001"].name_zh) == (1_250_000, 1900, "茶")
    assert (rows["4001"].name_zh, rows["4001"].category) == ("牛奶 1 升", "Dairy"), "an empty cell changes nothing"


def test_past_sales_are_history_and_touch_no_book(settled):
    def booked(connection):
        return [connection.execute(settled_table.select()).all() for settled_table in books]

    from hq_server.ingest.store import event
    from hq_server.ledger.store import entry

    books = (event, entry)
    with settled.db.read() as connection:
        before, version = booked(connection), store.import_version(connection)
    result = done(settled, "sales", SALES)
    assert counts(result) == (3, 0, 0, 0, True) and result.notes == {"unknown_goods": 1, "no_member": 1}
    with settled.db.read() as connection:
        assert booked(connection) == before
        assert store.import_version(connection) > version
        told = list(store.documents(connection))
        account = store.accounts_of_numbers(connection, ["10001"])["10001"]
    assert [(one.store, one.business_date, one.account == account, one.lines) for one in told] == [
        ("0001", "2025-12-31", True, ((1, "9001", 2000, 2500, 500), (2, "4001", 1500, 194, 0))),
        ("0001", "2026-01-02", False, ((1, "9001", -1000, -1250, -250),)),
        ("0002", "2026-01-03", False, ((1, "7777", 1000, 300, 0),)),
    ]
    assert told[0].at_s == 1767223800  # 23:30 at the store, which keeps UTC


def test_a_corrected_document_takes_the_place_of_the_old_one(settled):
    done(settled, "sales", SALES)
    with settled.db.read() as connection:
        version = store.import_version(connection)
    assert counts(done(settled, "sales", SALES.replace(",3.00,", ",4.00,"))) == (0, 1, 2, 0, True)
    with settled.db.read() as connection:
        assert store.import_version(connection) > version
        told = list(store.documents(connection))
    assert len(told) == 3 and told[-1].lines == ((1, "7777", 1000, 400, 0),)


def test_a_dry_run_tells_the_same_and_changes_nothing(settled):
    assert counts(done(settled, "sales", SALES, dry_run=True)) == (3, 0, 0, 0, False)
    assert counts(done(settled, "members", "number\n9\n", dry_run=True)) == (1, 0, 0, 0, False)
    with settled.db.read() as connection:
        assert list(store.documents(connection)) == []
        assert store.accounts_of_numbers(connection, ["9"]) == {}


def test_errors_name_row_and_column_and_nothing_is_done(settled):
    wrong = SALES + "\n0009,B-1,2026-02-30,,99,4001,one,1.005,\n0001,A-2,2026-01-02,,10001,4001,1,1.00,\n"
    result = done(settled, "sales", wrong)
    assert not result.done
    assert [(one.row, one.column, one.value, one.reason) for one in result.wrong] == [
        (7, "Store", "0009", "no_store"),
        (7, "Date", "2026-02-30", "no_date"),
        (7, "Quantity", "one", "no_number"),
        (7, "Amount paid", "1.005", "too_fine"),
        (8, "Member number", "10001", "document_differs"),
    ]
    unknown = done(settled, "sales", SALES.replace("10002", "10009"))
    assert [(one.row, one.column, one.reason) for one in unknown.wrong] == [(5, "Member number", "no_member")]
    with settled.db.read() as connection:
        assert list(store.documents(connection)) == []


def test_a_number_twice_in_one_file_is_nobodys_to_choose(hq):
    result = done(hq, "members", "会员号,姓名\n1,Ada\n1,Bea\n")
    assert [(one.row, one.value, one.reason) for one in result.wrong] == [(3, "1", "doubled")]
    assert not result.done


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_any_encoding_that_spreadsheets_write(hq, encoding):
    assert counts(done(hq, "members", MEMBERS, encoding=encoding)) == (2, 0, 0, 0, True)


def test_xlsx_with_numbers_dates_and_blank_rows(hq):
    import datetime as dt

    book = openpyxl.Workbook()
    sheet = book.active
    for row in ([], ["Member number*", "Birthday", "Store"], [10001.0, dt.datetime(1990, 5, 1), 1], [], ["10002"]):
        sheet.append(row)
    buffer = io.BytesIO()
    book.save(buffer)
    with hq.db.write() as connection:
        result = bring(connection, hq, "members", buffer.getvalue(), "file.xlsx", "tester", False)
        known = store.accounts_of_numbers(connection, ["10001"])
        assert members.person_row(connection, known["10001"]).birthday == "1990-05-01"
    assert counts(result) == (2, 0, 0, 0, True)


def test_a_number_that_a_spreadsheet_has_shortened_is_refused():
    assert reading._cell(6.901234567890123e17) == reading.SHORTENED
    assert reading._cell(690123456789.0) == "690123456789"


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", "unreadable_file"),
        (b"\n \n", "unreadable_file"),
        (b"PK\x03\x04 and nothing more", "unreadable_file"),
        (b"\x00\x01\x02,\x03", "unreadable_file"),
        (b"\xff\xff\xff\xff", "unreadable_file"),
        (b"name,phone\nAda,1\n", "missing_column"),
        (b"number,Member number\n1,2\n", "doubled_column"),
    ],
)
def test_files_that_cannot_be_read(hq, raw, reason):
    with pytest.raises(HqError) as told, hq.db.write() as connection:
        bring(connection, hq, "members", raw, "file.csv", "tester", False)
    assert told.value.reason == reason


@pytest.mark.parametrize("kind", columns.KINDS)
@pytest.mark.parametrize("language", templates.LANGUAGES)
@pytest.mark.parametrize("made", [templates.as_csv, templates.as_xlsx])
def test_a_template_filled_in_as_its_example_is_taken(hq, kind, language, made):
    if kind == "sales":
        with hq.db.write() as connection:
            bring(connection, hq, "members", made("members", language), "template", "tester", False)
    with hq.db.write() as connection:
        result = bring(connection, hq, kind, made(kind, language), "template", "tester", False)
    assert result.wrong == [] and counts(result) == (1, 0, 0, 0, True)


def test_columns_of_a_kind_cannot_be_mistaken_for_each_other():
    for kind in columns.KINDS:
        found = columns.columns(kind, templates.ANY)
        for place in (0, 1):
            titles = [columns.plain(one.names[place]) for one in found]
            assert len(set(titles)) == len(titles)
