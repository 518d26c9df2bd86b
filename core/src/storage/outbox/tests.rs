use super::*;
use crate::testing::{self, ScriptedHttp};
use std::collections::VecDeque;
use std::time::Duration;

/// Answers from a script (delivered when it is over) and keeps the order of tries.
#[derive(Default)]
struct Scripted {
    verdicts: RefCell<VecDeque<Verdict>>,
    tried: RefCell<Vec<String>>,
    settled: RefCell<Vec<String>>,
}

#[async_trait(?Send)]
impl Sender for Scripted {
    async fn send(&self, item: &Item) -> Verdict {
        self.tried.borrow_mut().push(item.id.clone());
        let verdict = self.verdicts.borrow_mut().pop_front();
        verdict.unwrap_or(Verdict::Delivered)
    }

    fn settled(&self, item: &Item, _: &Verdict) {
        self.settled.borrow_mut().push(item.id.clone());
    }
}

fn setup() -> (Ports, Rc<Scripted>) {
    (testing::ports(Rc::new(ScriptedHttp::default())), Rc::new(Scripted::default()))
}

async fn wait() {
    tokio::time::sleep(Duration::from_mins(10)).await;
}

#[test]
fn items_of_a_scope_leave_in_order_and_a_retry_holds_back_those_behind() {
    testing::run(async {
        let (ports, sender) = setup();
        sender.verdicts.borrow_mut().push_back(Verdict::Later { retry_after_ms: Some(5_000) });
        let outbox = Outbox::new(ports);
        for (id, scope) in [("a1", "a"), ("a2", "a"), ("b1", "b")] {
            outbox.put("test", id, scope, "{}".to_owned()).await.unwrap();
        }
        outbox.start("test", sender.clone());
        wait().await;
        assert_eq!(*sender.tried.borrow(), ["a1", "b1", "a1", "a2"]);
        assert_eq!(*sender.settled.borrow(), ["b1", "a1", "a2"]);
        assert!(outbox.items("test", "a").await.unwrap().is_empty());
    });
}

#[test]
fn what_was_put_survives_the_core_and_is_sent_by_the_next_one() {
    testing::run(async {
        let (ports, sender) = setup();
        Outbox::new(ports.clone()).put("test", "x", "s", "words".to_owned()).await.unwrap();
        let next = Outbox::new(ports);
        next.start("test", sender.clone());
        wait().await;
        assert_eq!(*sender.tried.borrow(), ["x"]);
    });
}

#[test]
fn a_failed_item_stays_with_its_reason_until_it_is_retried_or_discarded() {
    testing::run(async {
        let (ports, sender) = setup();
        sender.verdicts.borrow_mut().push_back(Verdict::Failed { code: "muted".to_owned() });
        let outbox = Outbox::new(ports);
        outbox.start("test", sender.clone());
        outbox.put("test", "x", "s", "{}".to_owned()).await.unwrap();
        outbox.put("test", "y", "s", "{}".to_owned()).await.unwrap();
        wait().await;
        let left = outbox.items("test", "s").await.unwrap();
        assert_eq!((left.len(), left[0].failure.as_deref()), (1, Some("muted")));
        outbox.retry("test", "x").await.unwrap();
        wait().await;
        assert!(outbox.items("test", "s").await.unwrap().is_empty());
        assert_eq!(*sender.tried.borrow(), ["x", "y", "x"]);
    });
}

#[test]
fn putting_the_same_id_twice_sends_it_once() {
    testing::run(async {
        let (ports, sender) = setup();
        let outbox = Outbox::new(ports);
        outbox.put("test", "x", "s", "1".to_owned()).await.unwrap();
        outbox.put("test", "x", "s", "2".to_owned()).await.unwrap();
        outbox.start("test", sender.clone());
        wait().await;
        assert_eq!(*sender.tried.borrow(), ["x"]);
    });
}

#[test]
fn the_network_coming_back_ends_the_waiting() {
    testing::run(async {
        let (ports, sender) = setup();
        sender.verdicts.borrow_mut().push_back(Verdict::Later { retry_after_ms: Some(3_600_000) });
        let outbox = Outbox::new(ports);
        outbox.start("test", sender.clone());
        outbox.put("test", "x", "s", "{}".to_owned()).await.unwrap();
        wait().await;
        assert_eq!(sender.tried.borrow().len(), 1);
        outbox.nudge().await.unwrap();
        tokio::time::sleep(Duration::from_millis(1)).await;
        assert_eq!(sender.tried.borrow().len(), 2);
    });
}
