//! `judge-peer [--toxiproxy PROGRAM] [--seed N] [--seeds N]`: the official Rust client of the Centrifuge protocol judges
//! the sandbox's hub, and sees beside our client what a network does to both.
//!
//! Everything is on loopback and ends by itself. Without a toxiproxy only the hub is judged.

mod beside;
mod hub;
mod judge;
mod ours;
mod peer;
mod toxiproxy;

use std::path::PathBuf;
use std::process::ExitCode;

/// What was asked for.
struct Wanted {
    toxiproxy: Option<PathBuf>,
    seed: u64,
    seeds: u64,
}

fn wanted(mut args: impl Iterator<Item = String>) -> Result<Wanted, String> {
    let mut wanted = Wanted { toxiproxy: None, seed: 1, seeds: 8 };
    while let Some(arg) = args.next() {
        let value = args.next().ok_or_else(|| format!("{arg} needs a value"))?;
        let number = || value.parse().map_err(|error| format!("{arg}: {error}"));
        match arg.as_str() {
            "--toxiproxy" => wanted.toxiproxy = Some(PathBuf::from(&value)),
            "--seed" => wanted.seed = number()?,
            "--seeds" => wanted.seeds = number()?,
            other => return Err(format!("unknown argument {other}")),
        }
    }
    Ok(wanted)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let wanted = match wanted(std::env::args().skip(1)) {
        Ok(wanted) => wanted,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::from(2);
        }
    };
    let all = async {
        let mut failed = judge::run().await;
        if let Some(program) = &wanted.toxiproxy {
            failed += beside::run(program, wanted.seed, wanted.seeds).await;
        }
        failed
    };
    match tokio::task::LocalSet::new().run_until(all).await {
        0 => ExitCode::SUCCESS,
        failed => {
            println!("{failed} failed");
            ExitCode::FAILURE
        }
    }
}
