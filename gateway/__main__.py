"""`python -m gateway` is `tapwell gateway`."""

from gateway.commands import app

app(prog_name="tapwell gateway")
