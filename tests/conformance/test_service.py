"""What holds for every address: health, ids, headers, problems, metrics and the description of the API."""

import re
from html.parser import HTMLParser

import httpx
import pytest
from openapi_spec_validator import validate

from tests.conformance.checks import ITEMS, KV, address, assert_problem, new_item

EVERYWHERE = [
    "/health/live",
    "/health/ready",
    "/metrics",
    "/openapi.json",
    ITEMS,
    f"{ITEMS}/1",
    f"{KV}/none",
    "/nowhere",
]


@pytest.mark.parametrize("path", ["/health/live", "/health/ready"])
def test_the_service_is_healthy(api: httpx.Client, path: str) -> None:
    response = api.get(path)
    assert response.status_code == 200
    assert response.json() == {"status": "ok"}


@pytest.mark.parametrize("path", ["/health/live", "/health/ready", ITEMS])
def test_head_answers_as_get_without_a_body(api: httpx.Client, path: str) -> None:
    response = api.head(path)
    assert response.status_code == 200
    assert response.content == b""
    assert response.headers["content-type"] == api.get(path).headers["content-type"]


# ── Headers ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("path", EVERYWHERE)
def test_every_answer_has_a_request_id(api: httpx.Client, path: str) -> None:
    first, second = (api.get(path).headers["x-request-id"] for _ in range(2))
    assert first != second
    assert api.get(path, headers={"x-request-id": "Order-7_a.b"}).headers["x-request-id"] == "Order-7_a.b"


@pytest.mark.parametrize("sent", ["", "two words", "x" * 201, "ü", '"', "<b>", "a,b"])
def test_other_request_ids_are_replaced(api: httpx.Client, sent: str) -> None:
    received = api.get("/nowhere", headers=[(b"x-request-id", sent.encode())]).headers["x-request-id"]
    assert received != sent
    assert re.fullmatch(r"[A-Za-z0-9._-]{16,128}", received)


@pytest.mark.parametrize("path", EVERYWHERE)
def test_every_answer_has_security_headers(api: httpx.Client, path: str) -> None:
    headers = api.get(path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "no-referrer"
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "max-age=" in headers["strict-transport-security"]
    assert "cache-control" in headers
    assert not {"server", "x-powered-by"} & set(headers)


def test_browsers_of_other_sites_are_kept_out(api: httpx.Client) -> None:
    preflight = {"origin": "https://elsewhere.example", "access-control-request-method": "PUT"}
    for response in (
        api.get(ITEMS, headers={"origin": "https://elsewhere.example"}),
        api.options(ITEMS, headers=preflight),
    ):
        assert "access-control-allow-origin" not in response.headers


# ── Problems ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("path", ["/", "/nowhere", "/api", "/api/v1", "/api/v2/items", f"{ITEMS}/1/2", "/.env", "/%00"])
def test_unknown_addresses_are_not_found(api: httpx.Client, path: str) -> None:
    assert_problem(api.get(path), 404)


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("DELETE", ITEMS, {"GET", "POST"}),
        ("PATCH", f"{ITEMS}/1", {"GET", "PUT", "DELETE"}),
        ("POST", f"{KV}/a", {"GET", "PUT", "DELETE"}),
        ("POST", "/health/live", {"GET"}),
        ("POST", "/metrics", {"GET"}),
        ("BREW", ITEMS, {"GET", "POST"}),
    ],
)
def test_unknown_methods_are_refused_with_the_known_ones(
    api: httpx.Client, method: str, path: str, allowed: set[str]
) -> None:
    response = api.request(method, path)
    assert_problem(response, 405)
    assert allowed <= set(re.split(r",\s*", response.headers["allow"]))


@pytest.mark.parametrize(
    "headers",
    [
        {"accept": "image/png"},
        {"accept": "nonsense"},
        {"content-type": "nonsense"},
        {"if-none-match": "nonsense"},
        {"range": "bytes=0-1"},
        {"accept-encoding": "br;q=nonsense"},
        {"traceparent": "nonsense"},
        {"cookie": "a" * 3000},
    ],
    ids=str,
)
def test_odd_headers_do_not_break_anything(api: httpx.Client, headers: dict[str, str]) -> None:
    assert api.get(ITEMS, headers=headers).status_code == 200


# ── Metrics ──────────────────────────────────────────────────────────────────────────────────────────────────────────

SAMPLE = re.compile(r'([a-z_]+)(?:\{((?:[a-z_]+="[^"\n]*",?)*)\})? ([0-9.e+-]+|\+Inf|NaN)')


def metrics(api: httpx.Client) -> dict[tuple[str, frozenset[str]], float]:
    """Every sample, by its name and labels."""
    response = api.get("/metrics")
    assert response.status_code == 200
    media_type = response.headers["content-type"].split(";")[0]
    assert media_type in {"application/openmetrics-text", "text/plain"}
    lines = response.text.splitlines()
    if media_type == "application/openmetrics-text":
        assert lines[-1] == "# EOF"
    samples = {}
    for line in lines:
        if line.startswith("#"):
            assert re.match(r"# (HELP|TYPE|UNIT|EOF)", line)
            continue
        match = SAMPLE.fullmatch(line)
        assert match, line
        labels = frozenset(re.findall(r'[a-z_]+="[^"]*"', match[2] or ""))
        assert (match[1], labels) not in samples, f"{line} stands there twice"
        samples[match[1], labels] = float(match[3])
    return samples


def test_requests_are_counted_by_route(api: httpx.Client) -> None:
    item, _ = new_item(api)
    labels = frozenset({'method="GET"', f'route="{ITEMS}/{{id}}"', 'status="200"'})
    before = metrics(api)
    for _ in range(3):
        api.get(address(item))
    after = metrics(api)

    assert after["http_requests_total", labels] - before.get(("http_requests_total", labels), 0) == 3
    timed = labels - {'status="200"'}
    assert after["http_request_duration_seconds_count", timed] >= 3
    assert after["http_request_duration_seconds_bucket", timed | {'le="+Inf"'}] >= 3
    assert not any(item["id"] in label for _, labels in after for label in labels)
    assert any(name == "http_requests_in_flight" for name, _ in after)
    assert any(name == "database_connections_max" for name, _ in after)


def test_strangers_cannot_make_new_series(api: httpx.Client) -> None:
    api.get("/nowhere/0")
    api.request("BREW", "/nowhere/0")
    before = set(metrics(api))
    for number in range(20):
        api.get(f"/nowhere/{number}")
        api.request(f"BREW{'E' * number}", "/nowhere")
    assert set(metrics(api)) == before


# ── The description of the API ───────────────────────────────────────────────────────────────────────────────────────


def test_the_description_is_valid_and_complete(api: httpx.Client) -> None:
    document = api.get("/openapi.json").json()

    validate(document)
    paths = {
        path: {method for method in operations if method != "parameters"}
        for path, operations in document["paths"].items()
    }
    assert paths["/health/live"] == {"get"}
    assert paths["/health/ready"] == {"get"}
    assert paths[ITEMS] == {"get", "post"}
    assert paths[f"{ITEMS}/{{id}}"] == {"get", "put", "delete"}
    assert paths[f"{KV}/{{key}}"] == {"get", "put", "delete"}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            assert operation.get("summary") or operation.get("description"), f"{method} {path}"


class Addresses(HTMLParser):
    """Collects what a page loads."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        wanted = {"script": "src", "img": "src", "link": "href", "iframe": "src"}.get(tag)
        self.found += [value for name, value in attrs if name == wanted and value]


def test_the_page_loads_nothing_from_elsewhere(api: httpx.Client) -> None:
    response = api.get("/docs", follow_redirects=True)
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/html")
    policy = response.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "http" not in policy

    addresses = Addresses(response.text).found
    assert addresses
    for found in addresses:
        if not found.startswith("data:"):
            url = response.url.join(found)
            assert url.host == response.url.host, found
            assert api.get(url).status_code == 200, found
