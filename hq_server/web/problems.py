"""Errors as pages: 401 leads to the sign-in page, others say in the reader's language what happened and what to do."""

from urllib.parse import quote

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse
from starlette.exceptions import HTTPException

from hq_server.access import guard
from hq_server.errors import HqError
from hq_server.web.render import show
from hq_server.web_tools import answer, refuse

PROGRAM_PATHS = guard.PROGRAM_PATHS
PAGES = (403, 404, 500)  # problem.<status>.title and .text are in the catalogues


async def refuse_page(request: Request, wrong: Exception) -> Response:
    """The handler of HqError for pages; programs get JSON as everywhere."""
    assert isinstance(wrong, HqError)
    if request.url.path.startswith(PROGRAM_PATHS):
        return await refuse(request, wrong)
    if wrong.status == 401:
        query = "?" + request.url.query if request.url.query else ""
        wanted = request.url.path + query if request.method == "GET" else "/"
        return RedirectResponse("/sign-in?then=" + quote(wanted), 303)
    number = wrong.status if wrong.status in PAGES else 400
    return show(request, "problem.html", wrong.status, number=number, reason=wrong.reason)


async def refuse_http(request: Request, wrong: Exception) -> Response:
    """What the framework itself refuses: unknown paths, wrong methods."""
    assert isinstance(wrong, HTTPException)
    if request.url.path.startswith(PROGRAM_PATHS):
        return answer({"reason": "not_found" if wrong.status_code == 404 else "refused", "detail": wrong.detail},
                      wrong.status_code)
    return show(request, "problem.html", wrong.status_code, number=404 if wrong.status_code == 404 else 400)


async def refuse_values(request: Request, wrong: Exception) -> Response:
    """A field is missing or is not what it should be."""
    assert isinstance(wrong, RequestValidationError)
    if request.url.path.startswith(PROGRAM_PATHS):
        first = wrong.errors()[0]
        detail = "%s: %s" % (".".join(map(str, first["loc"])), first["msg"])
        return answer({"reason": "malformed", "detail": detail}, 400)
    return show(request, "problem.html", 400, number=400)


async def broken(request: Request, wrong: Exception) -> Response:
    """A bug: the server's log has it, the reader gets a page without its innards."""
    if request.url.path.startswith(PROGRAM_PATHS):
        return answer({"reason": "broken", "detail": "see the server's log"}, 500)
    return show(request, "problem.html", 500, number=500)


def add_problem_pages(app: FastAPI) -> None:
    app.add_exception_handler(HqError, refuse_page)
    app.add_exception_handler(HTTPException, refuse_http)
    app.add_exception_handler(RequestValidationError, refuse_values)
    app.add_exception_handler(Exception, broken)
