//! Starts the service. `healthcheck` as the only argument asks a running one instead.

use std::{
    env,
    io::{self, Write},
    process::ExitCode,
};

use actix_web::rt::System;
use app::{configuration::Configuration, healthcheck, startup::Application, telemetry};
use tokio::signal::unix::{SignalKind, signal};

const MISCONFIGURED: u8 = 2;

fn main() -> ExitCode {
    let configuration = match Configuration::from_lookup(|name| env::var(name).ok()) {
        Ok(configuration) => configuration,
        Err(errors) => return complain(&errors, ExitCode::from(MISCONFIGURED)),
    };

    if env::args().nth(1).as_deref() == Some("healthcheck") {
        return match healthcheck::check(configuration.port) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => complain(&error, ExitCode::FAILURE),
        };
    }

    let _flush = match telemetry::initialise(configuration.log_level, &configuration.environment) {
        Ok(flush) => flush,
        Err(error) => return complain(&error, ExitCode::FAILURE),
    };
    match System::new().block_on(run(&configuration)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(%error, "the service has failed");
            ExitCode::FAILURE
        }
    }
}

async fn run(configuration: &Configuration) -> io::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let application = Application::listen(configuration)?;
    tracing::info!(port = application.port(), "listening");

    application
        .run_until(async {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
        })
        .await
}

fn complain(reason: &dyn std::fmt::Display, code: ExitCode) -> ExitCode {
    // There is nobody left to tell when standard error is closed.
    let _ = writeln!(io::stderr(), "{reason}");
    code
}
