//! Items over HTTP.

use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
    web,
};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::{IntoParams, OpenApi, ToSchema};
use uuid::Uuid;

use super::{
    create::create,
    delete::delete,
    item::{Details, Item, Version},
    list::list,
    read::{ReadError, read},
    repository::{DeleteError, Expected, InsertError, ItemRepository, UpdateError},
    update::update,
};
use crate::http::{
    conditional::{self, Seen},
    cursor,
    json::Json,
    problem::{Problem, Problems},
    resource,
};

const DEFAULT_LIMIT: u16 = 20;

type Items = web::Data<dyn ItemRepository>;

/// The operations of this module.
#[derive(OpenApi)]
#[openapi(paths(post_item, get_items, get_item, put_item, delete_item))]
pub struct Api;

/// Mounts `/api/v1/items`.
pub fn routes(configuration: &mut web::ServiceConfig) {
    configuration
        .service(resource("/api/v1/items").get(get_items).head(get_items).post(post_item))
        .service(
            resource("/api/v1/items/{id}")
                .get(get_item)
                .head(get_item)
                .put(put_item)
                .delete(delete_item),
        );
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ItemBody {
    #[schema(min_length = 1, max_length = 200, example = "Lamp")]
    name: String,
    #[serde(default)]
    #[schema(max_length = 2000, example = "Brass, with a green shade")]
    description: String,
    #[schema(minimum = 0, maximum = 1_000_000_000, example = 4950)]
    price_cents: i64,
}

impl TryFrom<ItemBody> for Details {
    type Error = Problem;

    fn try_from(body: ItemBody) -> Result<Self, Problem> {
        Self::new(body.name, body.description, body.price_cents).map_err(Problem::invalid)
    }
}

#[derive(Serialize, ToSchema)]
#[schema(as = Item)]
struct ItemView {
    id: Uuid,
    #[schema(example = "Lamp")]
    name: String,
    #[schema(example = "Brass, with a green shade")]
    description: String,
    #[schema(example = 4950)]
    price_cents: i64,
    #[serde(with = "time::serde::rfc3339")]
    created_at: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339")]
    updated_at: OffsetDateTime,
}

impl From<Item> for ItemView {
    fn from(item: Item) -> Self {
        Self {
            id: item.id,
            name: item.details.name().to_owned(),
            description: item.details.description().to_owned(),
            price_cents: item.details.price_cents(),
            created_at: item.created_at,
            updated_at: item.updated_at,
        }
    }
}

#[derive(Serialize, ToSchema)]
#[schema(as = ItemPage)]
struct PageView {
    items: Vec<ItemView>,
    /// Send it as `cursor` to get the next page; null on the last one.
    next_cursor: Option<String>,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct PageQuery {
    /// How many items to return.
    #[param(minimum = 1, maximum = 100, default = 20)]
    limit: Option<u16>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Adds an item.
#[utoipa::path(
    post,
    path = "/api/v1/items",
    tag = "items",
    request_body = ItemBody,
    responses(
        (
            status = 201,
            description = "The item was added",
            body = ItemView,
            headers(("location" = String), ("etag" = String)),
        ),
        Problems,
    )
)]
async fn post_item(items: Items, Json(body): Json<ItemBody>) -> Result<HttpResponse, Problem> {
    let item = create(&**items, body.try_into()?).await?;
    Ok(HttpResponse::Created()
        .insert_header((header::LOCATION, format!("/api/v1/items/{}", item.id)))
        .insert_header(conditional::etag(item.version.0))
        .json(ItemView::from(item)))
}

/// Lists the items, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/items",
    tag = "items",
    params(PageQuery),
    responses(
        (status = 200, description = "A page of the list", body = PageView),
        Problems,
    )
)]
async fn get_items(items: Items, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let refused = |detail| Problem::new(StatusCode::BAD_REQUEST, detail);
    let query = web::Query::<PageQuery>::from_query(request.query_string())
        .map_err(|_| refused("limit must be a number and cursor a next_cursor"))?;
    let limit = query.limit.unwrap_or(DEFAULT_LIMIT);
    if !(1..=100).contains(&limit) {
        return Err(refused("limit must be 1 to 100"));
    }
    let after = match &query.cursor {
        Some(text) => Some(cursor::decode(text).ok_or_else(|| refused("cursor must be the next_cursor of a page"))?),
        None => None,
    };

    let page = list(&**items, after, limit).await?;
    Ok(HttpResponse::Ok().json(PageView {
        items: page.items.into_iter().map(ItemView::from).collect(),
        next_cursor: page.next.map(cursor::encode),
    }))
}

/// Returns an item.
#[utoipa::path(
    get,
    path = "/api/v1/items/{id}",
    tag = "items",
    params(
        ("id" = Uuid, Path),
        ("if-none-match" = Option<String>, Header, description = "ETag that you have already"),
    ),
    responses(
        (status = 200, description = "The item", body = ItemView, headers(("etag" = String))),
        (status = 304, description = "You have it already"),
        Problems,
    )
)]
async fn get_item(items: Items, id: web::Path<String>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let item = read(&**items, parse_id(&id)?).await?;
    let known = conditional::is_known(&request, item.version.0);
    let mut response = HttpResponse::build(if known {
        StatusCode::NOT_MODIFIED
    } else {
        StatusCode::OK
    });
    response
        .insert_header(conditional::etag(item.version.0))
        .insert_header((header::CACHE_CONTROL, "private, no-cache"));

    Ok(if known {
        response.finish()
    } else {
        response.json(ItemView::from(item))
    })
}

/// Replaces an item.
#[utoipa::path(
    put,
    path = "/api/v1/items/{id}",
    tag = "items",
    params(
        ("id" = Uuid, Path),
        ("if-match" = String, Header, description = "ETag of what you have read; 428 without it, 412 when stale"),
    ),
    request_body = ItemBody,
    responses(
        (status = 200, description = "The item was replaced", body = ItemView, headers(("etag" = String))),
        Problems,
    )
)]
async fn put_item(
    items: Items,
    id: web::Path<String>,
    request: HttpRequest,
    Json(body): Json<ItemBody>,
) -> Result<HttpResponse, Problem> {
    let expected = conditional::if_match(&request)?.into();
    let item = update(&**items, parse_id(&id)?, &expected, body.try_into()?).await?;
    Ok(HttpResponse::Ok()
        .insert_header(conditional::etag(item.version.0))
        .json(ItemView::from(item)))
}

/// Removes an item.
#[utoipa::path(
    delete,
    path = "/api/v1/items/{id}",
    tag = "items",
    params(
        ("id" = Uuid, Path),
        ("if-match" = String, Header, description = "ETag of what you have read; 428 without it, 412 when stale"),
    ),
    responses(
        (status = 204, description = "The item was removed"),
        Problems,
    )
)]
async fn delete_item(items: Items, id: web::Path<String>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let expected = conditional::if_match(&request)?.into();
    delete(&**items, parse_id(&id)?, &expected).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// What has not the form of an id is the id of nothing.
fn parse_id(text: &str) -> Result<Uuid, Problem> {
    Uuid::parse_str(text).map_err(|_| no_such_item())
}

fn no_such_item() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "there is no such item")
}

fn stale() -> Problem {
    Problem::new(
        StatusCode::PRECONDITION_FAILED,
        "the item has changed since it was read",
    )
}

impl From<Seen> for Expected {
    fn from(seen: Seen) -> Self {
        match seen {
            Seen::Anything => Self::Any,
            Seen::Versions(versions) => Self::OneOf(versions.into_iter().map(Version).collect()),
        }
    }
}

impl From<InsertError> for Problem {
    fn from(error: InsertError) -> Self {
        match error {
            InsertError::Refused(violation) => Self::invalid(vec![violation]),
            InsertError::Repository(error) => error.into(),
        }
    }
}

impl From<ReadError> for Problem {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::NotFound => no_such_item(),
            ReadError::Repository(error) => error.into(),
        }
    }
}

impl From<UpdateError> for Problem {
    fn from(error: UpdateError) -> Self {
        match error {
            UpdateError::NotFound => no_such_item(),
            UpdateError::Stale => stale(),
            UpdateError::Refused(violation) => Self::invalid(vec![violation]),
            UpdateError::Repository(error) => error.into(),
        }
    }
}

impl From<DeleteError> for Problem {
    fn from(error: DeleteError) -> Self {
        match error {
            DeleteError::NotFound => no_such_item(),
            DeleteError::Stale => stale(),
            DeleteError::Repository(error) => error.into(),
        }
    }
}
