"""`tapwell hq import ...`: members, goods and past sales from CSV or XLSX."""

from pathlib import Path
from typing import Annotated

import typer

from hq_server.console import HERE, WHO, Dir, Json, writing
from hq_server.errors import HqError
from hq_server.imports import templates
from hq_server.imports.columns import GOODS, KINDS, MEMBERS, SALES
from hq_server.imports.run import Result, bring
from hq_server.web.language import translator

app = typer.Typer(no_args_is_help=True, help="Members, goods and past sales from CSV or XLSX.")
SHOWN = 20

Table = Annotated[Path, typer.Argument(help="CSV in any encoding, or XLSX.")]
Dry = Annotated[bool, typer.Option("--dry-run", help="Say what it would do; change nothing.")]
Language = Annotated[str, typer.Option(help="zh or en")]


@app.command(MEMBERS)
def import_members(
    file: Table, directory: Dir = HERE, dry_run: Dry = False, language: Language = "en", as_json: Json = False
) -> None:
    """Members with card, person and the day they joined; found by their old number, else by card."""
    _import(MEMBERS, file, directory, dry_run, language, as_json)


@app.command(GOODS)
def import_goods(
    file: Table, directory: Dir = HERE, dry_run: Dry = False, language: Language = "en", as_json: Json = False
) -> None:
    """Goods by code; prices in units of the currency."""
    _import(GOODS, file, directory, dry_run, language, as_json)


@app.command(SALES)
def import_sales(
    file: Table, directory: Dir = HERE, dry_run: Dry = False, language: Language = "en", as_json: Json = False
) -> None:
    """Past sales, one line a row, for reports; no book is touched."""
    _import(SALES, file, directory, dry_run, language, as_json)


@app.command()
def template(
    kind: Annotated[str, typer.Argument(help="members, goods or sales")],
    to: Annotated[Path, typer.Option(help="The file to write: .csv or .xlsx")],
    language: Language = "en",
) -> None:
    """Writes a file to fill in."""
    if kind not in KINDS or language not in templates.LANGUAGES:
        raise typer.BadParameter("kinds: %s; languages: zh, en" % ", ".join(KINDS))
    made = templates.as_csv if to.suffix == ".csv" else templates.as_xlsx
    to.write_bytes(made(kind, language))


def _import(kind: str, file: Path, directory: Path, dry_run: bool, language: str, as_json: bool) -> None:
    raw = file.read_bytes()
    with writing(directory, as_json) as (hq, connection, told):
        result = bring(connection, hq, kind, raw, file.name, WHO, dry_run)
        said = in_words(result, language)
        if result.wrong_count and not as_json:
            raise HqError("bad_rows", said)
        told(result._asdict() | {"wrong": [wrong._asdict() for wrong in result.wrong]}, said)


def in_words(result: Result, language: str) -> str:
    """What an import did, or why it did nothing, line by line."""
    t = translator(language)
    lines = [t(f"import.said.{'done' if result.done else 'dry'}", **_counts(result))]
    lines += [t("import.said.note", note=t("import.note." + name), n=n) for name, n in result.notes.items()]
    if result.unused:
        lines.append(t("import.said.unused", names=", ".join(result.unused)))
    if result.wrong_count:
        lines = [t("import.said.wrong", n=result.wrong_count)]
        for row, column, value, reason in result.wrong[:SHOWN]:
            lines.append(t("import.said.cell", row=row, column=column, value=value, why=t("import.bad." + reason)))
    return "\n".join(lines)


def _counts(result: Result) -> dict[str, int]:
    return {name: getattr(result, name) for name in ("rows", "added", "changed", "same")}
