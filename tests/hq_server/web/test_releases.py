"""Releases on pages: taken in, rolled out, paused and rolled back by an owner; looked at by everybody else."""

import re

import pytest

from hq_server.fleet import endpoints as fleet_endpoints
from hq_server.fleet.peer import Gateway
from hq_server.fleet.schemas import Heartbeat, TerminalLife, TerminalUpdate
from tests.hq_server.conftest import guard_of, visit
from tests.hq_server.releases.signed import image, manifest, modulus


@pytest.fixture()
def owner(hq):
    client = visit(hq, "administrator")
    reader = TerminalLife("0001-reader1", online=True, last_seen_s=hq.now_s(), board="host",
                          update=TerminalUpdate(kind="rom", number=4))  # fmt: skip
    fleet_endpoints._heartbeat(hq, Gateway("0001", "1" * 32, "enrolled"), Heartbeat(terminals=[reader]))
    return client


def post(client, path: str, page: str = "/releases", files=None, **values):
    guard = guard_of(client.get(page).text)
    return client.post(path, data={"guard": guard, **values}, files=files)


def upload(client, *bodies: bytes):
    return post(client, "/releases", files=[("files", (f"f{n}", body)) for n, body in enumerate(bodies)])


def test_a_release_is_rolled_out_from_the_pages(owner):
    assert "release.key" in owner.get("/releases").text
    assert "no release.key" in post(owner, "/releases/key", files={"key": ("release.key", b"short")}).text
    assert "checked by this key" in post(owner, "/releases/key", files={"key": ("release.key", modulus())}).text
    assert "Boards would refuse" in upload(owner, image(5), manifest(6)).text
    assert "reader-rom-5" in upload(owner, image(5), manifest(5)).text
    started = post(owner, "/rollouts", release="reader-rom-5", canary="0001-reader1", first="0002", rest="yes",
                   trouble_max="1", soak_h="0.5")  # fmt: skip
    assert started.url.path == "/rollouts/1" and "1 of 3: first terminals" in started.text
    assert re.search(r"0001-reader1.*?waiting", started.text, re.S) and "for 0.5 h" in started.text
    assert "paused" in post(owner, "/rollouts/1/pause", "/rollouts/1").text
    assert "It goes on" in post(owner, "/rollouts/1/resume", "/rollouts/1").text
    assert "2 of 3: first stores" in owner.get("/rollouts/1").text
    assert "rolled back" in post(owner, "/rollouts/1/roll_back", "/rollouts/1").text
    assert "reader-rom-5" in owner.get("/audit").text
    owner.cookies.set("tapwell_language", "zh")
    assert "已回退" in owner.get("/rollouts/1").text and "首批终端" in owner.get("/releases").text


@pytest.mark.parametrize("wrong", [{"canary": "0009-pos1"}, {"soak_h": "soon"}, {"trouble_max": "-1"}, {"rest": ""}])
def test_rings_that_cannot_be_are_said(owner, wrong):
    post(owner, "/releases/key", files={"key": ("release.key", modulus())})
    upload(owner, image(5), manifest(5))
    told = post(owner, "/rollouts", **({"release": "reader-rom-5", "rest": "yes"} | wrong))
    assert told.status_code == 400 and "These rings cannot be" in told.text


def test_others_only_look(owner, hq):
    post(owner, "/releases/key", files={"key": ("release.key", modulus())})
    upload(owner, image(5), manifest(5))
    looker = visit(hq, "viewer")
    page = looker.get("/releases").text
    assert "reader-rom-5" in page and 'action="/releases"' not in page and 'action="/rollouts"' not in page
    guard = guard_of(looker.get("/account").text)
    assert looker.post("/rollouts", data={"guard": guard, "release": "reader-rom-5", "rest": "yes"}).status_code == 403
