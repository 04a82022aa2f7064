"""`/api/v1/kv/{key}`"""

import uuid
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.conformance.checks import KV, assert_problem

JSON = {"content-type": "application/json"}


@pytest.fixture
def key() -> str:
    return f"test:{uuid.uuid4()}"


def test_a_value_lives_from_put_to_delete(api: httpx.Client, key: str) -> None:
    address = f"{KV}/{key}"
    assert_problem(api.get(address), 404)

    created = api.put(address, json={"colour": "green"})
    assert (created.status_code, created.json()) == (201, {"colour": "green"})
    replaced = api.put(address, json=["other"])
    assert (replaced.status_code, replaced.json()) == (200, ["other"])
    read = api.get(address)
    assert (read.status_code, read.json()) == (200, ["other"])
    assert read.headers["content-type"].split(";")[0] == "application/json"

    deleted = api.delete(address)
    assert (deleted.status_code, deleted.content) == (204, b"")
    assert_problem(api.get(address), 404)
    assert_problem(api.delete(address), 404)


@pytest.mark.parametrize(
    "text",
    [
        *("null", "true", "0", '""', "[]", "{}"),
        *('"ünï 🎉 \\" \\\\ \'"', '{"a": {"b": [1, 2, {"c": null}]}}', '{"": 1}', "[" * 50 + "]" * 50),
        *("12345678901234567890123", "-0.1", "1.10", "0.1234567890123456789"),
    ],
)
def test_any_json_comes_back_unchanged(api: httpx.Client, key: str, text: str) -> None:
    assert api.put(f"{KV}/{key}", content=text.encode(), headers=JSON).status_code == 201
    read = api.get(f"{KV}/{key}")
    assert read.json() == httpx.Response(200, text=text).json()
    if not text.startswith(("[", "{", '"')):
        assert read.text == text, "numbers keep every digit"


@pytest.mark.parametrize("text", ['"\\u0000"', '{"a\\u0000": 1}'])
def test_json_that_postgresql_cannot_hold_is_refused(api: httpx.Client, key: str, text: str) -> None:
    assert_problem(api.put(f"{KV}/{key}", content=text.encode(), headers=JSON), 422)
    assert_problem(api.get(f"{KV}/{key}"), 404)


@pytest.mark.parametrize("text", ["", "{", "nul", "1 2", "'a'"])
def test_malformed_json_is_refused(api: httpx.Client, key: str, text: str) -> None:
    assert_problem(api.put(f"{KV}/{key}", content=text.encode(), headers=JSON), 400)


def test_other_media_types_are_refused(api: httpx.Client, key: str) -> None:
    assert_problem(api.put(f"{KV}/{key}", content=b"1", headers={"content-type": "text/plain"}), 415)


def test_large_values_are_refused(api: httpx.Client, key: str) -> None:
    assert_problem(api.put(f"{KV}/{key}", json="v" * (1 << 20)), 413)


@pytest.mark.parametrize("key", ["a", "A.b_c:d-9", "k" * 200, ".", "-", ":"])
def test_keys_of_the_allowed_form(api: httpx.Client, key: str) -> None:
    # A client takes a path of one dot for the folder itself, unless it is encoded.
    address = f"{KV}/{key.replace('.', '%2E')}"
    assert api.put(address, json=1).status_code in {200, 201}
    assert api.get(address).json() == 1
    assert api.delete(address).status_code == 204


@pytest.mark.parametrize("key", ["k" * 201, "a%20b", "%C3%A4", "a%2Fb", "%00", "a'b", "%FF"])
def test_keys_of_another_form(api: httpx.Client, key: str) -> None:
    assert_problem(api.put(f"{KV}/{key}", json=1), 422)
    assert_problem(api.get(f"{KV}/{key}"), 404)
    assert_problem(api.delete(f"{KV}/{key}"), 404)


def test_of_many_first_values_at_once_one_is_created(api: httpx.Client, key: str) -> None:
    with ThreadPoolExecutor(8) as pool:
        codes = pool.map(lambda number: api.put(f"{KV}/{key}", json=number).status_code, range(16))
        assert sorted(codes) == [200] * 15 + [201]
