"""The JSON API as an independent checker uses it."""

from hq_server.fleet import store as fleet
from tests.hq_server.conftest import program
from tests.hq_server.small_chain import ACCOUNTS


def all_of(client, path: str, name: str, **query) -> list[dict]:
    """All pages of a list."""
    found, after = [], 0
    while after is not None:
        told = client.get(path, params={**query, "after": after, "limit": 50}).json()
        found += told[name]
        after = told["next"]
    return found


def test_events_add_up_to_the_trial_balance(traded_hq):
    client = program(traded_hq, "finance", "adds-up")
    sums: dict[tuple[str, str], int] = {}
    for event in all_of(client, "/api/v1/events", "events"):
        for entry in event["entries"]:
            for line, amount in ((entry["debit"], -entry["amount"]), (entry["credit"], entry["amount"])):
                book, _, asset, *_ = [*line.split("/"), "", ""]
                sums[book, asset] = sums.get((book, asset), 0) + amount
    told: dict[tuple[str, str], int] = {}
    books = client.get("/api/v1/trial-balance").json()
    for row in books["lines"]:
        told[row["book"], row["asset"]] = told.get((row["book"], row["asset"]), 0) + row["amount"]
    assert {k: v for k, v in sums.items() if v} == {k: v for k, v in told.items() if v}
    assert books["by_unit"] and not any(books["by_unit"].values()) and books["negative"] == []


def test_every_sale_names_its_request_and_its_parts_agree(traded_hq):
    client = program(traded_hq, "finance", "parts")
    sales = all_of(client, "/api/v1/events", "events", kind="sale", store="0001")
    assert len(sales) > 20 and len({sale["request"] for sale in sales}) == len(sales)
    for sale in sales:
        paid = sum(amount for tender, amount in sale["tenders"].items() if tender != "points")
        assert sale["total_cents"] == sum(line["amount_cents"] for line in sale["lines"]) == paid
    mine = all_of(client, "/api/v1/terminals/0001-pos1/requests", "requests")
    assert {sale["request"] for sale in sales} <= {one["request"] for one in mine}
    raw = client.get(f"/api/v1/events/{sales[0]['id']}").json()["raw"]
    assert '"frame"' in raw


def test_a_members_ledger_ends_at_its_balances(traded_hq):
    client = program(traded_hq, "support", "ledger")
    account = ACCOUNTS[0]
    told = client.get("/api/v1/ledger", params={"account": account, "limit": 1000}).json()
    sums: dict[str, int] = {}
    for entry in told["entries"]:
        sums[entry["debit"]] = sums.get(entry["debit"], 0) - entry["amount"]
        sums[entry["credit"]] = sums.get(entry["credit"], 0) + entry["amount"]
    assert {row["line"]: row["amount"] for row in told["balances"]} == {
        line: left for line, left in sums.items() if account in line and left
    }
    member = client.get("/api/v1/members/" + account).json()
    assert member["in_all"]["principal"] == sum(
        left for line, left in sums.items() if line.startswith(f"member/{account}/principal/")
    )


def test_changes_through_the_api(hq):
    client = program(hq, "administrator")
    assert client.get("/api/v1/stores").json()["stores"][0]["gateway"]["status"] == "enrolled"
    assert client.patch("/api/v1/stores/0001", json={"right_adjust": 50_00}).json()["right_adjust"] == 50_00
    assert client.patch("/api/v1/stores/0009", json={"right_adjust": 1}).status_code == 404
    with hq.db.read() as connection:
        granted = {right for (right, _), amount in hq.vault_on(connection).rights_of("0001").items() if amount == 50_00}
    assert granted == {"issue:adjust:" + asset for asset in ("principal", "bonus", "points", "punch")}
    told = client.post("/api/v1/stores", json={"code": "0007", "name": "Pier"})
    assert told.status_code == 201 and told.json()["ca_fingerprint"] == hq.keys.authority.fingerprint
    assert client.post("/api/v1/stores", json={"code": "0007"}).json()["reason"] == "store_exists"
    assert client.post("/api/v1/terminals", json={"terminal": "0007-pos1", "app": "pos"}).status_code == 201
    many = [{"display": str(n), "cards": [f"0001:04A1B2C3D4E5{n:02X}"]} for n in range(20, 40)]
    accounts = client.post("/api/v1/members", json=many).json()["accounts"]
    assert len(set(accounts)) == 20
    assert client.patch("/api/v1/members/" + accounts[0], json={"status": "frozen"}).status_code == 200
    assert client.patch("/api/v1/members/" + "0" * 32, json={"status": "frozen"}).status_code == 404
    card = many[0]["cards"][0]
    assert client.patch("/api/v1/cards/" + card, json={"status": "blocked"}).json()["status"] == "blocked"
    csv = "code,name_en,price_milli\n9001,Tea,100000\n"
    assert client.post("/api/v1/goods", content=csv, headers={"content-type": "text/csv"}).json()["items"] == 1
    assert client.put("/api/v1/rules", json={"order": "proportional"}).json()["version"] == 1
    assert client.put("/api/v1/staff/12", json={"operator": "12", "pin": "1234"}).status_code == 200
    assert "pin" not in client.get("/api/v1/staff").text
    assert client.post("/api/v1/stores/0001/fence").json()["status"] == "fenced"
    (alarm,) = client.get("/api/v1/alarms").json()["alarms"]
    assert client.post(f"/api/v1/alarms/{alarm['id']}/close").status_code == 200
    assert client.get("/api/v1/alarms").json()["alarms"] == []
    with hq.db.read() as connection:
        assert fleet.gateway_row(connection, "0001").status == "fenced"


def test_roles_hold_for_programs_too(hq):
    client = program(hq, "viewer")
    for method, path in (
        ("GET", "/api/v1/events"),
        ("GET", "/api/v1/members"),
        ("POST", "/api/v1/stores"),
        ("GET", "/api/v1/ledger?account=x"),
        ("GET", "/api/v1/trial-balance"),
    ):
        assert client.request(method, path, json={}).status_code == 403, path
    client.headers.pop("authorization")
    assert client.get("/api/v1/stores").status_code == 401
