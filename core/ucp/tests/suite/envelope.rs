use nightmarket_ucp::checkout::{Checkout, CheckoutStatus};
use nightmarket_ucp::envelope::{Answer, ReadError, parse};
use nightmarket_ucp::error::{Failure, read_failure};
use nightmarket_ucp::message::{Severity, code};

use crate::{fixture, with};

const REFUSED: &[u8] = br#"{
    "ucp": { "version": "2026-04-08", "status": "error" },
    "messages": [
        { "type": "warning", "code": "closing_soon", "content": "The stall closes." },
        { "type": "error", "code": "out_of_stock", "content": "That pearl is gone.", "severity": "unrecoverable" }
    ],
    "continue_url": "https://pearls.example/"
}"#;

#[test]
fn the_status_tells_the_shapes_apart() {
    let answer = parse::<Checkout>(fixture!("checkout.json")).expect("a sound checkout");
    assert!(matches!(answer, Answer::Success(_)));
    // Absent means success.
    let body = with(fixture!("checkout.json"), r#""status": "success","#, "");
    assert!(matches!(parse::<Checkout>(&body), Ok(Answer::Success(_))));

    let error =
        parse::<Checkout>(REFUSED).expect("a sound refusal").into_result().expect_err("it is a refusal");
    assert_eq!(error.code(), Some(code::OUT_OF_STOCK));
    assert_eq!(error.messages[1].severity, Some(Severity::Unrecoverable));
    assert_eq!(error.continue_url.as_deref(), Some("https://pearls.example/"));
    assert_eq!(error.to_string(), "the business refused: out_of_stock");
}

#[test]
fn a_body_that_is_no_answer_is_a_typed_error() {
    let whole = fixture!("checkout.json");
    for cut in [0, 1, 40, whole.len() / 2, whole.len() - 3] {
        assert_eq!(parse::<Checkout>(&whole[..cut]).err(), Some(ReadError::Truncated), "cut at {cut}");
    }
    let mut broken = whole.to_vec();
    broken[100] = 0xff;
    assert_eq!(parse::<Checkout>(&broken).err(), Some(ReadError::NotUtf8 { valid_up_to: 100 }));
    let page = parse::<Checkout>(b"<!doctype html><title>mugs</title>");
    assert!(matches!(page, Err(ReadError::NotJson(_))), "{page:?}");
    for body in ["[]", "null", "17", "{}", r#"{"ucp":{"version":"2026-04-08"}}"#, r#"{"ucp":[]}"#] {
        let read = parse::<Checkout>(body.as_bytes());
        assert!(matches!(read, Err(ReadError::Shape(_))), "{body}: {read:?}");
    }
    let float = with(whole, "\"amount\": 18000", "\"amount\": 18000.5");
    let Err(ReadError::Shape(why)) = parse::<Checkout>(&float) else { panic!("a float passed") };
    assert!(why.contains("not the fraction 18000.5"), "{why}");
}

#[test]
fn deep_nesting_is_refused_and_does_not_overflow_the_stack() {
    let deep = |levels: usize| {
        let nest = format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        with(fixture!("checkout.json"), r#"{ "a": 1 }"#, &nest)
    };
    assert!(matches!(parse::<Checkout>(&deep(50)), Ok(Answer::Success(_))));
    for levels in [200, 100_000] {
        let read = parse::<Checkout>(&deep(levels));
        assert!(matches!(read, Err(ReadError::NotJson(_))), "{levels}: {read:?}");
    }
    let open = "{\"a\":".repeat(100_000);
    assert!(parse::<Checkout>(open.as_bytes()).is_err());
    assert_eq!(read_failure(open.as_bytes()), Failure::Unreadable);
}

#[test]
fn unknown_values_are_kept() {
    let body = with(fixture!("checkout.json"), "\"ready_for_complete\"", "\"awaiting_the_moon\"");
    let Ok(Answer::Success(checkout)) = parse::<Checkout>(&body) else { panic!("an unknown status failed") };
    assert_eq!(checkout.status, CheckoutStatus::Other("awaiting_the_moon".to_owned()));
    assert_eq!(checkout.status.to_string(), "awaiting_the_moon");
}

#[test]
fn failures_are_read_as_far_as_they_say_anything() {
    let transport = read_failure(
        br#"{"code":"profile_unreachable","content":"no route","continue_url":"https://m.example"}"#,
    );
    assert!(matches!(&transport, Failure::Transport(error) if error.content == "no route"));
    assert_eq!(transport.code(), Some("profile_unreachable"));
    assert_eq!(transport.continue_url(), Some("https://m.example"));
    let ours = read_failure(br#"{"code":"quote_mismatch","retry_after_ms":250}"#);
    assert!(matches!(ours, Failure::Transport(error) if error.retry_after_ms == Some(250)));

    assert_eq!(read_failure(REFUSED).code(), Some("out_of_stock"));
    let older = br#"{"status":"requires_escalation","messages":[{"type":"error","code":"invalid_cart_items","content":"?"}]}"#;
    assert_eq!(read_failure(older).code(), Some("invalid_cart_items"));
    for body in ["", "<html>", "{", "[]", r#"{"detail":"Not Found"}"#, "\u{feff}"] {
        assert_eq!(read_failure(body.as_bytes()), Failure::Unreadable, "{body}");
    }
}
