//! A store of JSON values under keys.

pub mod delete;
pub mod entry;
pub mod http;
pub mod postgres;
pub mod put;
pub mod read;
pub mod repository;

#[cfg(test)]
mod contract;
#[cfg(test)]
mod in_memory;
