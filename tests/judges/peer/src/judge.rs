//! What the official client has to find at the sandbox's hub. Each check has a hub of its own, and all run at once.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use centrifuge::{Error, HistoryOptions, StreamPosition, TokenError};
use nightmarket_sandbox::hub::CloseCode;
use nightmarket_sandbox::hub::skin::Fault;
use serde_json::{Value, json};

use crate::hub::{Hub, channel_token, token, url};
use crate::peer::{Log, client, connected, listen, subscribed};

type Running = Pin<Box<dyn Future<Output = ()>>>;
type Check = (&'static str, fn(Hub) -> Running);

/// Runs all checks, prints each, and says how many failed.
pub async fn run() -> usize {
    let checks: [Check; 15] = [
        ("connects and is told the window", |hub| Box::pin(connects(hub))),
        ("receives what is published, in order and numbered", |hub| Box::pin(receives(hub))),
        ("a channel without history numbers nothing", |hub| Box::pin(passes(hub))),
        ("is cut and recovers what it missed, once and in order", |hub| Box::pin(recovers(hub))),
        ("loses a gap and is told", |hub| Box::pin(loses(hub))),
        ("a stream that was forgotten is another epoch", |hub| Box::pin(forgets(hub))),
        ("subscribes from a position of a snapshot", |hub| Box::pin(since(hub))),
        ("refreshes its token in time and stays", |hub| Box::pin(refreshes(hub))),
        ("a token that ran out is not taken, a new one is", |hub| Box::pin(ran_out(hub))),
        ("a bad token is final", |hub| Box::pin(bad_token(hub))),
        ("own channels need a token for that user and channel", |hub| Box::pin(own_channels(hub))),
        ("calls: answered, refused, unknown", |hub| Box::pin(calls(hub))),
        ("history: limit, since, reverse", |hub| Box::pin(history(hub))),
        ("closes that mean come back, and that mean stay away", |hub| Box::pin(closes(hub))),
        ("leaves a hub that went silent, and comes back", |hub| Box::pin(silent(hub))),
    ];
    let mut running = Vec::new();
    for (name, check) in checks {
        running.push((name, tokio::task::spawn_local(check(Hub::start().await))));
    }
    let mut failed = 0;
    for (name, check) in running {
        let held = check.await.is_ok();
        println!("{}  {name}", if held { "ok  " } else { "FAIL" });
        failed += usize::from(!held);
    }
    failed
}

fn at(hub: &Hub) -> String {
    url(hub.address)
}

fn data(log: &Log) -> Vec<String> {
    log.told("pub ").iter().filter_map(|word| word.split_once(' ')).map(|(_, data)| data.to_owned()).collect()
}

fn code<T>(result: Result<T, Error>) -> u32 {
    match result {
        Err(Error::Server(error)) => error.code,
        _ => 0,
    }
}

async fn connects(hub: Hub) {
    let (_client, log) = connected(&at(&hub), "ann").await;
    assert_eq!(log.told("connected"), [r#"{"reconnect_window_ms":100}"#]);
}

async fn receives(hub: Hub) {
    let (client, _) = connected(&at(&hub), "ann").await;
    let (_subscription, log) = subscribed(&client, "chat:1").await;
    let expected: Vec<String> = (1..=50).map(|n| format!("{n} {{\"line\":\"{n} 珍珠\"}}")).collect();
    for n in 1..=50 {
        hub.live.publish("chat:1", json!({ "line": format!("{n} 珍珠") }));
    }
    assert_eq!(log.wait("pub ", 50).await, expected);
}

async fn passes(hub: Hub) {
    let (client, _) = connected(&at(&hub), "ann").await;
    let (_subscription, log) = subscribed(&client, "pulse:1").await;
    hub.live.publish("pulse:1", json!(1));
    assert_eq!(
        (log.told("sub"), log.wait("pub ", 1).await),
        (vec!["new".to_owned()], vec!["0 1".to_owned()])
    );
}

async fn recovers(hub: Hub) {
    let (client, connection) = connected(&at(&hub), "ann").await;
    let (_subscription, log) = subscribed(&client, "room:1").await;
    hub.live.publish("room:1", json!(1));
    log.wait("pub ", 1).await;
    hub.live.fault(Fault::Refuse { times: 2 });
    hub.live.fault(Fault::Cut);
    connection.wait("connecting", 2).await;
    for n in 2..=4 {
        hub.live.publish("room:1", json!(n));
    }
    assert!(log.wait("sub ", 2).await[1].ends_with("recovered"));
    hub.live.publish("room:1", json!(5));
    log.wait("pub 5", 1).await;
    assert_eq!(data(&log), ["1", "2", "3", "4", "5"]);
}

async fn loses(hub: Hub) {
    let (client, connection) = connected(&at(&hub), "ann").await;
    let (_subscription, log) = subscribed(&client, "small:1").await;
    hub.live.publish("small:1", json!(1));
    log.wait("pub ", 1).await;
    hub.live.fault(Fault::Refuse { times: 2 });
    hub.live.fault(Fault::Cut);
    connection.wait("connecting", 2).await;
    for n in 2..=6 {
        hub.live.publish("small:1", json!(n));
    }
    let again = log.wait("sub ", 2).await.remove(1);
    assert!(again.starts_with("6 ") && again.ends_with("lost"), "{again}");
    hub.live.publish("small:1", json!(7));
    log.wait("pub 7", 1).await;
    assert_eq!(data(&log), ["1", "7"]);
}

async fn forgets(hub: Hub) {
    let (client, _) = connected(&at(&hub), "ann").await;
    let (_subscription, log) = subscribed(&client, "room:1").await;
    hub.live.publish("room:1", json!(1));
    log.wait("pub ", 1).await;
    hub.live.with(|hub, _| hub.forget_stream("room:1"));
    let told = log.wait("sub ", 2).await;
    let epoch = |word: &str| word.split(' ').nth(1).map(str::to_owned);
    assert!(told[1].ends_with("lost") && epoch(&told[0]) != epoch(&told[1]), "{told:?}");
    hub.live.publish("room:1", json!(2));
    log.wait("pub ", 2).await;
}

async fn since(hub: Hub) {
    let first = hub.live.publish("chat:1", json!(1));
    hub.live.publish("chat:1", json!(2));
    let (client, _) = connected(&at(&hub), "ann").await;
    let log = Log::default();
    let from = StreamPosition::new(first.offset, first.epoch);
    let subscription = listen(&client, "chat:1", &log).since(from).build().expect("a subscription");
    subscription.subscribe();
    assert_eq!(log.wait("pub ", 1).await, ["2 2"]);
}

async fn refreshes(hub: Hub) {
    let (log, asked) = (Log::default(), Arc::new(AtomicUsize::new(0)));
    let counted = asked.clone();
    let client = client(&at(&hub), token("ann", Some(2_500)), &log).get_token(move |_| {
        counted.fetch_add(1, Ordering::Relaxed);
        async { Ok(Some(token("ann", Some(60_000)))) }
    });
    let client = client.build().expect("a client");
    client.connect().expect("it is not closed");
    log.wait("connected", 1).await;
    tokio::time::sleep(Duration::from_secs(5)).await;
    assert_eq!((asked.load(Ordering::Relaxed), log.told("connecting").len()), (1, 1), "{:?}", log.read());
}

async fn ran_out(hub: Hub) {
    let log = Log::default();
    let client = client(&at(&hub), token("ann", Some(-5_000)), &log)
        .get_token(|_| async { Ok::<_, TokenError>(Some(token("ann", None))) })
        .build()
        .expect("a client");
    client.connect().expect("it is not closed");
    log.wait("connected", 1).await;
}

async fn bad_token(hub: Hub) {
    let log = Log::default();
    let client = client(&at(&hub), token("ann", None) + "x", &log).build().expect("a client");
    client.connect().expect("it is not closed");
    assert_eq!(log.wait("disconnected", 1).await, ["3500"]);
}

async fn own_channels(hub: Hub) {
    let (client, _) = connected(&at(&hub), "ann").await;
    let unsigned = channel_token("ann", "shopper:dan", None) + "x";
    for (channel, its_token) in [("shopper:cid", String::new()), ("shopper:dan", unsigned)] {
        let log = Log::default();
        let other = listen(&client, channel, &log).token(its_token).build().expect("a subscription");
        other.subscribe();
        assert_eq!(log.wait("unsub", 1).await, ["103"], "{channel}");
    }
    let log = Log::default();
    let own = listen(&client, "shopper:ann", &log)
        .token(channel_token("ann", "shopper:ann", Some(2_500)))
        .get_token(|_| async { Ok(channel_token("ann", "shopper:ann", Some(60_000))) })
        .build()
        .expect("a subscription");
    own.subscribe();
    log.wait("sub ", 1).await;
    // Its token is refreshed meanwhile, and it stays.
    tokio::time::sleep(Duration::from_secs(4)).await;
    hub.live.publish("shopper:ann", json!({ "offer": 1 }));
    log.wait("pub ", 1).await;
    assert_eq!(log.told("sub ").len(), 1, "{:?}", log.read());
}

async fn calls(hub: Hub) {
    let (client, _) = connected(&at(&hub), "ann").await;
    let argument = json!({ "text": "左边第三颗" });
    let answer: Value = client.rpc_json("echo", &argument).await.expect("an answer");
    assert_eq!(answer, json!({ "user": "ann", "data": argument }));
    assert_eq!(code(client.rpc("refuse", "{}").await), 1404);
    assert_eq!(code(client.rpc("nothing.of.the.sort", "{}").await), 104);
    assert_eq!(code(client.publish("chat:1", "{}").await), 103);
    assert_eq!(code(client.presence("chat:1").await), 108);
}

async fn history(hub: Hub) {
    let (client, _) = connected(&at(&hub), "ann").await;
    let (subscription, _) = subscribed(&client, "chat:1").await;
    for n in 1..=4 {
        hub.live.publish("chat:1", json!(n));
    }
    let epoch = hub.live.publish("chat:1", json!(5)).epoch;
    let page = async |options: HistoryOptions| {
        let result = subscription.history(options).await.expect("a page");
        let words: Vec<String> =
            result.publications.iter().map(|each| String::from_utf8_lossy(&each.data).into_owned()).collect();
        (words.join(" "), result.offset)
    };
    let from = |offset| StreamPosition::new(offset, epoch.clone());
    assert_eq!(page(HistoryOptions::new().limit(2)).await, ("1 2".to_owned(), 5));
    assert_eq!(page(HistoryOptions::new().limit(2).reverse(true)).await.0, "5 4");
    assert_eq!(page(HistoryOptions::new().limit(9).since(from(3))).await.0, "4 5");
    assert_eq!(page(HistoryOptions::new().limit(9).since(from(3)).reverse(true)).await.0, "2 1");
    let other = HistoryOptions::new().limit(1).since(StreamPosition::new(1, "other"));
    assert_eq!(code(subscription.history(other).await), 112);
}

async fn closes(hub: Hub) {
    let (_client, log) = connected(&at(&hub), "ann").await;
    hub.live.with(|hub, _| hub.disconnect_all(CloseCode(3011)));
    assert_eq!(log.wait("connecting", 2).await[1], "3011");
    log.wait("connected", 2).await;
    hub.live.with(|hub, _| hub.disconnect_all(CloseCode(3503)));
    assert_eq!(log.wait("disconnected", 1).await, ["3503"]);
}

async fn silent(hub: Hub) {
    let (_client, log) = connected(&at(&hub), "ann").await;
    tokio::time::sleep(Duration::from_millis(3_500)).await;
    assert_eq!(log.told("connecting").len(), 1, "pings were answered");
    hub.live.fault(Fault::Silence(true));
    assert_eq!(log.wait("connecting", 2).await[1], "2", "the client saw no ping");
    hub.live.clear_faults();
    log.wait("connected", 2).await;
}
