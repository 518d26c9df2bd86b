//! The tour: a whole evening through the core, over real HTTP, WebSocket and HLS on loopback.
//!
//! Every step checks what it says, from the shopper's side and from the sandbox's own books, and the first that does not
//! hold ends the tour with exit code 1.

mod player;
pub mod stage;
mod steps;

use serde::Serialize;
use std::process::ExitCode;
use std::time::Instant;

use crate::cli::TourArgs;
use stage::Stage;

/// What one step came to.
#[derive(Serialize)]
struct Outcome {
    step: &'static str,
    holds: bool,
    /// What happened, or why it does not hold.
    what: String,
    milliseconds: u128,
}

/// What `--json` writes.
#[derive(Serialize)]
struct Report {
    holds: bool,
    milliseconds: u128,
    steps: Vec<Outcome>,
    books: serde_json::Value,
}

pub async fn run(arguments: TourArgs) -> ExitCode {
    let started = Instant::now();
    let mut stage = match Stage::set(arguments.data.clone()).await {
        Ok(stage) => stage,
        Err(reason) => {
            eprintln!("the tour cannot start: {reason}");
            return ExitCode::FAILURE;
        }
    };
    println!("An evening at {}\n", stage.venue_url());
    let steps = walk(&mut stage).await;
    let holds = steps.iter().all(|step| step.holds) && steps.len() == steps::ALL.len();
    let report = Report { holds, milliseconds: started.elapsed().as_millis(), books: stage.books(), steps };
    table(&report);
    stage.strike().await;
    if let Some(path) = arguments.json
        && let Err(error) = write(&path, &report)
    {
        eprintln!("{} cannot be written: {error}", path.display());
        return ExitCode::from(2);
    }
    if holds { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

async fn walk(stage: &mut Stage) -> Vec<Outcome> {
    let bar = indicatif::ProgressBar::new(steps::ALL.len() as u64).with_style(
        indicatif::ProgressStyle::with_template("{spinner} {pos}/{len} {msg}").expect("a template"),
    );
    let mut outcomes = Vec::new();
    for (name, step) in steps::ALL {
        bar.set_message(*name);
        bar.enable_steady_tick(std::time::Duration::from_millis(120));
        let started = Instant::now();
        let result = tokio::time::timeout(stage::PATIENCE, step(stage)).await;
        let (holds, what) = match result {
            Ok(Ok(what)) => (true, what),
            Ok(Err(why)) => (false, why.to_string()),
            Err(_) => (false, format!("nothing came of it within {} s", stage::PATIENCE.as_secs())),
        };
        let milliseconds = started.elapsed().as_millis();
        bar.suspend(|| {
            println!(
                "{} {name}  {milliseconds} ms\n    {}",
                if holds { "✓" } else { "✗" },
                what.replace('\n', "\n    ")
            );
        });
        bar.inc(1);
        outcomes.push(Outcome { step: name, holds, what, milliseconds });
        if !holds {
            break;
        }
    }
    bar.finish_and_clear();
    outcomes
}

fn table(report: &Report) {
    println!("\n{:<44} {:>8}  holds", "step", "ms");
    for step in &report.steps {
        println!("{:<44} {:>8}  {}", step.step, step.milliseconds, if step.holds { "yes" } else { "NO" });
    }
    let left = steps::ALL.len() - report.steps.len();
    if left > 0 {
        println!("{left} steps were not reached");
    }
    println!("{:<44} {:>8}  {}", "the evening", report.milliseconds, if report.holds { "yes" } else { "NO" });
}

fn write(path: &std::path::Path, report: &Report) -> std::io::Result<()> {
    if let Some(directory) = path.parent() {
        std::fs::create_dir_all(directory)?;
    }
    std::fs::write(path, serde_json::to_vec_pretty(report)?)
}
