use super::*;
use crate::chat::wire::{Author, CountWire, QuoteWire};
use eyeball_im::ObservableVector;
use proptest::prelude::*;

fn wire(number: u32) -> LineWire {
    LineWire {
        id: format!("line_{number}").into(),
        client_id: Some(format!("client_{number}").into()),
        from: Author { id: "a".into(), name: "Ada\u{202e}".into() },
        text: number.to_string(),
        moment: None,
        spot: None,
        reply_to: None,
        quote: None,
        mentions: Vec::new(),
        reactions: None,
        state: None,
        at: Timestamp(i64::from(number)),
    }
}

fn by(number: u32, who: &str) -> LineWire {
    LineWire { from: Author { id: who.into(), name: who.to_owned() }, ..wire(number) }
}

fn echo(number: u32) -> Line {
    Line { id: None, own: true, from: None, state: LineState::Sending, ..Line::of(wire(number), None) }
}

/// A chat without a network.
struct Rig {
    list: ObservableVector<Arc<Line>>,
    timeline: Timeline,
}

impl Rig {
    fn new() -> Self {
        let timeline = Timeline { me: Some("me".into()), ..Timeline::default() };
        Self { list: ObservableVector::new(), timeline }
    }

    fn change<R>(&mut self, change: impl FnOnce(&mut Timeline, &mut Lines<'_>) -> R) -> R {
        let mut list = self.list.transaction();
        let result = change(&mut self.timeline, &mut list);
        list.commit();
        result
    }

    fn place(&mut self, line: LineWire) {
        self.change(|timeline, list| timeline.place(list, line, None));
    }

    fn hear(&mut self, json: &str, offset: u64) -> Heard {
        self.hear_at_once(&[json], offset)
    }

    fn hear_at_once(&mut self, events: &[&str], first: u64) -> Heard {
        let events = events.iter().zip(first..);
        let events = events.map(|(json, offset)| (serde_json::from_str(json).unwrap(), Some(offset)));
        self.change(|timeline, list| timeline.hear(list, events))
    }

    fn echo(&mut self, line: Line) {
        self.change(|timeline, list| timeline.echo(list, line));
    }

    fn names(&self) -> Vec<&str> {
        self.list.iter().map(|line| line.id.as_ref().map_or("echo", |id| id.as_str())).collect()
    }

    fn line(&self, number: u32) -> &Line {
        let id = LineId::new(format!("line_{number}"));
        self.list.iter().find(|line| line.id.as_ref() == Some(&id)).unwrap()
    }

    fn unread(&self) -> Unread {
        self.timeline.unread(self.list.iter(), false)
    }
}

#[test]
fn an_echo_stands_behind_until_the_hub_confirms_it() {
    let mut rig = Rig::new();
    rig.echo(echo(5));
    rig.echo(echo(6));
    rig.place(wire(1));
    assert_eq!(rig.names(), ["line_1", "echo", "echo"]);
    rig.place(wire(6));
    assert_eq!(rig.names(), ["line_1", "line_6", "echo"]);
    rig.place(wire(5));
    rig.place(wire(5));
    assert_eq!(rig.names(), ["line_1", "line_6", "line_5"]);
    assert!(rig.line(5).own && !rig.line(1).own);
    assert_eq!(rig.line(1).from.as_ref().unwrap().name, "Ada", "a name turns nothing around");
}

#[test]
fn a_batch_that_names_no_client_confirms_by_words_or_leaves_it_to_the_answer() {
    let batch = r#"{"batch":{"at":"2026-11-24T20:15:03.250Z","from":[["me"],["b"]],"lines":[["x1",1,0,"7"],["x2",0,5,"7"]]}}"#;
    let mut rig = Rig::new();
    rig.echo(echo(7));
    rig.hear(batch, 1);
    assert_eq!(rig.names(), ["x1", "x2"], "the one of mine took the echo's place");
    // The text was changed by the venue: the answer then takes the echo away.
    let mut rig = Rig::new();
    rig.echo(Line { text: "seven".into(), ..echo(7) });
    rig.hear(batch, 1);
    assert_eq!(rig.names(), ["x1", "x2", "echo"]);
    rig.place(LineWire { id: "x2".into(), ..wire(7) });
    assert_eq!(rig.names(), ["x1", "x2"]);
}

#[test]
fn a_snapshot_keeps_what_it_does_not_confirm_and_what_came_after_it() {
    let mut rig = Rig::new();
    let line = |number: u32| serde_json::to_string(&wire(number)).unwrap();
    for (number, offset) in [(1, 10), (2, 11), (3, 12)] {
        rig.hear(&format!("{{\"line\":{}}}", line(number)), offset);
    }
    rig.echo(echo(4));
    rig.echo(echo(5));
    // Taken at 11, and it knows of the line that the first echo became.
    rig.change(|timeline, list| timeline.reset(list, vec![wire(2), wire(4)], Some(11)));
    assert_eq!(rig.names(), ["line_2", "line_4", "line_3", "echo"]);
    // A page without a position knows all that was heard.
    rig.change(|timeline, list| timeline.reset(list, vec![wire(4)], None));
    assert_eq!(rig.names(), ["line_4", "echo"]);
    rig.place(wire(4));
    assert_eq!(rig.names(), ["line_4", "echo"], "known from the page");
}

#[test]
fn what_comes_together_counts_in_the_order_it_came() {
    let mut rig = Rig::new();
    rig.echo(echo(3));
    let line = |number: u32| format!("{{\"line\":{}}}", serde_json::to_string(&wire(number)).unwrap());
    let lines = [1, 2, 3, 4].map(line);
    let (reacted, deleted) = (
        r#"{"reacted":{"id":"line_4","reactions":{"revision":1,"counts":[{"reaction":"❤","count":2}]}}}"#,
        r#"{"line_changed":{"id":"line_4","state":"deleted"}}"#,
    );
    rig.hear_at_once(&[&lines[0], &lines[1], &lines[2], &lines[3], reacted, &lines[3], &lines[0]], 1);
    assert_eq!(rig.names(), ["line_1", "line_2", "line_3", "line_4"], "the echo stood in between");
    assert_eq!(rig.line(4).reactions[0].count, 2);
    rig.hear_at_once(&[&line(5), deleted, &line(6)], 8);
    assert_eq!(rig.names(), ["line_1", "line_2", "line_3", "line_4", "line_5", "line_6"]);
    assert_eq!(rig.line(4).state, LineState::Deleted);
}

#[test]
fn old_lines_fall_out_and_the_next_page_is_before_what_is_left() {
    let mut rig = Rig::new();
    (0..500).for_each(|number| rig.place(wire(1_000 + number)));
    assert!(!rig.change(|timeline, _| timeline.take_trimmed()));
    rig.place(wire(1_500));
    assert!(rig.change(|timeline, _| timeline.take_trimmed()));
    assert_eq!((rig.list.len(), rig.names()[0]), (MAX_LINES, "line_1001"));
    // Who reads back keeps what was read.
    let page = (951..1_001).map(wire).collect();
    rig.change(|timeline, list| timeline.prepend(list, page));
    assert_eq!((rig.list.len(), rig.names()[0]), (550, "line_951"));
    rig.place(wire(1_501));
    assert_eq!((rig.list.len(), rig.names()[0]), (550, "line_952"));
    rig.change(|timeline, list| timeline.reset(list, (1_452..1_502).map(wire).collect(), None));
    (0..500).for_each(|number| rig.place(wire(2_000 + number)));
    assert_eq!(rig.list.len(), MAX_LINES, "and only for as long as it was read");
}

#[test]
fn reactions_are_exact_whichever_way_they_come() {
    let mut rig = Rig::new();
    rig.place(wire(1));
    let counts = |own: Option<bool>, count| vec![CountWire { reaction: "❤".into(), count, own }];
    let reacted = |rig: &mut Rig, revision, own, count| {
        let wire = ReactionsWire { revision, counts: counts(own, count) };
        rig.change(|timeline, list| timeline.reacted(list, &"line_1".into(), wire));
    };
    let shown = |rig: &Rig| rig.line(1).reactions.iter().map(|one| (one.count, one.own)).collect::<Vec<_>>();
    // The event is faster than the answer that says "own".
    reacted(&mut rig, 1, None, 1);
    reacted(&mut rig, 1, Some(true), 1);
    assert_eq!(shown(&rig), [(1, true)]);
    reacted(&mut rig, 3, None, 3);
    reacted(&mut rig, 2, None, 2);
    assert_eq!(shown(&rig), [(3, true)], "an older one changes nothing, the own one stays");
    reacted(&mut rig, 4, Some(false), 2);
    reacted(&mut rig, 4, None, 2);
    assert_eq!(shown(&rig), [(2, false)]);
}

#[test]
fn what_is_taken_away_leaves_nothing_of_its_words() {
    let mut rig = Rig::new();
    rig.place(wire(1));
    let quote = QuoteWire { id: "line_1".into(), from: wire(1).from, text: "1".into() };
    rig.place(LineWire { reply_to: Some("line_1".into()), quote: Some(Box::new(quote)), ..by(2, "b") });
    rig.change(|timeline, _| timeline.pin(vec![wire(1)]));
    assert_eq!(rig.line(2).quote.as_ref().unwrap().text, "1");
    rig.hear(r#"{"line_changed":{"id":"line_1","state":"deleted"}}"#, 3);
    assert_eq!((rig.line(1).text.as_str(), &rig.line(1).state), ("", &LineState::Deleted));
    assert!(rig.line(2).quote.is_none() && rig.timeline.pinned.is_empty());
    assert!(
        rig.hear(r#"{"line_changed":{"id":"line_1","state":"shown"}}"#, 4).reread,
        "its words are read again"
    );

    // A ban takes all, and a held line that has no id here is found by its client's.
    rig.hear(r#"{"removed":{"from":"b"}}"#, 5);
    assert_eq!(rig.line(2).state, LineState::Deleted);
    rig.echo(Line { state: LineState::Held, ..echo(9) });
    rig.hear(r#"{"line_changed":{"id":"line_9","client_id":"client_9","state":"deleted"}}"#, 6);
    assert_eq!(rig.list.last().unwrap().state, LineState::Deleted);
}

#[test]
fn of_somebody_blocked_nothing_is_shown_from_wherever_it_comes() {
    let mut rig = Rig::new();
    let quoted = || QuoteWire { id: "line_1".into(), from: by(1, "eve").from, text: "words".into() };
    rig.place(by(1, "eve"));
    rig.place(LineWire { quote: Some(Box::new(quoted())), ..by(2, "b") });
    rig.change(|timeline, list| timeline.block(list, &"eve".into()));
    assert_eq!(rig.names(), ["line_2"]);
    assert!(rig.line(2).quote.is_none());
    rig.place(by(3, "eve"));
    rig.place(LineWire { quote: Some(Box::new(quoted())), ..by(4, "b") });
    rig.change(|timeline, list| timeline.prepend(list, vec![by(0, "eve")]));
    rig.change(|timeline, _| timeline.pin(vec![by(1, "eve")]));
    assert_eq!(rig.names(), ["line_2", "line_4"]);
    assert!(rig.line(4).quote.is_none() && rig.timeline.pinned.is_empty());
    rig.change(|timeline, list| timeline.reset(list, vec![by(1, "eve"), by(2, "b")], None));
    assert_eq!(rig.names(), ["line_2"]);
}

#[test]
fn unread_counts_what_others_said_since_and_who_spoke_to_me() {
    let mut rig = Rig::new();
    (1..=3).for_each(|number| rig.place(by(number, "b")));
    assert_eq!(rig.unread(), Unread::default(), "nobody has read anything yet");
    rig.timeline.mark = Some(Mark { line: "line_1".into(), at: Timestamp(1) });
    rig.place(by(4, "me"));
    rig.place(LineWire { mentions: vec!["me".into()], ..by(5, "b") });
    assert_eq!(rig.unread(), Unread { lines: 3, mentions: 1, more: false });
    // The mark fell out of the list: by time, and there may be more.
    rig.timeline.mark = Some(Mark { line: "line_0".into(), at: Timestamp(0) });
    assert_eq!(rig.unread(), Unread { lines: 4, mentions: 1, more: true });
}

proptest! {
    #[test]
    fn each_line_stands_once_in_the_hubs_order(events in prop::collection::vec((any::<bool>(), 0_u32..20), 0..100)) {
        let mut rig = Rig::new();
        let mut order: Vec<u32> = Vec::new();
        for (is_echo, number) in events {
            if is_echo {
                rig.echo(echo(number));
            } else {
                rig.place(wire(number));
                if !order.contains(&number) {
                    order.push(number);
                }
            }
        }
        let hub: Vec<_> = rig.list.iter().filter_map(|line| line.id.clone()).collect();
        prop_assert_eq!(hub, order.iter().map(|number| wire(*number).id).collect::<Vec<_>>());
        let first_echo = rig.list.iter().position(|line| line.id.is_none()).unwrap_or(rig.list.len());
        prop_assert!(rig.list.iter().skip(first_echo).all(|line| line.id.is_none()));
        prop_assert_eq!(rig.timeline.ids.len(), order.len());
    }
}
