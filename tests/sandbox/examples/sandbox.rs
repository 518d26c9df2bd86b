//! Serves the sandbox: `sandbox [--listen ADDR] [--data DIR] [--tls] [--quiet] [--seed N]`. The first line printed is
//! the venue's address.

use std::process::ExitCode;

use nightmarket_sandbox::serve::{Sandbox, SandboxConfig};

fn config(mut args: impl Iterator<Item = String>) -> Result<SandboxConfig, String> {
    let mut config = SandboxConfig::default();
    while let Some(arg) = args.next() {
        let mut value = || args.next().ok_or_else(|| format!("{arg} needs a value"));
        match arg.as_str() {
            "--listen" => config.listen = value()?.parse().map_err(|error| format!("--listen: {error}"))?,
            "--data" => config.data = Some(value()?.into()),
            "--seed" => config.seed = Some(value()?.parse().map_err(|error| format!("--seed: {error}"))?),
            "--tls" => config.tls = true,
            "--quiet" => config.ambience = false,
            other => return Err(format!("unknown argument {other}")),
        }
    }
    Ok(config)
}

#[tokio::main]
async fn main() -> ExitCode {
    let config = match config(std::env::args().skip(1)) {
        Ok(config) => config,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::from(2);
        }
    };
    let sandbox = match Sandbox::start(config).await {
        Ok(sandbox) => sandbox,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::FAILURE;
        }
    };
    println!("{}", sandbox.venue_url);
    for url in &sandbox.shop_urls {
        println!("shop {url}");
    }
    // Without a handler for the signal the process ends by it, which is what was asked for.
    let _ = tokio::signal::ctrl_c().await;
    sandbox.stop().await;
    ExitCode::SUCCESS
}
