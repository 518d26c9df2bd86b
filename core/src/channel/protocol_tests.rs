use super::*;

fn raw(text: &str) -> &RawValue {
    serde_json::from_str(text).unwrap()
}

fn decode_all(text: &str) -> Result<Vec<Incoming<'_>>, FrameError> {
    decode(text)?.collect()
}

#[test]
fn commands_are_written_as_seen_on_the_wire() {
    let position = Position { offset: 1, epoch: "e".into() };
    let cases = [
        (
            Request::Connect { token: Some("t"), name: "nm", version: "1" },
            r#"{"id":1,"connect":{"token":"t","name":"nm","version":"1"}}"#,
        ),
        (
            Request::Connect { token: None, name: "nm", version: "1" },
            r#"{"id":1,"connect":{"name":"nm","version":"1"}}"#,
        ),
        (
            Request::Subscribe(Subscribe {
                channel: "room:1",
                recoverable: true,
                positioned: true,
                ..Subscribe::default()
            }),
            r#"{"id":1,"subscribe":{"channel":"room:1","positioned":true,"recoverable":true}}"#,
        ),
        (
            Request::Subscribe(Subscribe {
                channel: "room:1",
                recover: true,
                offset: 2,
                epoch: "e",
                ..Subscribe::default()
            }),
            r#"{"id":1,"subscribe":{"channel":"room:1","recover":true,"epoch":"e","offset":2}}"#,
        ),
        (Request::Unsubscribe { channel: "a" }, r#"{"id":1,"unsubscribe":{"channel":"a"}}"#),
        (
            Request::Rpc { method: "m", data: raw("{\"a\":\n 1}") },
            r#"{"id":1,"rpc":{"method":"m","data":{"a":  1}}}"#,
        ),
        (
            Request::History { channel: "a", limit: 5, since: Some(&position), reverse: false },
            r#"{"id":1,"history":{"channel":"a","limit":5,"since":{"offset":1,"epoch":"e"}}}"#,
        ),
        (Request::Refresh { token: "t" }, r#"{"id":1,"refresh":{"token":"t"}}"#),
        (
            Request::SubRefresh { channel: "a", token: "t" },
            r#"{"id":1,"sub_refresh":{"channel":"a","token":"t"}}"#,
        ),
    ];
    for (request, line) in cases {
        assert_eq!(encode(&Command { id: 1, request }), line);
    }
}

#[test]
fn a_line_break_inside_a_string_stays_escaped() {
    let line = encode(&Command { id: 1, request: Request::Rpc { method: "m", data: raw(r#""a\nb""#) } });
    assert_eq!(line, r#"{"id":1,"rpc":{"method":"m","data":"a\nb"}}"#);
}

#[test]
fn lines_share_a_frame_up_to_the_hubs_limit() {
    assert_eq!(pack(["a".to_owned(), "b".to_owned()]), ["a\nb"]);
    assert!(pack([]).is_empty());
    let half = "x".repeat(MAX_SEND / 2);
    let frames = pack([half.clone(), half.clone(), "y".into()]);
    assert_eq!(frames.iter().map(String::len).collect::<Vec<_>>(), [half.len(), half.len() + 2]);
    assert_eq!(frames.join("\n").lines().count(), 3);
}

#[test]
fn frames_seen_on_the_wire_are_read() {
    let text = concat!(
        r#"{"id":1,"connect":{"client":"c","expires":true,"ttl":3600,"ping":25,"pong":true}}"#,
        "\n",
        r#"{"id":2,"subscribe":{"recoverable":true,"epoch":"eltSUUDa","positioned":true}}"#,
        "\n",
        r#"{"push":{"channel":"room:1","pub":{"data":{"pin": null},"offset":1,"epoch":"eltSUUDa"}}}"#,
        "\n{}\n",
        r#"{"id":6,"rpc":{"data":[1]}}"#,
        "\n",
        r#"{"id":5,"error":{"code":100,"message":"internal server error","temporary":true}}"#,
        "\n",
    );
    let all = decode_all(text).unwrap();
    assert_eq!(all.len(), 6);
    let Incoming::Reply { id: 1, body: Ok(Body::Connect(connect)) } = &all[0] else { panic!("{:?}", all[0]) };
    assert_eq!((connect.expires, connect.ttl, connect.ping, connect.pong), (true, 3600, 25, true));
    let Incoming::Reply { id: 2, body: Ok(Body::Subscribe(sub)) } = &all[1] else { panic!("{:?}", all[1]) };
    assert_eq!((sub.epoch.as_str(), sub.offset, sub.recovered), ("eltSUUDa", 0, false));
    let Incoming::Push { channel, push: Push::Publication(publication) } = &all[2] else {
        panic!("{:?}", all[2])
    };
    assert_eq!((channel.as_ref(), publication.offset), ("room:1", 1));
    assert_eq!(publication.data.get(), r#"{"pin": null}"#);
    assert!(matches!(channel, Cow::Borrowed(_)), "names are not copied");
    assert!(matches!(all[3], Incoming::Ping));
    let Incoming::Reply { id: 6, body: Ok(Body::Rpc(Some(data))) } = &all[4] else { panic!("{:?}", all[4]) };
    assert_eq!(data.get(), "[1]");
    let Incoming::Reply { id: 5, body: Err(refusal) } = &all[5] else { panic!("{:?}", all[5]) };
    assert!(refusal.is_temporary());
}

#[test]
fn recovery_is_read_with_its_publications() {
    let text = r#"{"id":2,"subscribe":{"recoverable":true,"epoch":"e","publications":[{"data":1,"offset":3},
        {"data":{"x":[]},"offset":4,"tags":{"a":"b"},"info":{"user":"u"}}],"recovered":true,"offset":2,"was_recovering":true}}"#;
    let all = decode_all(text).unwrap();
    let Incoming::Reply { body: Ok(Body::Subscribe(sub)), .. } = &all[0] else { panic!("{:?}", all[0]) };
    assert!(sub.recovered && sub.was_recovering);
    assert_eq!(sub.publications.iter().map(|p| p.offset).collect::<Vec<_>>(), [3, 4]);
}

#[test]
fn every_kind_of_push_is_told_apart_and_unknown_ones_are_ignored() {
    let cases = [
        (r#"{"channel":"a","pub":{"data":1}}"#, "publication"),
        (r#"{"channel":"a","unsubscribe":{"code":2500,"reason":"insufficient state"}}"#, "unsubscribe 2500"),
        (r#"{"channel":"a","unsubscribe":{}}"#, "unsubscribe 0"),
        (r#"{"disconnect":{"code":3001,"reason":"shutdown","reconnect":true}}"#, "disconnect 3001"),
        (r#"{"refresh":{"expires":true,"ttl":60}}"#, "refresh 60"),
        (r#"{"channel":"a","join":{"info":{"user":"u"}}}"#, "ignored"),
        (r#"{"channel":"a","leave":{"info":{"user":"u"}}}"#, "ignored"),
        (r#"{"message":{"data":{}}}"#, "ignored"),
        (r#"{"channel":"a","subscribe":{"recoverable":true}}"#, "ignored"),
        (r#"{"connect":{"client":"c"}}"#, "ignored"),
        (r#"{"channel":"a","hologram":{"depth":3}}"#, "ignored"),
        ("{}", "ignored"),
    ];
    for (push, kind) in cases {
        let text = format!("{{\"push\":{push}}}");
        let all = decode_all(&text).unwrap();
        let Incoming::Push { push, .. } = &all[0] else { panic!("{text}: {:?}", all[0]) };
        let told = match push {
            Push::Publication(_) => "publication".to_owned(),
            Push::Unsubscribe { code, .. } => format!("unsubscribe {code}"),
            Push::Disconnect { code, .. } => format!("disconnect {code}"),
            Push::Refresh(refresh) => format!("refresh {}", refresh.ttl),
            Push::Ignored => "ignored".to_owned(),
        };
        assert_eq!(told, kind, "{text}");
    }
}

#[test]
fn what_is_broken_is_a_typed_error_behind_what_was_whole() {
    let cases = [
        "{",
        "nonsense",
        r#"{"id":"one"}"#,
        r#"{"id":-1}"#,
        r#"{"id":4294967296}"#,
        r#"{"push":{"channel":"a","pub":{"data":{"x":1},"offset":1"#,
        r#"{"push":{"channel":"a","pub":{"offset":1}}}"#,
        r#"{"push":{"channel":7}}"#,
        r#"{"id":1,"subscribe":{"publications":{}}}"#,
        "[]",
        "7",
        "null",
        "\u{0}",
    ];
    for broken in cases {
        let text = format!("{{}}\n{broken}");
        let mut incoming = decode(&text).unwrap();
        assert!(matches!(incoming.next(), Some(Ok(Incoming::Ping))), "{broken}");
        let error = incoming.next().unwrap().expect_err(broken);
        assert!(matches!(error, FrameError::Malformed { line: 2, .. }), "{broken}: {error}");
        assert!(!error.to_string().contains(broken), "the content is not repeated");
        assert!(incoming.next().is_none(), "{broken}");
    }
    assert!(decode_all("").unwrap().is_empty());
}

#[test]
fn length_and_utf8_are_checked() {
    let long = " ".repeat(MAX_FRAME + 1);
    assert_eq!(decode_all(&long).unwrap_err(), FrameError::TooLarge { bytes: MAX_FRAME + 1 });
    assert_eq!(text_of(long.as_bytes()).unwrap_err(), FrameError::TooLarge { bytes: MAX_FRAME + 1 });
    assert!(decode_all(&long[1..]).unwrap().is_empty());
    assert_eq!(text_of(b"{\"a\":\"\xff\"}").unwrap_err(), FrameError::NotUtf8);
    assert_eq!(text_of("{\"a\":\"珠\"}".as_bytes()).unwrap(), "{\"a\":\"珠\"}");
}

#[test]
fn codes_mean_what_the_protocol_says() {
    use Verdict::{Reconnect, Stop};
    let closes = [
        (1000, Reconnect),
        (1006, Reconnect),
        (1009, Reconnect),
        (2999, Reconnect),
        (3000, Reconnect),
        (3001, Reconnect),
        (3499, Reconnect),
        (3500, Stop),
        (3507, Stop),
        (3999, Stop),
        (4000, Reconnect),
        (4499, Reconnect),
        (4500, Stop),
        (4999, Stop),
        (5000, Reconnect),
        (u32::MAX, Reconnect),
    ];
    for (code, verdict) in closes {
        assert_eq!(close_verdict(code), verdict, "close {code}");
    }
    for code in 100..=113 {
        let refusal = Refusal { code, ..Refusal::default() };
        assert_eq!(refusal.is_temporary(), [100, 111, 113].contains(&code), "error {code}");
    }
    assert!(Refusal { code: 1500, temporary: true, ..Refusal::default() }.is_temporary());
    assert!(!asks_to_resubscribe(2000) && !asks_to_resubscribe(2499));
    assert!(asks_to_resubscribe(2500) && asks_to_resubscribe(2501));
}

#[test]
fn no_cut_of_a_frame_and_no_flipped_byte_panics() {
    let text = concat!(
        r#"{"id":2,"subscribe":{"recoverable":true,"epoch":"é","publications":[{"data":{"a":"b\u00e9"},"offset":3}]}}"#,
        "\n",
        r#"{"push":{"channel":"room:1","pub":{"data":[[[{}]]],"offset":1}}}"#
    );
    for at in 0..=text.len() {
        if let Ok(cut) = text_of(&text.as_bytes()[..at]) {
            decode(cut).unwrap().for_each(drop);
        }
        for bit in 0..8 {
            let mut bytes = text.as_bytes().to_vec();
            if let Some(byte) = bytes.get_mut(at) {
                *byte ^= 1 << bit;
            }
            if let Ok(flipped) = text_of(&bytes) {
                decode(flipped).unwrap().for_each(drop);
            }
        }
    }
}
