"""`python -m hq_server` is `tapwell hq`."""

from hq_server.commands import app

app(prog_name="tapwell hq")
