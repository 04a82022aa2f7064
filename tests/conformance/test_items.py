"""`/api/v1/items`"""

import json
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import httpx
import pytest

from tests.conformance.checks import ITEMS, Item, address, assert_item, assert_problem, new_item, pointers

NOWHERE = f"{ITEMS}/{uuid.UUID(int=7)}"


def test_create_tells_where_the_item_is(api: httpx.Client) -> None:
    sent = {"name": "Lamp", "description": "Brass, with a green shade", "price_cents": 4950}

    response = api.post(ITEMS, json=sent)

    assert response.status_code == 201
    item = response.json()
    assert_item(item)
    assert sent.items() <= item.items()
    assert item["created_at"] == item["updated_at"]
    assert httpx.URL(response.headers["location"]).path == address(item)
    read = api.get(response.headers["location"])
    assert read.status_code == 200
    assert read.json() == item
    assert read.headers["etag"] == response.headers["etag"]


def test_description_is_optional(api: httpx.Client) -> None:
    item, _ = new_item(api)
    assert item["description"] == ""


@pytest.mark.parametrize(
    "values",
    [
        {"name": "x", "price_cents": 0},
        {"name": "é🎉" * 100, "price_cents": 1_000_000_000},
        {"name": "n", "description": "ü" * 2000, "price_cents": 1},
        {"name": "'; DROP TABLE items; --", "description": "<script>alert(1)</script> {{7*7}} ${x}", "price_cents": 1},
        {"name": "two words", "description": "two\nlines\tand a tab", "price_cents": 1},
    ],
    ids=["smallest", "longest name", "longest description", "hostile", "whitespace"],
)
def test_values_at_the_limits_come_back_unchanged(api: httpx.Client, values: Item) -> None:
    item, _ = new_item(api, **values)
    assert values.items() <= api.get(address(item)).json().items()


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"name": ""}, "/name"),
        ({"name": "n" * 201}, "/name"),
        ({"name": "nul \0"}, "/name"),
        ({"name": None}, "/name"),
        ({"name": 7}, "/name"),
        ({"description": "d" * 2001}, "/description"),
        ({"description": "nul \0"}, "/description"),
        ({"price_cents": -1}, "/price_cents"),
        ({"price_cents": 1_000_000_001}, "/price_cents"),
        ({"price_cents": 10**30}, "/price_cents"),
        ({"price_cents": 1.5}, "/price_cents"),
        ({"price_cents": "1"}, "/price_cents"),
        ({"price_cents": True}, "/price_cents"),
    ],
    ids=str,
)
@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_bad_values_are_refused_by_name(api: httpx.Client, method: str, change: Item, pointer: str) -> None:
    item, etag = new_item(api)
    body = {"name": "Lamp", "description": "", "price_cents": 1, **change}

    if method == "POST":
        response = api.post(ITEMS, json=body)
    else:
        response = api.put(address(item), json=body, headers={"if-match": etag})

    assert pointers(assert_problem(response, 422)) == {pointer}
    assert api.get(address(item)).json() == item


def test_all_bad_values_are_told_at_once(api: httpx.Client) -> None:
    response = api.post(ITEMS, json={"name": "", "description": "d" * 2001, "price_cents": -1})
    assert pointers(assert_problem(response, 422)) == {"/name", "/description", "/price_cents"}


@pytest.mark.parametrize("body", [{}, {"name": "Lamp"}, {"price_cents": 1}, [], None, "text", 7], ids=str)
def test_bodies_that_are_no_item_are_refused(api: httpx.Client, body: object) -> None:
    response = api.post(ITEMS, content=json.dumps(body), headers={"content-type": "application/json"})
    problem = assert_problem(response, 422)
    assert problem["errors"]


@pytest.mark.parametrize("text", ["", "{", '{"name": "Lamp", "price_cents": 1}}', "{'name': 1}", "\xff"], ids=repr)
def test_malformed_json_is_refused(api: httpx.Client, text: str) -> None:
    response = api.post(ITEMS, content=text.encode("latin-1"), headers={"content-type": "application/json"})
    assert_problem(response, 400)


def test_lone_surrogates_are_refused(api: httpx.Client) -> None:
    content = b'{"name": "\\ud800", "price_cents": 1}'
    response = api.post(ITEMS, content=content, headers={"content-type": "application/json"})
    assert response.status_code in {400, 422}
    assert_problem(response, response.status_code)


@pytest.mark.parametrize("media_type", ["text/plain", "application/x-www-form-urlencoded", "application/xml", None])
def test_other_media_types_are_refused(api: httpx.Client, media_type: str | None) -> None:
    headers = {"content-type": media_type} if media_type else {}
    response = api.post(ITEMS, content=b'{"name": "Lamp", "price_cents": 1}', headers=headers)
    assert_problem(response, 415)


def test_json_may_tell_its_charset(api: httpx.Client) -> None:
    headers = {"content-type": "application/json; charset=utf-8"}
    response = api.post(ITEMS, content=b'{"name": "Lamp", "price_cents": 1}', headers=headers)
    assert response.status_code == 201


@pytest.mark.parametrize("chunked", [False, True])
def test_large_bodies_are_refused(api: httpx.Client, chunked: bool) -> None:
    body = b'{"name": "' + b"n" * (1 << 20) + b'", "price_cents": 1}'
    response = api.post(ITEMS, content=iter([body]) if chunked else body, headers={"content-type": "application/json"})
    assert_problem(response, 413)


@pytest.mark.parametrize("name", [NOWHERE, f"{ITEMS}/1", f"{ITEMS}/'", f"{ITEMS}/%00", f"{ITEMS}/{'9' * 2000}"])
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_unknown_items_are_not_found(api: httpx.Client, method: str, name: str) -> None:
    body = {"name": "Lamp", "price_cents": 1} if method == "PUT" else None
    headers = {"if-match": '"1"'} if method != "GET" else {}
    assert_problem(api.request(method, name, json=body, headers=headers), 404)


# ── Conditional requests ─────────────────────────────────────────────────────────────────────────────────────────────


def test_an_item_that_is_known_is_not_sent_again(api: httpx.Client) -> None:
    item, etag = new_item(api)
    for known in (etag, f"W/{etag}", f'"other", {etag}', "*"):
        response = api.get(address(item), headers={"if-none-match": known})
        assert response.status_code == 304, known
        assert response.content == b""
        assert response.headers["etag"] == etag
        assert response.headers["x-request-id"]
    assert api.get(address(item), headers={"if-none-match": '"other"'}).status_code == 200


def test_update_needs_the_newest_tag(api: httpx.Client) -> None:
    item, first = new_item(api)
    change = {"name": "Floor lamp", "description": "Steel", "price_cents": 9900}

    assert_problem(api.put(address(item), json=change), 428)
    assert_problem(api.put(address(item), json=change, headers={"if-match": '"other"'}), 412)
    assert_problem(api.put(address(item), json=change, headers={"if-match": f"W/{first}"}), 412)
    assert api.get(address(item)).json() == item

    response = api.put(address(item), json=change, headers={"if-match": first})
    assert response.status_code == 200
    updated = response.json()
    assert_item(updated)
    assert updated == {**item, **change, "updated_at": updated["updated_at"]}
    assert datetime.fromisoformat(updated["updated_at"]) > datetime.fromisoformat(item["updated_at"])
    assert response.headers["etag"] != first
    assert api.get(address(item)).json() == updated
    assert api.get(address(item)).headers["etag"] == response.headers["etag"]

    assert_problem(api.put(address(item), json=change, headers={"if-match": first}), 412)
    assert api.put(address(item), json=change, headers={"if-match": f"{first}, {response.headers['etag']}"}).is_success
    assert api.put(address(item), json=change, headers={"if-match": "*"}).is_success


def test_update_without_a_description_empties_it(api: httpx.Client) -> None:
    item, etag = new_item(api, description="Brass")
    response = api.put(address(item), json={"name": "Lamp", "price_cents": 1}, headers={"if-match": etag})
    assert response.json()["description"] == ""


def test_delete_needs_the_newest_tag(api: httpx.Client) -> None:
    item, etag = new_item(api)

    assert_problem(api.delete(address(item)), 428)
    assert_problem(api.delete(address(item), headers={"if-match": '"other"'}), 412)
    assert api.get(address(item)).status_code == 200

    response = api.delete(address(item), headers={"if-match": etag})
    assert response.status_code == 204
    assert response.content == b""
    assert_problem(api.get(address(item)), 404)
    assert_problem(api.delete(address(item), headers={"if-match": etag}), 404)


def test_of_many_updates_at_once_one_wins(api: httpx.Client) -> None:
    item, etag = new_item(api)

    def update(number: int) -> int:
        body = {"name": f"Lamp {number}", "price_cents": number}
        return api.put(address(item), json=body, headers={"if-match": etag}).status_code

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(update, range(16))) == [200] + [412] * 15


# ── Lists ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_pages_hold_every_item_once_newest_first(api: httpx.Client) -> None:
    created = [new_item(api, name=f"Lamp {number}")[0] for number in range(5)]

    seen: list[Item] = []
    cursor: str | None = None
    while True:
        page = api.get(ITEMS, params={"limit": 2, **({"cursor": cursor} if cursor else {})})
        assert page.status_code == 200
        assert set(page.json()) == {"items", "next_cursor"}
        assert len(page.json()["items"]) <= 2
        seen += page.json()["items"]
        cursor = page.json()["next_cursor"]
        if cursor is None:
            break
        # What is added while somebody reads does not shift the pages.
        if len(seen) < 8:
            new_item(api, name="Added in between")

    assert seen[:5] == created[::-1]
    assert len({item["id"] for item in seen}) == len(seen)
    for item in seen:
        assert_item(item)
    moments = [datetime.fromisoformat(item["created_at"]) for item in seen]
    assert moments == sorted(moments, reverse=True)


def test_twenty_items_are_a_page_unless_asked_otherwise(api: httpx.Client) -> None:
    for number in range(21):
        new_item(api, name=f"Lamp {number}")
    page = api.get(ITEMS).json()
    assert len(page["items"]) == 20
    assert page["next_cursor"]
    assert len(api.get(ITEMS, params={"limit": 100}).json()["items"]) >= 21


def test_a_cursor_outlives_its_item(api: httpx.Client) -> None:
    older, _ = new_item(api)
    newer, etag = new_item(api)
    cursor = api.get(ITEMS, params={"limit": 1}).json()["next_cursor"]
    api.delete(address(newer), headers={"if-match": etag})
    assert api.get(ITEMS, params={"limit": 1, "cursor": cursor}).json()["items"] == [older]


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=101", "limit=-1", "limit=many", "limit=1e1", "limit=", "cursor=x", "cursor=%00"]
)
def test_bad_queries_are_refused(api: httpx.Client, query: str) -> None:
    assert_problem(api.get(f"{ITEMS}?{query}"), 400)
