//! `behind sandbox`: what `nightmarket sandbox` does, behind two nodes of the live hub. For `NIGHTMARKET_BIN` of the
//! journeys' drivers. `NIGHTMARKET_REDIS` is the Redis that the nodes share.

use nightmarket_livehub::{Hub, StartError, nightmarket, venue_origin};
use std::os::unix::process::CommandExt as _;
use std::process::ExitCode;

fn main() -> ExitCode {
    let why = match run() {
        Ok(never) => match never {},
        Err(error) => error,
    };
    eprintln!("behind: {why}");
    ExitCode::FAILURE
}

fn run() -> Result<std::convert::Infallible, StartError> {
    let redis = std::env::var("NIGHTMARKET_REDIS")
        .map_err(|_| StartError::Missing("NIGHTMARKET_REDIS does not name a Redis".into()))?;
    let venue = venue_origin()?;
    let hub = Hub::start(&venue, &redis, false)?;
    let mut sandbox = hub.sandbox(&nightmarket()?, &venue);
    sandbox.args(std::env::args_os().skip(2));
    let failed = |source| StartError::Program { program: "nightmarket".into(), source };
    hub.leave_to_process().map_err(failed)?;
    // The driver ends this process by its id, and with it all that hangs on it.
    Err(failed(sandbox.exec()))
}
