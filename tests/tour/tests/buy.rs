//! `nightmarket buy` and `doctor` as people run them: another process, real sockets, exit codes and words.

use nightmarket_sandbox::books::Books;
use nightmarket_sandbox::serve::{Sandbox, SandboxConfig};
use serde_json::{Value, json};
use std::path::Path;
use std::process::Output;
use tokio::io::AsyncBufReadExt as _;
use tokio::process::Command;

/// A tin of snacks at the shop that sells in USD.
const ITEM: &str = "tasting_tin";

struct Market {
    sandbox: Sandbox,
}

impl Market {
    async fn open() -> Self {
        let config = SandboxConfig { ambience: false, ..SandboxConfig::default() };
        Self { sandbox: Sandbox::start(config).await.unwrap() }
    }

    fn shop(&self) -> &str {
        &self.sandbox.shop_urls[1]
    }

    fn books(&self) -> Books {
        self.sandbox.control(|world| world.shops()[1].books().clone())
    }

    fn script(&self, order: &Value) {
        self.sandbox.control(|world| world.script(order)).unwrap();
    }

    /// Runs `buy` for a tin; gives exit code and words.
    async fn buy(&self, threshold: &str, more: &[&str]) -> (i32, String) {
        let mut arguments = vec!["buy", self.shop(), "--item", ITEM, "--threshold", threshold];
        arguments.extend(more);
        run(&arguments).await
    }
}

async fn run(arguments: &[&str]) -> (i32, String) {
    let running = Command::new(env!("CARGO_BIN_EXE_nightmarket")).args(arguments).kill_on_drop(true).output();
    let Output { status, stdout, stderr } =
        tokio::time::timeout(std::time::Duration::from_mins(1), running).await.expect("it ends").unwrap();
    let words = String::from_utf8_lossy(&stdout).into_owned() + &String::from_utf8_lossy(&stderr);
    (status.code().expect("it was not killed"), words)
}

#[tokio::test(flavor = "multi_thread")]
async fn under_the_threshold_buys_and_over_it_asks() {
    let market = Market::open().await;
    let (code, words) = market.buy("60.00USD", &["--trusted"]).await;
    assert_eq!(code, 0, "{words}");
    assert!(words.contains("placed: ") && words.contains("Total"), "{words}");
    assert!(!words.contains("confirmed"), "{words}");

    let (code, words) = market.buy("1.00USD", &["--trusted"]).await;
    assert_eq!(code, 3, "{words}");
    assert!(words.contains("not under the threshold of 1.00 USD"), "{words}");
    assert_eq!(market.books().charges.len(), 1);

    let (code, words) = market.buy("1.00USD", &["--trusted", "--confirm"]).await;
    assert_eq!(code, 0, "{words}");
    assert_eq!(market.books().charges.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_new_is_asked_about_although_it_is_cheap() {
    let market = Market::open().await;
    let (code, words) = market.buy("60.00USD", &[]).await;
    assert_eq!(code, 3, "{words}");
    assert!(words.contains("new device") && words.contains("new instrument"), "{words}");
    assert!(market.books().charges.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_discount_counts() {
    let market = Market::open().await;
    let (_, plain) = market.buy("60.00USD", &["--trusted"]).await;
    let (code, words) = market.buy("60.00USD", &["--trusted", "--discount", "WELCOME5"]).await;
    assert_eq!(code, 0, "{words}");
    let charges = market.books().charges;
    assert!(charges[1].amount < charges[0].amount, "{plain}\n{words}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_to_be_had_says_so() {
    let market = Market::open().await;
    let decline = ["--trusted", "--handler", "sandbox_tokenizer", "--credential", "tok_decline"];
    let (code, words) = market.buy("60.00USD", &decline).await;
    assert_eq!(code, 4, "{words}");
    assert!(words.contains("declined: "), "{words}");

    market.script(&json!({"do": "stock", "shop": 1, "item": ITEM, "units": 0}));
    let (code, words) = market.buy("60.00USD", &["--trusted"]).await;
    assert_eq!(code, 4, "{words}");
    assert!(words.contains("out_of_stock"), "{words}");
    assert!(market.books().charges.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn consent_is_told_as_it_is_given_and_to_nobody_who_does_not_ask() {
    let market = Market::open().await;
    let (code, words) = market.buy("60.00USD", &["--trusted"]).await;
    assert_eq!(code, 0, "{words}");
    assert!(words.contains("consent to sale of data: not answered"), "{words}");
    assert!(market.books().consents.is_empty());
    let answers = ["--trusted", "--consent", "marketing=no", "--consent", "analytics=yes"];
    let (code, words) = market.buy("60.00USD", &answers).await;
    assert_eq!(code, 0, "{words}");
    assert!(words.contains("consent to marketing: no\n"), "{words}");
    let told = [("analytics".to_owned(), true), ("marketing".to_owned(), false)];
    assert_eq!(market.books().consents.last().unwrap().consent, told.into());

    let other = market.sandbox.shop_urls[0].as_str();
    let asked =
        ["buy", other, "--item", "mug_celadon_s", "--threshold", "900CNY", "--consent", "marketing=yes"];
    let (code, words) = run(&asked).await;
    assert_eq!(code, 4, "nothing is bought over an answer that nobody takes: {words}");
    assert!(words.contains("buyer_consent"), "{words}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bank_that_asks_leads_into_the_browser() {
    let market = Market::open().await;
    let asks = ["--trusted", "--handler", "sandbox_tokenizer", "--credential", "tok_3ds"];
    let (code, words) = market.buy("60.00USD", &asks).await;
    assert_eq!(code, 3, "{words}");
    assert!(words.contains("go on at http"), "{words}");
    assert!(market.books().charges.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_approved_in_the_browser_is_found_by_the_next_run() {
    let market = Market::open().await;
    let directory = tempfile::tempdir().unwrap();
    let asks = ["--trusted", "--handler", "sandbox_tokenizer", "--credential", "tok_3ds", "--data"];
    let asks = [&asks[..], &[directory.path().to_str().unwrap()]].concat();
    let (code, words) = market.buy("60.00USD", &asks).await;
    assert_eq!(code, 3, "{words}");
    let (code, words) = market.buy("60.00USD", &asks).await;
    assert_eq!(code, 3, "nothing was approved yet: {words}");

    let checkout = market.books().creates[0].checkout_id.clone();
    let _ = rustls::crypto::ring::default_provider().install_default();
    let approve = format!("{}/continue/{checkout}/approve", market.shop());
    assert!(reqwest::Client::new().post(approve).send().await.unwrap().status().is_success());
    let (code, words) = market.buy("60.00USD", &asks).await;
    assert_eq!(code, 0, "{words}");
    assert_eq!((market.books().charges.len(), market.books().creates.len()), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_outcome_is_found_out_by_the_next_run_and_never_bought_twice() {
    let market = Market::open().await;
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().to_str().unwrap();
    // The completion arrives, its answer does not; and then the shop cannot be read either.
    let orders = [
        json!({"target": "shop:1", "kind": "drop_after", "path_prefix": "/ucp/checkout-sessions/", "times": 1}),
        json!({"target": "shop:1", "kind": "drop_before", "path_prefix": "/ucp/checkout-sessions/", "times": 10_000}),
    ];
    let slow = ["--trusted", "--data", data, "--wait-ms", "2500"];
    let mut running = Command::new(env!("CARGO_BIN_EXE_nightmarket"))
        .args(["buy", market.shop(), "--item", ITEM, "--threshold", "60.00USD"])
        .args(slow)
        .stdout(std::process::Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = tokio::io::BufReader::new(running.stdout.take().unwrap()).lines();
    let mut words = String::new();
    while let Some(line) = lines.next_line().await.unwrap() {
        words += &(line.clone() + "\n");
        // The totals are on the screen; the tap comes after they were there for a while.
        if line.starts_with("Pay ") {
            for order in &orders {
                market.sandbox.control(|world| world.switch_fault(order)).unwrap();
            }
        }
    }
    let code = running.wait().await.unwrap().code().unwrap();
    assert_eq!(code, 5, "{words}");
    assert!(words.contains("run the same again"), "{words}");
    assert_eq!(market.books().charges.len(), 1, "the shop took it");

    market.sandbox.control(nightmarket_sandbox::world::World::clear_faults);
    let (code, words) = market.buy("60.00USD", &["--trusted", "--data", data]).await;
    assert_eq!(code, 0, "{words}");
    assert!(words.contains("an earlier purchase"), "{words}");
    assert_eq!((market.books().charges.len(), market.books().wrongs().len()), (1, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn addresses_and_amounts_that_cannot_be_used_are_told_apart() {
    let market = Market::open().await;
    let page = format!("{}/media/pictures/pearls-0.png", market.sandbox.venue_url);
    let missing = Path::new("/nowhere/address.json").to_str().unwrap();
    for (arguments, expected) in [
        (vec!["buy", "http://127.0.0.1:1", "--item", "x", "--threshold", "60.00USD"], 6),
        (vec!["buy", "not an address", "--item", "x", "--threshold", "60.00USD"], 2),
        (vec!["buy", "http://shop.example", "--item", "x", "--threshold", "60.00USD"], 2),
        (vec!["buy", market.shop(), "--item", ITEM, "--threshold", "60.001USD"], 2),
        (vec!["buy", market.shop(), "--item", ITEM, "--threshold", "60"], 2),
        (vec!["buy", market.shop(), "--item", ITEM], 2),
        (vec!["buy", market.shop(), "--item", ITEM, "--threshold", "60USD", "--consent", "marketing"], 2),
        (vec!["buy", market.shop(), "--item", ITEM, "--threshold", "60USD", "--consent", "all=yes"], 2),
        (vec!["buy", market.shop(), "--item", ITEM, "--threshold", "60USD", "--ship-to", missing], 2),
        (vec!["buy", market.shop(), "--item", "no_such_item", "--threshold", "60USD"], 4),
        (vec!["doctor", "http://127.0.0.1:1"], 6),
        (vec!["buy", "https://shop.example", "--item", "x", "--threshold", "60.00USD"], 2),
        (vec!["doctor", "nonsense"], 2),
    ] {
        let (code, words) = run(&arguments).await;
        assert_eq!(code, expected, "{arguments:?}\n{words}");
    }
    assert!(run(&["doctor", &page]).await.0 == 0, "an address below the venue's is the venue");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_examines_a_venue_and_its_shops() {
    let market = Market::open().await;
    let (code, words) = run(&["doctor", &market.sandbox.venue_url, "--json"]).await;
    let report: Value = serde_json::from_str(&words).unwrap();
    assert_eq!(code, 0, "{words}");
    let shops = report["vouched"].as_array().unwrap();
    assert!(shops.iter().all(|shop| shop["findings"]["problems"].as_array().unwrap().is_empty()));
    assert_eq!(shops[1]["findings"]["sample_item"], ITEM);
    let (code, profile) = run(&["doctor", "--emit-profile"]).await;
    let profile: Value = serde_json::from_str(&profile).unwrap();
    assert_eq!((code, profile["ucp"]["version"].as_str()), (0, Some("2026-04-08")));
}
