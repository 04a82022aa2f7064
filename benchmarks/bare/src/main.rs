//! Two handlers without anything around them: fixed JSON, and one item by its id from a pool like the service's.

use std::env;

use actix_web::{App, HttpResponse, HttpServer, error::ErrorInternalServerError, web};
use serde::Serialize;
use sqlx::{
    FromRow, PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use time::OffsetDateTime;
use uuid::Uuid;

#[derive(Serialize)]
struct Health {
    status: &'static str,
}

#[derive(FromRow, Serialize)]
struct Item {
    id: Uuid,
    #[serde(skip)]
    #[expect(dead_code, reason = "read from the database as the service does")]
    version: i64,
    name: String,
    description: String,
    price_cents: i64,
    #[serde(with = "time::serde::rfc3339")]
    created_at: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339")]
    updated_at: OffsetDateTime,
}

async fn live() -> HttpResponse {
    HttpResponse::Ok().json(Health { status: "ok" })
}

async fn item(pool: web::Data<PgPool>, id: web::Path<Uuid>) -> actix_web::Result<HttpResponse> {
    let item: Option<Item> = sqlx::query_as(
        "SELECT id, version, name, description, price_cents, created_at, updated_at FROM items WHERE id = $1",
    )
    .bind(*id)
    .fetch_optional(&**pool)
    .await
    .map_err(ErrorInternalServerError)?;

    Ok(match item {
        Some(item) => HttpResponse::Ok().json(item),
        None => HttpResponse::NotFound().finish(),
    })
}

#[actix_web::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let options: PgConnectOptions = env::var("DATABASE_URL")?.parse()?;
    let port: u16 = env::var("PORT")?.parse()?;
    let workers = std::thread::available_parallelism()?.get();
    let connections = 10 / u32::try_from(workers)?;

    HttpServer::new(move || {
        let pool = PgPoolOptions::new()
            .max_connections(connections)
            .test_before_acquire(false)
            .connect_lazy_with(options.clone());
        App::new()
            .app_data(web::Data::new(pool))
            .route("/health/live", web::get().to(live))
            .route("/api/v1/items/{id}", web::get().to(item))
    })
    .workers(workers)
    .bind(("127.0.0.1", port))?
    .run()
    .await?;
    Ok(())
}
