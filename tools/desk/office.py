"""Head office as the desk sees it: its API, by a key of its own (`tapwell hq key add desk --role support`)."""

from pathlib import Path
from urllib.parse import quote

import httpx

WAIT_S = 15


class OfficeError(Exception):
    """Head office is away, or says no. `reason` is its code; '' when it was not reached."""

    def __init__(self, reason: str, detail: str):
        super().__init__(f"head office: {reason or 'not reached'}: {detail}")
        self.reason = reason


class Office:
    """One head office. `line` shows the desk's key with each request."""

    def __init__(self, line: httpx.Client):
        self._line = line

    def add_card(self, card: str, account: str, key_sets: str) -> None:
        """Ties a card to an account; a card that is tied to it already is well."""
        try:
            self._ask("POST", "/cards", {"card": card, "account": account, "key_sets": key_sets})
        except OfficeError as wrong:
            if wrong.reason != "card_exists" or card not in self.cards_of(account):
                raise

    def replace(self, old: str, new: str, key_sets: str, reason: str) -> dict:
        """The new card takes the old one's place, which is blocked; where that was done before, it is well."""
        try:
            return self._ask(
                "POST", f"/cards/{quote(old)}/replace", {"card": new, "key_sets": key_sets, "reason": reason}
            )
        except OfficeError as wrong:
            if wrong.reason in ("card_exists", "card_not_active"):
                account = self.account_of(new)
                if self.cards_of(account).get(old) == "replaced":
                    return {"card": new, "account": account, "replaces": old, "block": None}
            raise

    def block(self, card: str, reason: str) -> dict:
        """Blocks a card; at which stores that holds."""
        return self._ask("PATCH", f"/cards/{quote(card)}", {"status": "blocked", "reason": reason})

    def made_with(self, card: str, key_sets: str) -> None:
        """The card has other key sets now."""
        self._ask("PUT", f"/cards/{quote(card)}/key-sets", {"key_sets": key_sets})

    def account_of(self, card: str) -> str:
        """Whose card it is. Raises OfficeError('unknown_card')."""
        found = self._ask("GET", "/members?q=" + quote(card), None)["members"]
        for member in found:
            if any(one["card"] == card for one in member["cards"]):
                return member["account"]
        raise OfficeError("unknown_card", card)

    def cards_of(self, account: str) -> dict[str, str]:
        """Card -> its status."""
        return {one["card"]: one["status"] for one in self._ask("GET", f"/members/{account}", None)["cards"]}

    def _ask(self, method: str, path: str, body: dict | None) -> dict:
        try:
            answer = self._line.request(method, "/api/v1" + path, json=body)
        except httpx.HTTPError as wrong:
            raise OfficeError("", str(wrong)) from wrong
        told = answer.json() if answer.headers.get("content-type", "").startswith("application/json") else {}
        if answer.status_code >= 400:
            raise OfficeError(told.get("reason") or str(answer.status_code), told.get("detail") or answer.reason_phrase)
        return told


def open_office(url: str, key_file: Path) -> Office:
    """Head office by the key that lies in a file."""
    key = key_file.read_text().strip()
    return Office(httpx.Client(base_url=url, headers={"authorization": "Bearer " + key}, timeout=WAIT_S))
