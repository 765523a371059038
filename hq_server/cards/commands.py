"""`tapwell hq card ...`: cards and the deny list at the console."""

from pathlib import Path
from typing import Annotated

import typer

from hq_server.access.guard import Visitor
from hq_server.access.roles import ADMINISTRATOR
from hq_server.access.store import add_audit
from hq_server.blocks import store as blocks
from hq_server.blocks.telling import standings, told_as
from hq_server.bootstrap import Hq
from hq_server.cards import changes, telling
from hq_server.chain.store import the_chain
from hq_server.console import HERE, WHO, Dir, Json, writing
from hq_server.members import changes as members
from protocol.money import money_text

app = typer.Typer(no_args_is_help=True, help="Cards.")
Reason = Annotated[str, typer.Option(help="Why, for the deny list and the audit record.")]
KeySets = Annotated[str, typer.Option(help="What it was made with: '1:3 2:1' is set 3 of region 1, set 1 of region 2.")]
SHOWN = 200


@app.command("add")
def card_add(
    card: str,
    account: Annotated[str, typer.Option()],
    directory: Dir = HERE,
    key_sets: KeySets = "",
    as_json: Json = False,
) -> None:
    """Adds a card to a member."""
    with writing(directory, as_json) as (hq, connection, told):
        members.add_card(connection, hq.post, account, card, hq.now_s(), key_sets)
        _note(hq, connection, "card_added", card)
        told({"card": card, "account": account}, f"{card} belongs to {account}.")


@app.command("block")
def card_block(card: str, directory: Dir = HERE, reason: Reason = "lost", as_json: Json = False) -> None:
    """Blocks a card at every store; says at which it holds and what could still be spent."""
    _set_status(directory, as_json, card, "blocked", reason)


@app.command("unblock")
def card_unblock(card: str, directory: Dir = HERE, reason: Reason = "found", as_json: Json = False) -> None:
    """Makes a blocked card count again."""
    _set_status(directory, as_json, card, "active", reason)


@app.command("replace")
def card_replace(
    old: str, new: str, directory: Dir = HERE, reason: Reason = "lost", key_sets: KeySets = "", as_json: Json = False
) -> None:
    """Ties a new card to the account of an old one, which is blocked: both or none."""
    with writing(directory, as_json) as (hq, connection, told):
        number = changes.replace(hq, connection, old, new, reason, WHO, key_sets)
        _note(hq, connection, "card_replaced", old, new)
        block = telling.of_block(connection, number)
        account = block["account"]
        text = f"{new} belongs to {account}.\n{old}: {_words(hq, connection, block)}"
        told({"card": new, "account": account, "replaces": old, "block": block}, text)


@app.command("return")
def card_return(
    card: str,
    directory: Dir = HERE,
    reason: Reason = "handed in",
    pay_out: Annotated[bool, typer.Option("--pay-out", help="Ask for the account to be paid out and closed.")] = False,
    as_json: Json = False,
) -> None:
    """Takes a card back; with --pay-out somebody else has to agree on the page of cases."""
    with writing(directory, as_json) as (hq, connection, told):
        me = Visitor(WHO, ADMINISTRATOR, "", "", hq.now_s())
        done = changes.take_back(hq, connection, me, card, reason, pay_out)
        block = telling.of_block(connection, done.pop("number"))
        more = f"\nAsked: pay out and close {done['account']}; somebody else has to agree." if pay_out else ""
        told({**done, "block": block}, f"{card}: {_words(hq, connection, block)}{more}")


@app.command("blocks")
def card_blocks(
    number: Annotated[int, typer.Argument(help="One line of the list; 0: all that some store has not yet.")] = 0,
    directory: Dir = HERE,
    as_json: Json = False,
) -> None:
    """What is on the deny list and has not reached every store yet; or one line of it."""
    with writing(directory, as_json) as (hq, connection, told):
        if number:
            lines = [telling.of_block(connection, number)]
        else:
            lines = [told_as(one, []) for one in standings(connection, blocks.awaited(connection, SHOWN))]
        text = "\n".join(f"{one['number']}  {one['subject']}: {_words(hq, connection, one)}" for one in lines)
        values = {"number": blocks.last_number(connection), "blocks": lines}
        told(values, text or "Every store has the whole deny list.")


@app.command("key-sets")
def card_key_sets(directory: Dir = HERE, as_json: Json = False) -> None:
    """How many cards were made with which key sets, and which carry one that a later one has replaced."""
    with writing(directory, as_json) as (_, connection, told):
        found = telling.key_sets(connection, limit=SHOWN)
        lines = [f"{one['cards']:8}  {one['key_sets'] or 'not known'}" for one in found["counts"]]
        older = [f"{one['card']}  {one['key_sets']}" for one in found["older"]]
        told(found, "\n".join([*lines, f"{found['cards_older']} cards carry an older set:", *older]))


def member_status(account: str, status: str, directory: Dir = HERE, as_json: Json = False) -> None:
    """active or frozen."""
    with writing(directory, as_json) as (hq, connection, told):
        number = changes.freeze(hq, connection, account, status, WHO)
        _note(hq, connection, "member_changed", account, status)
        block = telling.of_block(connection, number) if number else None
        words = ": " + _words(hq, connection, block) if block else f" is {status}."
        told({"account": account, "status": status, "block": block}, account + words)


def _set_status(directory: Path, as_json: bool, card: str, status: str, reason: str) -> None:
    with writing(directory, as_json) as (hq, connection, told):
        number = changes.set_status(hq, connection, card, status, reason, WHO)
        _note(hq, connection, "card_" + status, card, reason)
        block = telling.of_block(connection, number) if number else None
        text = f"{card}: {_words(hq, connection, block)}" if block else f"{card} is {status}."
        told({"card": card, "status": status, "block": block}, text)


def _words(hq: Hq, connection, block: dict) -> str:
    exponent = the_chain(connection).exponent
    return telling.in_words(block, hq.now_s(), lambda cents: money_text(cents, exponent))


def _note(hq: Hq, connection, action: str, of: str, detail: str = "") -> None:
    add_audit(connection, hq.now_s(), WHO, "", action, of, detail)
