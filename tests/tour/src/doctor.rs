//! `nightmarket doctor`: what a venue or shop offers, what of the app will work there, and what is wrong.

use serde::Serialize;
use std::process::ExitCode;

use nightmarket::inspect::{Inspection, inspect};
use nightmarket::ports::TlsSettings;
use nightmarket::ucp::adapter::{Dialect, write_profile};
use nightmarket::ucp::{name, platform::PlatformProfile};
use nightmarket::{Error, Result};

use crate::cli::DoctorArgs;

/// A screen of the app and what it needs.
const SCREENS: [(&str, &str, &str); 10] = [
    ("feed", name::FEED, "the catalogue is scrolled instead"),
    ("live rooms and chat", name::LIVE, "hidden"),
    ("drops and reminders", name::DROPS, "hidden"),
    ("fan groups", name::FANS, "hidden"),
    ("buying", name::CHECKOUT, "products open in the browser"),
    ("one tap, bound to what was shown", name::BOUND_COMPLETE, "a quote is good for one tap for 60 s"),
    ("offers in chat", name::OFFERS, "shown, not buyable"),
    ("undo", name::ORDERS, "opens the order's own page"),
    ("returns by courier", name::RETURNS, "opens the order's own page"),
    ("blind boxes", name::BLIND_BOXES, "not sold"),
];
/// The version of the older shape.
const OLDEST: &str = "2026-01-11";
/// Screens before this one are the venue's, the others the shop's.
const FIRST_OF_SHOP: usize = 4;

#[derive(Serialize)]
struct Screen {
    name: &'static str,
    works: bool,
    otherwise: Option<&'static str>,
}

#[derive(Serialize)]
struct Findings {
    #[serde(flatten)]
    inspection: Inspection,
    screens: Vec<Screen>,
    problems: Vec<String>,
}

#[derive(Serialize)]
struct Report {
    #[serde(flatten)]
    findings: Findings,
    vouched: Vec<Vouched>,
}

#[derive(Serialize)]
struct Vouched {
    domain: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    findings: Option<Findings>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unreachable: Option<String>,
}

pub async fn run(arguments: DoctorArgs) -> ExitCode {
    if arguments.emit_profile {
        return emit(arguments.older);
    }
    let tls = match arguments.reach.tls() {
        Ok(tls) => tls,
        Err(reason) => {
            eprintln!("{reason}");
            return ExitCode::from(2);
        }
    };
    let url = arguments.url.unwrap_or_default();
    match examine(&url, &arguments.reach.platform_profile, &tls).await {
        Ok(report) => {
            if arguments.json {
                println!("{}", serde_json::to_string_pretty(&report).unwrap_or_default());
            } else {
                print(&report);
            }
            let troubled = report.vouched.iter().any(|shop| shop.unreachable.is_some());
            if troubled || !report.findings.problems.is_empty() {
                ExitCode::FAILURE
            } else {
                ExitCode::SUCCESS
            }
        }
        Err(error) => {
            eprintln!("{url}: {error}\nwhat to do: {:?}", error.remedy());
            exit_code(&error)
        }
    }
}

/// Prints the platform profile, of today or as the oldest version writes it.
fn emit(older: bool) -> ExitCode {
    if !older {
        println!("{}", PlatformProfile::new().multi_group().to_json());
        return ExitCode::SUCCESS;
    }
    let profile = PlatformProfile::new().at_version(OLDEST).build();
    match write_profile(Dialect::Legacy, &profile) {
        Ok(text) => {
            println!("{text}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// The exit code of a command that could not do its work.
pub fn exit_code(error: &Error) -> ExitCode {
    match error {
        Error::BadAddress { .. } | Error::BadInput { .. } => ExitCode::from(2),
        Error::Unreachable { .. } | Error::NoAnswer { .. } | Error::Tls { .. } => ExitCode::from(6),
        _ => ExitCode::FAILURE,
    }
}

async fn examine(url: &str, platform_profile: &str, tls: &TlsSettings) -> Result<Report> {
    let inspection = inspect(url, platform_profile, tls).await?;
    let scheme = inspection.origin.split("://").next().unwrap_or("https").to_owned();
    let own = inspection.origin.clone();
    let mut vouched = Vec::new();
    for shop in &inspection.shops {
        let beside =
            shop.domain.as_str().starts_with("127.") || shop.domain.as_str().starts_with("localhost");
        let address = format!("{}://{}", if beside { &scheme } else { "https" }, shop.domain);
        if address == own {
            continue;
        }
        let domain = shop.domain.to_string();
        vouched.push(match inspect(&address, platform_profile, tls).await {
            Ok(inspection) => Vouched { domain, findings: Some(findings(inspection)), unreachable: None },
            Err(error) => Vouched { domain, findings: None, unreachable: Some(error.to_string()) },
        });
    }
    Ok(Report { findings: findings(inspection), vouched })
}

fn findings(inspection: Inspection) -> Findings {
    let is_venue = inspection.offers(name::FEED) || inspection.offers(name::LIVE);
    let is_shop = inspection.offers(name::CHECKOUT);
    let relevant = |index: usize| if index < FIRST_OF_SHOP { is_venue || !is_shop } else { is_shop };
    let screens = SCREENS
        .iter()
        .enumerate()
        .filter(|(index, _)| relevant(*index))
        .map(|(_, (screen, capability, otherwise))| {
            let works = inspection.offers(capability);
            Screen { name: screen, works, otherwise: (!works).then_some(*otherwise) }
        })
        .collect();
    Findings { problems: problems(&inspection, is_venue, is_shop), screens, inspection }
}

fn problems(inspection: &Inspection, is_venue: bool, is_shop: bool) -> Vec<String> {
    let mut problems = Vec::new();
    if !is_venue && !is_shop {
        problems
            .push("nothing here that this app can use: neither a checkout nor a feed is offered".to_owned());
    }
    for capability in inspection.capabilities.iter().filter(|capability| !capability.active) {
        let known = SCREENS.iter().any(|(_, name, _)| *name == capability.name);
        if let (true, Some(reason)) = (known, &capability.reason) {
            problems.push(format!("{} does not work: {reason}", capability.name));
        }
    }
    if is_shop && inspection.endpoint.is_none() {
        problems.push("a checkout is offered, but no REST endpoint of dev.ucp.shopping".to_owned());
    }
    if is_shop && inspection.handlers.is_empty() {
        problems.push("no payment handler: nothing can be paid here".to_owned());
    }
    if inspection.offers(name::OFFERS) && inspection.signing_keys.is_empty() {
        problems.push("offers are made, but there is no key to verify them with".to_owned());
    }
    if inspection.offers(name::LIVE) && inspection.hub.is_none() {
        problems.push("live is offered, but its config names no hub".to_owned());
    }
    problems
}

fn print(report: &Report) {
    print_one("", &report.findings);
    for shop in &report.vouched {
        println!();
        match (&shop.findings, &shop.unreachable) {
            (Some(findings), _) => print_one("vouched shop ", findings),
            (None, reason) => {
                println!("vouched shop {}\n  ✗ {}", shop.domain, reason.as_deref().unwrap_or("no findings"));
            }
        }
    }
}

fn print_one(label: &str, findings: &Findings) {
    let inspection = &findings.inspection;
    let shape = if inspection.legacy { ", older shape" } else { "" };
    println!("{label}{}  (UCP {}{shape})", inspection.origin, inspection.version);
    for screen in &findings.screens {
        match screen.otherwise {
            None => println!("  ✓ {}", screen.name),
            Some(otherwise) => println!("  – {}: {otherwise}", screen.name),
        }
    }
    if inspection.legacy {
        println!(
            "    refuses platforms newer than {}: name one by --older-platform-profile",
            inspection.version
        );
    }
    for handler in &inspection.handlers {
        let types =
            if handler.instruments.is_empty() { "any".to_owned() } else { handler.instruments.join(", ") };
        println!("    pay with {} ({}): {types}", handler.name, handler.id);
    }
    if let Some(hub) = &inspection.hub {
        println!("    hub {hub}");
    }
    if let Some(max) = &inspection.one_tap_max {
        println!("    the shop confirms from {max}");
    }
    if let Some(item) = &inspection.sample_item {
        println!("    an item to try: {item}");
    }
    for problem in &findings.problems {
        println!("  ✗ {problem}");
    }
}
