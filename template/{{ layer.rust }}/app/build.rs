//! Tells the program which migration it was built for, so that readiness can wait for it.

use std::{env, fs, path::Path};

const MIGRATIONS: &str = "../migrations/sql";

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed={MIGRATIONS}");

    let root = env::var("CARGO_MANIFEST_DIR").expect("cargo sets CARGO_MANIFEST_DIR");
    let directory = Path::new(&root).join(MIGRATIONS);
    let newest = fs::read_dir(&directory)
        .unwrap_or_else(|error| panic!("cannot read {}: {error}", directory.display()))
        .filter_map(|entry| version(entry.ok()?.file_name().to_str()?))
        .max()
        .unwrap_or_else(|| panic!("{} holds no migration", directory.display()));

    println!("cargo::rustc-env=EXPECTED_MIGRATION={newest}");
}

fn version(file_name: &str) -> Option<u64> {
    let (number, _) = file_name.strip_suffix(".up.sql")?.split_once('_')?;
    number.parse().ok()
}
