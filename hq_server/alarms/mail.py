"""Alarms by mail: all that has waited in one letter, in both languages."""

import smtplib
import ssl
from email.message import EmailMessage
from email.utils import formatdate, make_msgid

from sqlalchemy import Row

from hq_server.alarms.kinds import SEVERITIES, kind_of
from hq_server.alarms.store import RAISED
from hq_server.alarms.webhook import NotSent
from hq_server.config import Mail
from hq_server.web.figures import moment

TIMEOUT_S = 15
LINES_MAX = 100  # of one letter; the rest is on the page
WORDS = {"raised": "BEGINS 开始", "ended": "IS OVER 结束"}


def send(mail: Mail, steps: list[Row], chain: str) -> None:
    """One letter. Raises NotSent."""
    letter = written(mail, steps, chain)
    try:
        with _server(mail) as server:
            if mail.security == "starttls":
                server.starttls(context=ssl.create_default_context())
            if mail.user:
                server.login(mail.user, mail.password)
            server.send_message(letter)
    except (OSError, smtplib.SMTPException) as trouble:
        raise NotSent(repr(trouble)) from trouble


def _server(mail: Mail) -> smtplib.SMTP:
    if mail.security == "tls":
        return smtplib.SMTP_SSL(mail.host, mail.port, timeout=TIMEOUT_S, context=ssl.create_default_context())
    return smtplib.SMTP(mail.host, mail.port, timeout=TIMEOUT_S)


def written(mail: Mail, steps: list[Row], chain: str) -> EmailMessage:
    """The letter: what is worst is its subject."""
    letter = EmailMessage()
    letter["From"], letter["To"] = mail.sender, ", ".join(mail.to)
    letter["Subject"] = _subject(steps, chain)
    letter["Date"], letter["Message-ID"] = formatdate(), make_msgid(domain="tapwell.invalid")
    letter["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's holiday notice should answer
    parts = [_part(step) for step in steps[:LINES_MAX]]
    if len(steps) > LINES_MAX:
        parts.append(f"... {len(steps) - LINES_MAX} more 更多")
    letter.set_content("\n\n".join(parts) + "\n")
    return letter


def _subject(steps: list[Row], chain: str) -> str:
    worst = min(steps, key=lambda step: (step.what != RAISED, SEVERITIES.index(kind_of(step.kind).severity)))
    title = kind_of(worst.kind).words("en")[0]
    place = worst.terminal or worst.store
    more = f" (+{len(steps) - 1})" if len(steps) > 1 else ""
    over = "over: " if worst.what != RAISED else ""
    return f"[{chain}] {over}{place + ': ' if place else ''}{title}{more}"


def _part(step: Row) -> str:
    (title, do), (title_zh, do_zh) = (kind_of(step.kind).words(language) for language in ("en", "zh"))
    place = " ".join(word for word in (step.store, step.terminal) if word)
    lines = [f"{moment(step.at_s)}  {WORDS[step.what]}  {place}", f"{title} | {title_zh}"]
    if step.what == RAISED:
        lines += [f"-> {do}", f"-> {do_zh}"]
    return "\n".join(lines + ([f"({step.detail})"] if step.detail else []))
