//! The binary `nightmarket`: the tour of an evening, the sandbox, doctor and buy. The same commands for people and CI.

mod buy;
mod cli;
mod doctor;
mod sandbox;
mod tour;

use clap::Parser as _;
use nightmarket_tour::host_app;
use std::process::ExitCode;

fn main() -> ExitCode {
    let cli = cli::Cli::parse();
    let filter = tracing_subscriber::EnvFilter::try_from_env("NIGHTMARKET_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("error"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    let runtime = match tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("no runtime: {error}");
            return ExitCode::FAILURE;
        }
    };
    runtime.block_on(async {
        match cli.command {
            Some(cli::Command::Doctor(arguments)) => doctor::run(arguments).await,
            Some(cli::Command::Sandbox(arguments)) => sandbox::run(arguments).await,
            Some(cli::Command::Tour(arguments)) => tour::run(arguments).await,
            Some(cli::Command::Buy(arguments)) => buy::run(*arguments).await,
            None => tour::run(cli.tour).await,
        }
    })
}
