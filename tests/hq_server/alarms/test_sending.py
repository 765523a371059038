"""Alarms go out to a real web server and a real mail server, in order, and again after trouble."""

import json
import ssl
from email import message_from_bytes, policy

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from typer.testing import CliRunner

from hq_server import commands
from hq_server.alarms import sending, store, webhook
from hq_server.bootstrap import open_hq
from hq_server.config import Mail, Webhook, read_config
from tests.gateway.authority import Authority
from tests.hq_server import engines
from tests.hq_server.alarms.receiver import Receiver
from tools.processes import free_ports

SECRET = b"between us"


class Postbox:
    """A mail server with STARTTLS and a password; keeps its letters."""

    def __init__(self, folder):
        authority = Authority()
        (folder / "ca.pem").write_bytes(authority.pem())
        authority.issue(folder, "mail", "mail", ("localhost", "127.0.0.1"))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(folder / "mail.pem", folder / "mail.key")
        self.letters, self.refusing = [], False
        more = {"authenticator": self._knows, "auth_required": True, "require_starttls": True, "tls_context": context}
        (self.port,) = free_ports(1)
        self.controller = Controller(self, hostname="127.0.0.1", port=self.port, **more)
        self.controller.start()

    def _knows(self, _server, _session, _envelope, _mechanism, data):
        return AuthResult(success=(data.login, data.password) == (b"hq", b"open sesame"))

    async def handle_DATA(self, _server, _session, envelope) -> str:
        if self.refusing:
            return "451 later"
        self.letters.append((envelope.rcpt_tos, message_from_bytes(envelope.content, policy=policy.default)))
        return "250 OK"


@pytest.fixture()
def receiver():
    one = Receiver()
    yield one
    one.close()


def configured(hq, **parts):
    """Head office with these ways out and a clock that a test sets."""
    for name, value in parts.items():
        object.__setattr__(hq.config, name, value)
    at = {"s": hq.now_s()}
    hq.now_s = lambda: at["s"]
    sending.deliver(hq)  # what happened before a way out is opened is not told
    return at


def happens(hq, kind: str, what: str = "raised", code: str = "0001") -> None:
    with hq.db.write() as connection:
        if what == "raised":
            store.raise_alarm(connection, kind, code, "as seen", hq.now_s())
        else:
            (row,) = [row for row in store.open_alarms(connection) if row.kind == kind]
            store.close_alarm(connection, row.id, store.ITSELF, hq.now_s())


def way(hq, name: str):
    with hq.db.read() as connection:
        return next(row for row in store.channels(connection) if row.channel == name)


def test_a_signature_is_of_time_and_body():
    """As openssl works it out: printf '%s' '1700000000.{"step":1}' | openssl dgst -sha256 -hmac 'between us'"""
    expected = "2084c200fbecda825c7c7b0944681c3a8317e778d29a6190be1f05e5c3b958e4"
    assert webhook.signature(b"between us", 1_700_000_000, b'{"step":1}') == f"t=1700000000,v1={expected}"


def test_posts_are_signed_in_order_and_repeated_until_they_are_taken(hq, receiver):
    happens(hq, "disk_low")
    at = configured(hq, webhook=Webhook(receiver.url, SECRET))
    happens(hq, "store_silent")
    happens(hq, "store_silent", "ended")
    sending.deliver(hq)
    assert receiver.told() == [("raised", "store_silent"), ("ended", "store_silent")]
    path, headers, body = receiver.took[0]
    assert path == "/hook?chain=1" and headers["Content-Type"] == "application/json"
    assert headers["Tapwell-Signature"] == webhook.signature(SECRET, at["s"], body)
    told = json.loads(body)
    assert (told["severity"], told["store"], told["title"]["zh"]) == ("urgent", "0001", "门店无应答")
    assert set(told["do"]) == {"en", "zh"}

    receiver.answers = [302, 503, 204]
    happens(hq, "disk_low", code="0002")
    for tries, wait_s in ((1, 10), (2, 30)):
        sending.deliver(hq)
        assert (way(hq, "webhook").tries, way(hq, "webhook").due_at_s) == (tries, at["s"] + wait_s)
        before = len(receiver.took)
        sending.deliver(hq)
        assert len(receiver.took) == before, "it is not due yet"
        at["s"] += wait_s
    assert "503" in way(hq, "webhook").error
    sending.deliver(hq)
    assert [path for path, _, _ in receiver.took] == ["/hook?chain=1"] * 5, "no redirect is followed"
    steps = [headers["Tapwell-Step"] for _, headers, _ in receiver.took[2:]]
    assert len(set(steps)) == 1, "a repeat has the number of the first"
    assert (way(hq, "webhook").tries, way(hq, "webhook").error) == (0, "")


def test_what_is_too_harmless_is_left_out_and_one_process_sends(hq, receiver):
    configured(hq, webhook=Webhook(receiver.url, SECRET, least="urgent"))
    happens(hq, "disk_low")
    happens(hq, "store_closed")
    with hq.db.write() as connection:
        store.set_channel(connection, "webhook", busy_until_s=hq.now_s() + 60)
    sending.deliver(hq)
    assert receiver.told() == []
    with hq.db.write() as connection:
        store.set_channel(connection, "webhook", busy_until_s=0)
    sending.deliver(hq)
    sending.deliver(hq)
    assert receiver.told() == [("raised", "store_closed")]


def test_nobody_there_is_no_harm(hq, receiver):
    configured(hq, webhook=Webhook(receiver.url, SECRET))
    receiver.close()
    happens(hq, "store_silent")
    sending.deliver(hq)
    assert way(hq, "webhook").tries == 1 and "refused" in way(hq, "webhook").error.lower()


def test_mail_is_one_letter_for_all_that_has_waited(hq, tmp_path, monkeypatch):
    postbox = Postbox(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    mail = Mail(("kim@example.org", "lin@example.org"), "hq@example.org", "localhost", postbox.port, "starttls", "hq",
                "open sesame")  # fmt: skip
    at = configured(hq, mail=mail)
    happens(hq, "disk_low")
    happens(hq, "store_silent", code="0002")
    happens(hq, "duplicate_request")
    happens(hq, "disk_low", "ended")
    sending.deliver(hq)
    assert postbox.letters == [], "it waits for what else happens"
    at["s"] += sending.DIGEST_S
    postbox.refusing = True
    sending.deliver(hq)
    assert way(hq, "mail").tries == 1 and "451" in way(hq, "mail").error
    postbox.refusing, at["s"] = False, at["s"] + 10
    sending.deliver(hq)
    ((whom, letter),) = postbox.letters
    assert whom == ["kim@example.org", "lin@example.org"]
    assert letter["Subject"] == "[Harbour Stores] 0002: The store does not answer (+2)"
    text = letter.get_content()
    assert "门店无应答" in text and "IS OVER" in text and "delivered twice" not in text
    postbox.controller.stop()


def test_hq_toml_names_the_ways_out(hq):
    directory = hq.config.dir
    (directory / "hook.secret").write_text("between us\n")
    with (directory / "hq.toml").open("a") as file:
        file.write('[alarms]\nwebhook = "https://example.org/x"\nwebhook_secret_file = "hook.secret"\n')
        file.write('mail_to = ["kim@example.org"]\nmail_from = "hq@example.org"\nmail_host = "localhost"\n')
    read = read_config(directory)
    assert read.webhook == Webhook("https://example.org/x", SECRET)
    assert read.mail == Mail(("kim@example.org",), "hq@example.org", "localhost")
    assert "between us" not in repr(read)


def test_commands_list_close_and_try(tmp_path, receiver):
    def says(*words: str) -> str:
        done = CliRunner().invoke(commands.app, [*words, "--dir", str(tmp_path)])
        assert done.exit_code == 0, done.output
        return done.output

    says("init", "--database", engines.new_url())
    hq = open_hq(read_config(tmp_path))
    happens(hq, "duplicate_request")
    hq.close()
    assert "-> " in says("alarm", "list") and "请求重复上传" in says("alarm", "list", "--language", "zh")
    number = json.loads(says("alarm", "list", "--json"))["alarms"][0]["id"]
    assert "noted" in says("alarm", "close", str(number)) and says("alarm", "list").strip() == "No alarm."
    (tmp_path / "hook.secret").write_text("between us\n")
    with (tmp_path / "hq.toml").open("a") as file:
        file.write(f'[alarms]\nwebhook = "{receiver.url}"\nwebhook_secret_file = "hook.secret"\n')
    assert says("alarm", "test").strip() == "webhook: sent"
    assert receiver.told() == [("raised", "alarm")]
