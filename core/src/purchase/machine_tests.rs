use super::*;
use proptest::prelude::*;

fn usd(minor: i64) -> Money {
    Money::new(minor, "USD".parse().unwrap())
}

fn order(minor: Option<i64>) -> Order {
    Order { id: "ord_1".into(), label: None, permalink_url: String::new(), total: minor.map(usd) }
}

fn facts(late: bool, may_resend: bool) -> Facts {
    Facts { agreed: usd(100), late, may_resend }
}

fn refusal(code: &str, completing: bool) -> Input {
    Input::Refused { code: code.to_owned(), content: String::new(), completing }
}

fn said(session: Session, completing: bool) -> Input {
    Input::Session { session, completing }
}

const LOST: Input = Input::Lost { retry_after_ms: None };
const OPEN: Session = Session::Open { complaint: None };

/// Walks, and gives the code of the last state and its effect.
fn walk(facts: Facts, state: State, inputs: impl IntoIterator<Item = Input>) -> (State, Effect) {
    let mut at = Step { state, effect: Effect::Settle };
    for input in inputs {
        at = step(at.state, input, facts);
    }
    (at.state, at.effect)
}

#[test]
fn a_tap_is_sent_once_and_its_answer_settles_it() {
    let (state, effect) = walk(facts(false, false), State::Tapped, [Input::Due]);
    assert_eq!((state, effect), (State::Sending, Effect::Send));
    for (answer, code) in [
        (said(Session::Completed(order(Some(100))), true), "placed"),
        (said(Session::Completed(order(None)), true), "placed"),
        (said(Session::Completed(order(Some(99))), true), "placed_differently"),
        (
            said(Session::Open { complaint: Some(("payment_failed".to_owned(), String::new())) }, true),
            "declined",
        ),
        (said(Session::Canceled, true), "declined"),
        (refusal("quote_mismatch", true), "declined"),
        (refusal("offer_used", true), "declined"),
    ] {
        let (state, effect) = walk(facts(false, true), State::Sending, [answer]);
        assert_eq!((state.code(), effect), (code, Effect::Settle));
    }
}

#[test]
fn what_did_not_leave_is_tried_until_the_deadline_and_never_after() {
    let (state, effect) = walk(facts(false, true), State::Sending, [Input::NotLeft]);
    assert_eq!((state.code(), effect), ("tapped", Effect::Wait { at_least_ms: None }));
    for (state, input) in [(State::Tapped, Input::Due), (State::Sending, Input::NotLeft)] {
        let (state, _) = walk(facts(true, true), state, [input]);
        assert_eq!(state, State::NotSent(NotSent::Deadline));
    }
    let (state, _) = walk(facts(false, true), State::Tapped, [Input::Restarted]);
    assert_eq!(state, State::NotSent(NotSent::Restarted));
}

#[test]
fn unknown_is_read_first_and_then_asked_again_while_the_key_holds() {
    let (state, effect) = walk(facts(true, true), State::Sending, [LOST, Input::Due]);
    assert_eq!((state, effect), (State::Reconciling, Effect::Read));
    for (answer, resends) in [
        (said(OPEN, false), true),
        (refusal("not_found", false), true),
        (said(Session::InProgress, false), false),
        (LOST, false),
    ] {
        let (_, effect) = walk(facts(true, true), State::Reconciling, [answer.clone()]);
        assert_eq!(effect == Effect::Resend, resends, "{answer:?}");
        // Past the key's life, or without the bytes, it only reads.
        let (state, effect) = walk(facts(true, false), State::Reconciling, [answer]);
        assert!(!state.is_settled() && matches!(effect, Effect::Wait { .. }));
    }
}

#[test]
fn what_an_ending_app_may_have_sent_is_found_out_or_called_back_and_never_sent_again() {
    let (state, effect) = walk(facts(true, true), State::Sending, [Input::Restarted]);
    assert_eq!((state, effect), (State::Withdrawing, Effect::Read));
    let (state, effect) = walk(facts(true, true), State::Withdrawing, [said(OPEN, false)]);
    assert_eq!((state, effect), (State::Withdrawing, Effect::CancelSession));
    for (answer, code) in [
        (said(Session::Completed(order(Some(100))), false), "placed"),
        // It got there in between.
        (said(Session::Completed(order(Some(100))), true), "placed"),
        (said(Session::InProgress, false), "processing"),
        (said(Session::Escalated { continue_url: None }, false), "needs_buyer"),
        (said(Session::Canceled, true), "not_sent"),
        (said(OPEN, true), "withdrawing"),
        (refusal("wrong_state", true), "withdrawing"),
        (refusal("not_found", false), "withdrawing"),
        (LOST, "withdrawing"),
    ] {
        let (state, effect) = walk(facts(true, true), State::Withdrawing, [answer.clone()]);
        assert_eq!(state.code(), code, "{answer:?}");
        assert!(matches!(effect, Effect::Settle | Effect::Wait { .. }), "{answer:?}: {effect:?}");
    }
}

#[test]
fn not_found_does_not_mean_unplaced() {
    for state in [State::Sending, State::Reconciling, State::Processing] {
        let (state, _) =
            walk(facts(true, true), state, [refusal("not_found", true), refusal("not_found", true)]);
        assert_eq!(state, State::Reconciling);
    }
}

#[test]
fn a_lost_sign_in_is_an_answer_only_to_what_was_sent_once() {
    let (first, _) = walk(facts(false, true), State::Sending, [refusal("sign_in_needed", true)]);
    let (again, _) = walk(facts(false, true), State::Reconciling, [refusal("sign_in_needed", true)]);
    assert_eq!((first.code(), again.code()), ("declined", "reconciling"));
}

#[test]
fn after_the_browser_a_new_attempt_needs_the_shopper_to_have_come_back() {
    let escalated = Session::Escalated { continue_url: Some("https://bank".to_owned()) };
    let (waiting, _) = walk(facts(false, true), State::Sending, [said(escalated, true)]);
    assert_eq!(waiting.code(), "needs_buyer");
    let (state, effect) = walk(facts(false, true), waiting.clone(), [Input::Due, said(OPEN, false)]);
    assert_eq!((state.code(), effect), ("needs_buyer", Effect::Wait { at_least_ms: None }));
    let (state, effect) = walk(facts(false, true), waiting.clone(), [Input::Returned, said(OPEN, false)]);
    assert_eq!((state.code(), effect), ("needs_buyer", Effect::NewAttempt));
    let (state, effect) =
        walk(facts(false, true), waiting, [Input::Returned, said(OPEN, false), Input::AttemptReady]);
    assert_eq!((state, effect), (State::Sending, Effect::Send));
}

#[test]
fn what_is_given_up_is_over_only_when_the_shop_says_so() {
    let waiting = State::NeedsBuyer { continue_url: Some("https://bank".to_owned()), returned: false };
    let (state, effect) = walk(facts(false, true), waiting, [Input::Abandon]);
    assert_eq!((state.code(), effect), ("abandoning", Effect::CancelSession));
    // No word, or not the last one: it stays, and is asked again.
    for input in [
        LOST,
        Input::NotLeft,
        said(Session::InProgress, false),
        said(OPEN, false),
        refusal("not_found", false),
    ] {
        let (kept, effect) = walk(facts(true, false), state.clone(), [input.clone()]);
        assert!(kept == state && matches!(effect, Effect::Wait { .. }), "{input:?}");
        let (_, effect) = walk(facts(true, false), kept, [Input::Due]);
        assert_eq!(effect, Effect::CancelSession);
    }
    // It will not, perhaps because it is bought: the session tells.
    let (kept, effect) = walk(facts(true, false), state.clone(), [refusal("wrong_state", true)]);
    assert_eq!((kept, effect), (state.clone(), Effect::Read));
    for (answer, code) in [
        (said(Session::Completed(order(Some(100))), false), "placed"),
        (said(Session::Completed(order(Some(99))), true), "placed_differently"),
        (said(Session::Canceled, true), "abandoned"),
        (said(Session::Canceled, false), "abandoned"),
    ] {
        let (state, effect) = walk(facts(true, false), state.clone(), [answer]);
        assert_eq!((state.code(), effect), (code, Effect::Settle));
        assert_eq!(state.is_void(), code == "abandoned");
    }
}

#[test]
fn undone_is_said_only_when_the_shop_says_it() {
    let placed = State::Placed(order(Some(100)));
    let (state, effect) = walk(facts(false, true), placed.clone(), [Input::Undo]);
    assert_eq!((state.code(), effect), ("cancel_requested", Effect::CancelOrder));
    let (state, effect) = walk(facts(false, true), state, [LOST, Input::Due, LOST, Input::Restarted]);
    assert_eq!((state.code(), effect), ("cancel_requested", Effect::CancelOrder));
    let (canceled, _) = walk(facts(false, true), state.clone(), [Input::OrderCanceled]);
    let (kept, _) = walk(facts(false, true), state, [Input::OrderKept { code: "too_late".to_owned() }]);
    assert_eq!((canceled.code(), kept.code()), ("canceled", "too_late"));
    assert!(canceled.is_void() && !kept.is_void() && kept.order().is_some());
}

#[test]
fn a_key_holds_for_a_day_less_a_margin_and_not_before_it_was_sent() {
    assert!(key_holds(1_000, 1_000) && key_holds(1_000, 1_000 + KEY_LIFE_MS - KEY_MARGIN_MS - 1));
    assert!(!key_holds(1_000, 1_000 + KEY_LIFE_MS - KEY_MARGIN_MS) && !key_holds(1_000, 999));
}

#[test]
fn states_are_read_back_as_they_were_written() {
    for state in [
        State::Tapped,
        State::Placed(order(Some(1))),
        State::NotSent(NotSent::Restarted),
        State::NeedsBuyer { continue_url: None, returned: true },
        State::Abandoning { continue_url: None },
        State::Abandoned,
        State::TooLate { order: order(None), code: "x".to_owned() },
    ] {
        let text = serde_json::to_string(&state).unwrap();
        assert_eq!(serde_json::from_str::<State>(&text).unwrap(), state, "{text}");
    }
}

fn any_input() -> impl Strategy<Value = Input> {
    let session = prop_oneof![
        prop_oneof![Just(None), Just(Some(100)), Just(Some(99))]
            .prop_map(|minor| Session::Completed(order(minor))),
        Just(Session::InProgress),
        Just(Session::Escalated { continue_url: None }),
        Just(OPEN),
        Just(Session::Open { complaint: Some(("payment_failed".to_owned(), String::new())) }),
        Just(Session::Canceled),
    ];
    let codes = prop_oneof![
        Just("not_found"),
        Just("key_reused"),
        Just("in_progress"),
        Just("quote_mismatch"),
        Just("sign_in_needed"),
    ];
    prop_oneof![
        3 => Just(Input::Due),
        1 => Just(Input::Restarted),
        1 => Just(Input::Undo),
        1 => Just(Input::Returned),
        1 => Just(Input::Abandon),
        4 => (session, any::<bool>()).prop_map(|(session, completing)| said(session, completing)),
        2 => (codes, any::<bool>()).prop_map(|(code, completing)| refusal(code, completing)),
        2 => Just(Input::NotLeft),
        3 => Just(LOST),
        1 => Just(Input::Unsendable),
        1 => Just(Input::AttemptReady),
        1 => Just(Input::OrderCanceled),
    ]
}

proptest! {
    /// Whatever happens in whatever order: bytes leave for the first time only out of a tap in time (or a new attempt
    /// made for the purpose), they are repeated only where that is safe, and what is settled stays so.
    #[test]
    fn nothing_is_sent_that_may_not_be(
        inputs in prop::collection::vec((any_input(), any::<bool>(), any::<bool>()), 1..40),
    ) {
        let mut state = State::Tapped;
        let mut may_have_left = false;
        for (input, late, may_resend) in inputs {
            let next = step(state.clone(), input.clone(), facts(late, may_resend));
            match next.effect {
                Effect::Send => {
                    let in_time = state == State::Tapped && !late;
                    let anew = matches!(state, State::NeedsBuyer { .. }) && input == Input::AttemptReady;
                    prop_assert!(in_time || anew, "{state:?} {input:?}");
                    prop_assert_eq!(&next.state, &State::Sending);
                    may_have_left |= input != Input::NotLeft;
                }
                Effect::Resend => prop_assert!(may_resend && may_have_left && state == State::Reconciling
                    || may_resend && state == State::Unknown, "{state:?}"),
                Effect::Settle => prop_assert!(next.state.is_settled(), "{:?}", next.state),
                _ => prop_assert!(!next.state.is_settled(), "{:?}", next.state),
            }
            if let State::NotSent(_) | State::Superseded = next.state {
                let canceled = matches!(input, Input::Session { session: Session::Canceled, .. });
                let certain = matches!(state, State::Tapped | State::NotSent(_) | State::Superseded)
                    || matches!(input, Input::NotLeft | Input::Unsendable) && state == State::Sending
                    || canceled && state == State::Withdrawing;
                prop_assert!(certain, "{state:?} {input:?}");
            }
            if next.state == State::Abandoned && state != State::Abandoned {
                let by_the_shop = matches!(&input, Input::Session { session: Session::Canceled, .. });
                prop_assert!(by_the_shop && matches!(state, State::Abandoning { .. }), "{state:?} {input:?}");
            }
            if state.is_settled() && state.order().is_none() {
                prop_assert_eq!(&next.state, &state);
            }
            if state.order().is_some() {
                prop_assert!(next.state.order().is_some());
            }
            state = next.state;
        }
    }
}
