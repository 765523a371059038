"""XLSX files, read back by another library: the figures of the page, as numbers."""

import io
import json

import openpyxl
import pytest

from tests.hq_server.conftest import program, visit

PERIOD = "from=2026-11-16&to=2026-11-22"


@pytest.fixture(scope="module")
def finance(traded_hq):
    return visit(traded_hq, "finance", "files-finance")


@pytest.mark.parametrize("report, by", [("sales_summary", "store&by=day"), ("stored_value_ledger", "account"),
                                        ("sales_summary", "product")])
def test_file_says_what_the_api_says(traded_hq, finance, report, by):
    answer = finance.get(f"/reports/{report}.xlsx?{PERIOD}&by={by}")
    assert answer.headers["content-disposition"] == f'attachment; filename="{report}-2026-11-16-2026-11-22.xlsx"'
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).worksheets[0]
    told = finance.get(f"/api/v1/reports/{report}?{PERIOD}&by={by}").json()
    columns = {column["id"]: column for listed in finance.get("/api/v1/reports").json()["reports"]
               if listed["id"] == report for column in listed["columns"]}
    skip = len(told["question"]["by"])
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=5)]
    assert len(rows) == len(told["rows"]) + 1
    for row, line in zip(rows, [*told["rows"], {"values": told["total"]}], strict=True):
        for cell, (name, value) in zip(row[skip:], line["values"].items(), strict=True):
            divisor = {"money": 100, "count": 1, "quantity": 1000, "share": 100000}[columns[name]["unit"]]
            assert cell is None if value is None else cell == pytest.approx(value / divisor, abs=1e-9)
            assert not isinstance(cell, str)


def test_money_is_formatted_with_the_decimals_of_the_currency(finance):
    answer = finance.get(f"/reports/sales_summary.xlsx?{PERIOD}")
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).worksheets[0]
    heads = {cell.value: cell.column for cell in sheet[4]}
    assert sheet.cell(5, heads["Net sales"]).number_format == "#,##0.00"
    assert sheet.cell(5, heads["Members' share"]).number_format == "0.0%"


def test_file_in_chinese_with_its_definitions(finance):
    finance.cookies.set("tapwell_language", "zh")
    book = openpyxl.load_workbook(io.BytesIO(finance.get(f"/reports/sales_summary.xlsx?{PERIOD}").content))
    finance.cookies.set("tapwell_language", "en")
    assert book.sheetnames == ["销售统计", "指标说明"]
    assert "充值不是销售" in book.worksheets[1]["B1"].value


def test_downloads_are_recorded(traded_hq, finance):
    finance.get(f"/reports/sales_summary.xlsx?{PERIOD}")
    assert "files-finance" in finance.get("/audit?action=report_exported").text


def test_programs_read_reports_with_their_key(traded_hq):
    checker = program(traded_hq, "finance", "files-checker")
    told = checker.get(f"/api/v1/reports/stored_value_ledger?{PERIOD}&by=issuer").json()
    assert json.dumps(told["total"]) and told["total"]["closing"] == sum(r["values"]["closing"] for r in told["rows"])
    assert checker.get("/api/v1/reports/no_such").status_code == 404
