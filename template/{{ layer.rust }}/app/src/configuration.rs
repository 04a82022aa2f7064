//! Settings of the service, read from the environment once at the start.

use std::{fmt, ops::RangeInclusive, path::Path, str::FromStr, time::Duration};

use percent_encoding::percent_decode_str;
use secrecy::{ExposeSecret, SecretString};
use sqlx::postgres::{PgConnectOptions, PgSslMode};
use tracing::level_filters::LevelFilter;
use url::Url;

const LOCAL: &str = "local";
const SHORTEST_PASSWORD: usize = 12;
const WELL_KNOWN_PASSWORDS: [&str; 8] = [
    "admin",
    "changeme",
    "example",
    "password",
    "postgres",
    "postgresql",
    "root",
    "secret",
];

/// Everything that can be set.
#[derive(Debug, Clone)]
pub struct Configuration {
    /// `PORT`; 0 lets the system choose.
    pub port: u16,
    /// `ENVIRONMENT`, as in `production`.
    pub environment: String,
    /// `LOG_LEVEL`
    pub log_level: LevelFilter,
    /// `DATABASE_*`
    pub database: Database,
    /// `CORS_ALLOWED_ORIGINS`
    pub cors_allowed_origins: Vec<String>,
    /// `REQUEST_TIMEOUT_SECONDS`
    pub request_timeout: Duration,
    /// `REQUEST_BODY_LIMIT_BYTES`
    pub request_body_limit: usize,
    /// `SHUTDOWN_DRAIN_SECONDS`: how long requests are served after readiness has turned.
    pub shutdown_drain: Duration,
    /// `SHUTDOWN_TIMEOUT_SECONDS`: how long requests in flight may take after that.
    pub shutdown_timeout: Duration,
}

/// How to reach the database.
#[derive(Debug, Clone)]
pub struct Database {
    /// `DATABASE_MAX_CONNECTIONS`, for the whole process.
    pub max_connections: u32,
    target: Target,
    ssl_mode: Option<PgSslMode>,
    ssl_root_cert: Option<String>,
}

#[derive(Debug, Clone)]
enum Target {
    Url(SecretString),
    Parts {
        host: String,
        port: u16,
        name: String,
        user: String,
        password: SecretString,
    },
}

/// Every setting that is missing or wrong, a sentence each.
#[derive(Debug, PartialEq, Eq)]
pub struct ConfigurationErrors(Vec<String>);

impl fmt::Display for ConfigurationErrors {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0.join("\n"))
    }
}

impl std::error::Error for ConfigurationErrors {}

impl Configuration {
    /// Reads the settings through `lookup`, which is `std::env::var` outside of tests. An empty value counts as unset.
    ///
    /// # Errors
    ///
    /// All settings that are missing, malformed or too weak.
    pub fn from_lookup(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigurationErrors> {
        let mut settings = Settings {
            lookup,
            errors: Vec::new(),
        };
        let environment = settings.required("ENVIRONMENT");
        let is_local = environment == LOCAL;

        let configuration = Self {
            port: settings.number("PORT", 8080, 0..=u16::MAX),
            log_level: settings.log_level(),
            database: settings.database(is_local),
            cors_allowed_origins: settings.origins(),
            request_timeout: settings.seconds("REQUEST_TIMEOUT_SECONDS", 10, 1),
            request_body_limit: settings.number("REQUEST_BODY_LIMIT_BYTES", 1 << 20, 1 << 10..=1 << 30),
            shutdown_drain: settings.seconds("SHUTDOWN_DRAIN_SECONDS", 10, 0),
            shutdown_timeout: settings.seconds("SHUTDOWN_TIMEOUT_SECONDS", 20, 1),
            environment,
        };

        if settings.errors.is_empty() {
            Ok(configuration)
        } else {
            Err(ConfigurationErrors(settings.errors))
        }
    }
}

impl Database {
    /// What the driver needs to connect.
    ///
    /// # Errors
    ///
    /// `DATABASE_URL` has a form that the driver does not know.
    pub fn connect_options(&self) -> Result<PgConnectOptions, sqlx::Error> {
        let mut options = match &self.target {
            Target::Url(url) => PgConnectOptions::from_str(url.expose_secret())?,
            Target::Parts {
                host,
                port,
                name,
                user,
                password,
            } => PgConnectOptions::new_without_pgpass()
                .host(host)
                .port(*port)
                .database(name)
                .username(user)
                .password(password.expose_secret()),
        };
        if let Some(mode) = self.ssl_mode {
            options = options.ssl_mode(mode);
        }
        if let Some(path) = &self.ssl_root_cert {
            options = options.ssl_root_cert(path);
        }
        Ok(options)
    }
}

struct Settings<L> {
    lookup: L,
    errors: Vec<String>,
}

impl<L: Fn(&str) -> Option<String>> Settings<L> {
    fn optional(&self, name: &str) -> Option<String> {
        (self.lookup)(name).filter(|value| !value.is_empty())
    }

    fn required(&mut self, name: &str) -> String {
        self.optional(name).unwrap_or_else(|| {
            self.errors.push(format!("{name} is not set."));
            String::new()
        })
    }

    fn number<T>(&mut self, name: &str, default: T, range: RangeInclusive<T>) -> T
    where
        T: FromStr + PartialOrd + fmt::Display,
    {
        match self.optional(name).map(|value| value.parse::<T>()) {
            None => default,
            Some(Ok(number)) if range.contains(&number) => number,
            Some(_) => {
                self.errors.push(format!(
                    "{name} must be a whole number from {} to {}.",
                    range.start(),
                    range.end()
                ));
                default
            }
        }
    }

    fn seconds(&mut self, name: &str, default: u64, least: u64) -> Duration {
        Duration::from_secs(self.number(name, default, least..=3600))
    }

    fn log_level(&mut self) -> LevelFilter {
        match self.optional("LOG_LEVEL").as_deref() {
            Some("error") => LevelFilter::ERROR,
            Some("warn") => LevelFilter::WARN,
            None | Some("info") => LevelFilter::INFO,
            Some("debug") => LevelFilter::DEBUG,
            Some("trace") => LevelFilter::TRACE,
            Some(_) => {
                self.errors
                    .push("LOG_LEVEL must be error, warn, info, debug or trace.".to_owned());
                LevelFilter::INFO
            }
        }
    }

    fn origins(&mut self) -> Vec<String> {
        let listed = self.optional("CORS_ALLOWED_ORIGINS").unwrap_or_default();
        let origins: Vec<_> = listed
            .split(',')
            .map(str::trim)
            .filter(|origin| !origin.is_empty())
            .map(str::to_owned)
            .collect();

        for origin in &origins {
            if !is_origin(origin) {
                self.errors.push(format!(
                    "CORS_ALLOWED_ORIGINS holds {origin:?}, which is not of the form https://host or https://host:port."
                ));
            }
        }
        origins
    }

    fn database(&mut self, is_local: bool) -> Database {
        let max_connections = self.number("DATABASE_MAX_CONNECTIONS", 10, 1..=1000);
        let (target, names_ssl_mode) = match self.optional("DATABASE_URL") {
            Some(url) => self.database_url(url, is_local),
            None => (self.database_parts(is_local), false),
        };
        let ssl_mode = self.ssl_mode(names_ssl_mode);
        let ssl_root_cert = self.optional("DATABASE_SSL_ROOT_CERT");
        if let Some(path) = &ssl_root_cert
            && !Path::new(path).is_file()
        {
            self.errors
                .push("DATABASE_SSL_ROOT_CERT names a file that does not exist.".to_owned());
        }

        Database {
            max_connections,
            target,
            ssl_mode,
            ssl_root_cert,
        }
    }

    fn database_parts(&mut self, is_local: bool) -> Target {
        let host = self.required("DATABASE_HOST");
        let port = self.number("DATABASE_PORT", 5432, 1..=u16::MAX);
        let name = self.required("DATABASE_NAME");
        let user = self.required("DATABASE_USER");
        let password = self.required("DATABASE_PASSWORD");
        if !password.is_empty() && !is_local {
            self.check_password("DATABASE_PASSWORD", &password);
        }
        Target::Parts {
            host,
            port,
            name,
            user,
            password: password.into(),
        }
    }

    /// Returns the target and whether the URL itself says how to use TLS.
    fn database_url(&mut self, url: String, is_local: bool) -> (Target, bool) {
        let parsed = Url::parse(&url)
            .ok()
            .filter(|parsed| matches!(parsed.scheme(), "postgres" | "postgresql"))
            .filter(|_| PgConnectOptions::from_str(&url).is_ok());
        let Some(parsed) = parsed else {
            self.errors
                .push("DATABASE_URL must have the form postgres://user:password@host:port/name.".to_owned());
            return (Target::Url(url.into()), false);
        };

        if !is_local {
            let password = percent_decode_str(parsed.password().unwrap_or_default()).decode_utf8_lossy();
            self.check_password("The password in DATABASE_URL", &password);
        }
        let names_ssl_mode = parsed
            .query_pairs()
            .any(|(key, _)| matches!(&*key, "sslmode" | "ssl-mode"));
        (Target::Url(url.into()), names_ssl_mode)
    }

    fn check_password(&mut self, name: &str, password: &str) {
        if password.chars().count() < SHORTEST_PASSWORD {
            self.errors
                .push(format!("{name} must have at least {SHORTEST_PASSWORD} characters."));
        } else if is_well_known(password) {
            self.errors.push(format!("{name} is a well-known default."));
        }
    }

    fn ssl_mode(&mut self, named_elsewhere: bool) -> Option<PgSslMode> {
        match self.optional("DATABASE_SSL_MODE").as_deref() {
            None if named_elsewhere => None,
            None | Some("require") => Some(PgSslMode::Require),
            Some("disable") => Some(PgSslMode::Disable),
            Some("prefer") => Some(PgSslMode::Prefer),
            Some("verify-ca") => Some(PgSslMode::VerifyCa),
            Some("verify-full") => Some(PgSslMode::VerifyFull),
            Some(_) => {
                self.errors
                    .push("DATABASE_SSL_MODE must be disable, prefer, require, verify-ca or verify-full.".to_owned());
                None
            }
        }
    }
}

fn is_origin(text: &str) -> bool {
    Url::parse(text)
        .is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.origin().ascii_serialization() == text)
}

/// Whether the password is a word that everybody tries first, repeated or followed by digits and punctuation.
fn is_well_known(password: &str) -> bool {
    let lower = password.to_lowercase();
    let stem = lower.trim_end_matches(|character: char| !character.is_alphabetic());
    stem.is_empty()
        || WELL_KNOWN_PASSWORDS
            .iter()
            .any(|word| stem.len() % word.len() == 0 && stem == word.repeat(stem.len() / word.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const VALID: [(&str, &str); 5] = [
        ("ENVIRONMENT", "production"),
        ("DATABASE_HOST", "db.internal"),
        ("DATABASE_NAME", "orders"),
        ("DATABASE_USER", "orders"),
        ("DATABASE_PASSWORD", "kT7-qwhd-93zN"),
    ];

    fn read(settings: &[(&str, &str)]) -> Result<Configuration, ConfigurationErrors> {
        Configuration::from_lookup(|name| {
            settings
                .iter()
                .rev()
                .find(|(key, _)| *key == name)
                .map(|(_, value)| (*value).to_owned())
        })
    }

    fn valid_with(settings: &[(&str, &str)]) -> Result<Configuration, ConfigurationErrors> {
        read(&[&VALID, settings].concat())
    }

    fn errors(result: Result<Configuration, ConfigurationErrors>) -> Vec<String> {
        result.expect_err("the settings should be refused").0
    }

    #[test]
    fn has_defaults_for_the_rest() {
        let configuration = valid_with(&[]).unwrap();
        let options = configuration.database.connect_options().unwrap();

        assert_eq!(configuration.port, 8080);
        assert_eq!(configuration.request_timeout, Duration::from_secs(10));
        assert_eq!((options.get_host(), options.get_port()), ("db.internal", 5432));
        assert!(matches!(options.get_ssl_mode(), PgSslMode::Require));
    }

    #[test]
    fn reports_everything_that_is_missing_at_once() {
        assert_eq!(
            errors(read(&[])),
            [
                "ENVIRONMENT is not set.",
                "DATABASE_HOST is not set.",
                "DATABASE_NAME is not set.",
                "DATABASE_USER is not set.",
                "DATABASE_PASSWORD is not set.",
            ]
        );
    }

    #[test]
    fn reports_everything_that_is_malformed_at_once() {
        let refused = valid_with(&[
            ("PORT", "70000"),
            ("LOG_LEVEL", "loud"),
            ("DATABASE_MAX_CONNECTIONS", "0"),
            ("DATABASE_SSL_MODE", "maybe"),
            ("DATABASE_SSL_ROOT_CERT", "/does/not/exist.pem"),
            ("CORS_ALLOWED_ORIGINS", "https://shop.example, *"),
            ("REQUEST_TIMEOUT_SECONDS", "soon"),
            ("REQUEST_BODY_LIMIT_BYTES", "1"),
            ("SHUTDOWN_DRAIN_SECONDS", "-1"),
            ("SHUTDOWN_TIMEOUT_SECONDS", "0"),
        ]);

        assert_eq!(errors(refused).len(), 10);
    }

    #[test]
    fn refuses_weak_passwords_outside_of_local() {
        for password in [
            "short",
            "postgres1234",
            "changeme!!!!!",
            "passwordpassword",
            "123456789012",
        ] {
            let weak = ("DATABASE_PASSWORD", password);
            assert_eq!(errors(valid_with(&[weak])).len(), 1, "{password}");
            assert!(valid_with(&[weak, ("ENVIRONMENT", "local")]).is_ok(), "{password}");
        }
    }

    #[test]
    fn looks_for_weak_passwords_in_the_url_too() {
        for url in [
            "postgres://orders@db/orders",
            "postgres://orders:short@db/orders",
            "postgres://orders:%70ostgres1234@db/orders",
        ] {
            assert_eq!(errors(valid_with(&[("DATABASE_URL", url)])).len(), 1, "{url}");
        }
    }

    #[test]
    fn the_url_wins() {
        let url = (
            "DATABASE_URL",
            "postgres://me:kT7-qwhd-93zN@elsewhere:6543/other?sslmode=verify-full",
        );
        let options = valid_with(&[url]).unwrap().database.connect_options().unwrap();
        assert_eq!((options.get_host(), options.get_port()), ("elsewhere", 6543));
        assert!(matches!(options.get_ssl_mode(), PgSslMode::VerifyFull));

        for malformed in ["elsewhere:6543", "mysql://me:kT7-qwhd-93zN@elsewhere/other"] {
            assert_eq!(errors(valid_with(&[("DATABASE_URL", malformed)])).len(), 1);
        }
    }

    #[test]
    fn never_prints_a_secret() {
        let url = "postgres://me:kT7-qwhd-93zN@elsewhere/other";
        let parts = valid_with(&[]).unwrap();
        let whole = valid_with(&[("DATABASE_URL", url)]).unwrap();

        assert!(!format!("{parts:?}{whole:?}").contains("kT7"));
    }
}
