//! `nightmarket sandbox`: serves the sandbox until it is told to stop.

use std::process::ExitCode;

use nightmarket_sandbox::serve::{EngineConfig, Sandbox, SandboxConfig};

use crate::cli::SandboxArgs;

pub async fn run(arguments: SandboxArgs) -> ExitCode {
    let config = SandboxConfig {
        listen: arguments.listen,
        data: arguments.data,
        tls: arguments.tls,
        seed: arguments.seed,
        older: arguments.older,
        hub: arguments.hub.map(|url| EngineConfig {
            url,
            api_key: arguments.hub_api_key,
            token_key: arguments.hub_token_key,
            hook_key: arguments.hub_hook_key,
            faults_url: arguments.hub_faults,
        }),
        ..SandboxConfig::default()
    };
    let sandbox = match Sandbox::start(config).await {
        Ok(sandbox) => sandbox,
        Err(error) => {
            eprintln!("the sandbox does not start: {error}");
            return ExitCode::from(2);
        }
    };
    println!("{}", sandbox.venue_url);
    for shop in &sandbox.shop_urls {
        println!("shop {shop}");
    }
    if let Err(error) = tokio::signal::ctrl_c().await {
        eprintln!("no signal to wait for: {error}");
    }
    sandbox.stop().await;
    ExitCode::SUCCESS
}
