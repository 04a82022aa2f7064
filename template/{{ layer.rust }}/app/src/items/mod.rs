//! Items: things with a name and a price.

pub mod create;
pub mod delete;
pub mod http;
pub mod item;
pub mod list;
pub mod postgres;
pub mod read;
pub mod repository;
pub mod update;

#[cfg(test)]
mod contract;
#[cfg(test)]
mod in_memory;
