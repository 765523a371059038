"""Adds the console to the application for people and programs."""

from pathlib import Path

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles

from hq_server.reports import endpoints as report_files
from hq_server.web import (
    admin_pages,
    alarm_pages,
    card_pages,
    case_pages,
    company_pages,
    fuel_hold_pages,
    fuel_pages,
    fuel_points_pages,
    home_page,
    import_pages,
    ledger_pages,
    member_pages,
    recovery_pages,
    release_pages,
    report_pages,
    segment_pages,
    sign_in_pages,
    store_pages,
    user_pages,
)
from hq_server.web.headers import add_headers
from hq_server.web.problems import add_problem_pages

PAGES = (
    sign_in_pages, home_page, store_pages, alarm_pages, release_pages, member_pages, card_pages, case_pages,
    recovery_pages, fuel_pages, fuel_points_pages, fuel_hold_pages, company_pages, ledger_pages, import_pages,
    report_pages, segment_pages, user_pages, admin_pages, report_files,
)


def add_console(app: FastAPI) -> None:
    """Pages, static files, error pages and headers. Programs get JSON errors below /api/."""
    app.mount("/static", StaticFiles(directory=Path(__file__).parent / "static"), name="static")
    for pages in PAGES:
        app.include_router(pages.router)
    add_problem_pages(app)
    app.middleware("http")(add_headers)
