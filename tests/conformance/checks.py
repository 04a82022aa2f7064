"""What the tests of the contract share."""

import uuid
from datetime import datetime
from typing import Any

import httpx

ITEMS = "/api/v1/items"
KV = "/api/v1/kv"

ITEM_KEYS = {"id", "name", "description", "price_cents", "created_at", "updated_at"}

Item = dict[str, Any]


def new_item(api: httpx.Client, **changes: object) -> tuple[Item, str]:
    """An item that was created just now, and its entity tag."""
    response = api.post(ITEMS, json={"name": "Lamp", "price_cents": 4950, **changes})
    assert response.status_code == 201, response.text
    return response.json(), response.headers["etag"]


def address(item: Item) -> str:
    return f"{ITEMS}/{item['id']}"


def assert_item(value: Item) -> None:
    assert set(value) == ITEM_KEYS
    assert str(uuid.UUID(value["id"])) == value["id"]
    assert isinstance(value["price_cents"], int)
    for key in ("created_at", "updated_at"):
        assert datetime.fromisoformat(value[key]).tzinfo is not None


def assert_problem(response: httpx.Response, status: int) -> dict[str, Any]:
    """Problem details by RFC 9457, which name the request and keep the database's words to themselves."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"].split(";")[0] == "application/problem+json"
    problem: dict[str, Any] = response.json()
    assert {"type", "title", "status", "detail", "request_id"} <= set(problem)
    assert set(problem) <= {"type", "title", "status", "detail", "instance", "request_id", "errors"}
    assert problem["status"] == status
    assert problem["title"]
    assert problem["detail"]
    assert problem["request_id"] == response.headers["x-request-id"]
    for word in ("sql", "postgres", "relation", "constraint", "panic", "traceback"):
        assert word not in response.text.lower()
    return problem


def pointers(problem: dict[str, Any]) -> set[str]:
    """The parts of the body that a 422 complains about, each with a reason."""
    assert all(error["detail"] for error in problem["errors"])
    return {error["pointer"] for error in problem["errors"]}
