//! The commands and their arguments.

use clap::{Args, Parser, Subcommand};
use std::net::SocketAddr;
use std::path::PathBuf;

use nightmarket::Money;
use nightmarket::ports::TlsSettings;
use nightmarket::purchase::ConsentKind;

/// Where a partner's platform profile is, unless told otherwise. A shop reads it to see what this client speaks.
const PLATFORM_PROFILE: &str = "https://nightmarket.app/platform/profile.json";

/// The same as UCP 2026-01-11 writes it, for shops that speak only that.
const OLDER_PLATFORM_PROFILE: &str = "https://nightmarket.app/platform/profile-2026-01-11.json";

/// A shopper's evening of live shopping, from a terminal.
#[derive(Parser)]
#[command(name = "nightmarket", version, about, args_conflicts_with_subcommands = true)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Option<Command>,
    /// Without a command: the tour.
    #[command(flatten)]
    pub tour: TourArgs,
}

#[derive(Subcommand)]
pub enum Command {
    /// Live a whole evening against the sandbox over real sockets, and check every step (the default).
    Tour(TourArgs),
    /// Say what a venue or shop offers, what of the app will work there, and what is wrong.
    Doctor(DoctorArgs),
    /// Make one purchase at any UCP shop.
    Buy(Box<BuyArgs>),
    /// Serve the sandbox: a venue with two shops. The first line printed is the venue's address.
    Sandbox(SandboxArgs),
}

#[derive(Args)]
pub struct TourArgs {
    /// Also write what happened to this file.
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
    /// Keep the shopper's databases here instead of a directory that is removed.
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
}

/// Trust and identity, common to what goes to a server.
#[derive(Args)]
pub struct Reach {
    /// A PEM file with further roots to trust: a test venue's own CA.
    #[arg(long, value_name = "FILE")]
    pub ca: Option<PathBuf>,
    /// The platform profile named in every request.
    #[arg(long, value_name = "URL", env = "NIGHTMARKET_PLATFORM_PROFILE", default_value = PLATFORM_PROFILE)]
    pub platform_profile: String,
    /// The platform profile named to shops that speak only UCP 2026-01-11; they refuse a newer one.
    #[arg(long, value_name = "URL", env = "NIGHTMARKET_OLDER_PLATFORM_PROFILE", default_value = OLDER_PLATFORM_PROFILE)]
    pub older_platform_profile: String,
}

impl Reach {
    /// The TLS settings these arguments mean.
    pub fn tls(&self) -> Result<TlsSettings, String> {
        let read = |path: &PathBuf| {
            std::fs::read_to_string(path)
                .map_err(|error| format!("{} cannot be read: {error}", path.display()))
        };
        Ok(TlsSettings { extra_roots_pem: self.ca.as_ref().map(read).transpose()? })
    }
}

#[derive(Args)]
pub struct DoctorArgs {
    /// The venue's or shop's address. Not needed with --emit-profile.
    #[arg(required_unless_present = "emit_profile")]
    pub url: Option<String>,
    /// Print the findings as JSON.
    #[arg(long)]
    pub json: bool,
    /// Print the platform profile that a partner publishes at an https address of their own.
    #[arg(long)]
    pub emit_profile: bool,
    /// With --emit-profile: as UCP 2026-01-11 writes it, for shops that speak only that.
    #[arg(long, requires = "emit_profile")]
    pub older: bool,
    #[command(flatten)]
    pub reach: Reach,
}

#[derive(Args)]
pub struct SandboxArgs {
    /// Where the venue listens; the shops take the two ports after it, or any if it is zero.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:0")]
    pub listen: SocketAddr,
    /// Where the sandbox's own CA is written, with --tls.
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Serve https with a CA of its own.
    #[arg(long)]
    pub tls: bool,
    /// Start from this seed instead of a random one.
    #[arg(long)]
    pub seed: Option<u64>,
    /// The second shop is a plain shop that speaks UCP 2026-01-11 and nothing else.
    #[arg(long)]
    pub older: bool,
    /// Fan out by a Centrifugo-compatible hub at this address on loopback, instead of the sandbox's own. The hub's
    /// proxy hooks go to /hub/rpc and /hub/subscribe of the venue (see tests/livehub).
    #[arg(long, value_name = "URL", conflicts_with = "tls")]
    pub hub: Option<String>,
    /// The hub's `http_api.key`.
    #[arg(
        long,
        value_name = "KEY",
        env = "NIGHTMARKET_HUB_API_KEY",
        hide_env_values = true,
        default_value = ""
    )]
    pub hub_api_key: String,
    /// The hub's `client.token.hmac_secret_key`.
    #[arg(
        long,
        value_name = "KEY",
        env = "NIGHTMARKET_HUB_TOKEN_KEY",
        hide_env_values = true,
        default_value = ""
    )]
    pub hub_token_key: String,
    /// What the hub's hooks have in X-Hub-Key.
    #[arg(
        long,
        value_name = "KEY",
        env = "NIGHTMARKET_HUB_HOOK_KEY",
        hide_env_values = true,
        default_value = ""
    )]
    pub hub_hook_key: String,
    /// Where whoever stands before the hub takes faults for tests: `livehub balance -control`.
    #[arg(long, value_name = "URL", requires = "hub", hide = true)]
    pub hub_faults: Option<String>,
}

#[derive(Args)]
pub struct BuyArgs {
    /// The shop's (or venue's) address.
    pub url: String,
    /// The item, as the shop names it.
    #[arg(long, value_name = "ID")]
    pub item: String,
    /// One tap buys under this amount: 60.00USD.
    #[arg(long, value_name = "MONEY")]
    pub threshold: Money,
    /// Where the journal is kept. Run again with the same to find out how an unknown purchase ended.
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// The payment handler, by id. The first one the shop offers, if not given.
    #[arg(long, value_name = "ID")]
    pub handler: Option<String>,
    /// The opaque credential. A test token, if not given.
    #[arg(long, value_name = "TOKEN", requires = "handler")]
    pub credential: Option<String>,
    /// What may be shown of the card, UCP's `display` as JSON; shops of UCP 2026-01-11 want `brand` and `last_digits`.
    #[arg(long, value_name = "JSON", requires = "credential")]
    pub display: Option<String>,
    /// A JSON file with UCP's postal address fields.
    #[arg(long, value_name = "FILE")]
    pub ship_to: Option<PathBuf>,
    /// A discount code; may be given several times.
    #[arg(long, value_name = "CODE")]
    pub discount: Vec<String>,
    /// An answer to what the shop asks consent for (`analytics`, `preferences`, `marketing`, `sale_of_data`); may be given several
    /// times. What is not answered is not sent.
    #[arg(long, value_name = "KIND=yes|no", value_parser = consent)]
    pub consent: Vec<(ConsentKind, bool)>,
    /// A bearer token of the shop; a guest buys without one.
    #[arg(long, value_name = "TOKEN")]
    pub token: Option<String>,
    /// Shop, device, instrument, address and delivery count as used before.
    #[arg(long)]
    pub trusted: bool,
    /// Confirm the purchase where one tap may not buy.
    #[arg(long)]
    pub confirm: bool,
    /// Milliseconds to wait for an outcome before it counts as unknown (exit 5).
    #[arg(long, value_name = "MS", default_value_t = 20_000, hide = true)]
    pub wait_ms: u64,
    #[command(flatten)]
    pub reach: Reach,
}

fn consent(text: &str) -> Result<(ConsentKind, bool), String> {
    let kinds = || ConsentKind::ALL.map(ConsentKind::as_str).join(", ");
    let (kind, answer) = text.split_once('=').ok_or("it is KIND=yes or KIND=no")?;
    let kind = ConsentKind::ALL.into_iter().find(|known| known.as_str() == kind);
    let kind = kind.ok_or_else(|| format!("KIND is one of {}", kinds()))?;
    match answer {
        "yes" => Ok((kind, true)),
        "no" => Ok((kind, false)),
        _ => Err("the answer is yes or no".to_owned()),
    }
}
