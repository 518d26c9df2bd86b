//! A hub that is broken, or means ill: offsets that go back, epochs that change and change again.

use super::*;

fn push(offset: u64, epoch: &str) -> String {
    let epoch = if epoch.is_empty() { String::new() } else { format!(r#","epoch":"{epoch}""#) };
    format!(r#"{{"push":{{"channel":"room:1","pub":{{"data":{offset},"offset":{offset}{epoch}}}}}}}"#)
}

#[test]
fn offsets_that_go_back_are_not_told_again() {
    let mut rig = Rig::in_room();
    assert_eq!(rig.frame(&push(3, "")), ["pub room:1 3 3"]);
    for old in [3, 2, 1, 3] {
        assert!(rig.frame(&push(old, "")).is_empty(), "{old} was told before");
        assert!(rig.frame(&push(old, "e")).is_empty(), "{old} was told before");
    }
    assert_eq!(rig.frame(&push(4, "")), ["pub room:1 4 4"]);
    // A recovery that gives what was told already, in a wild order.
    rig.dropped();
    rig.wake();
    rig.opened();
    rig.frame(r#"{"id":3,"connect":{}}"#);
    let told = rig.frame(
        r#"{"id":4,"subscribe":{"recoverable":true,"epoch":"e","publications":[{"data":5,"offset":5},{"data":2,"offset":2},{"data":5,"offset":5},{"data":6,"offset":6},{"data":4,"offset":4}],"recovered":true,"offset":4,"was_recovering":true}}"#,
    );
    let publications: Vec<&String> = told.iter().filter(|word| word.starts_with("pub")).collect();
    assert_eq!(publications, ["pub room:1 5 5", "pub room:1 6 6"], "{told:?}");
}

#[test]
fn an_epoch_that_changes_twice_is_two_gaps() {
    let mut rig = Rig::in_room();
    assert_eq!(rig.frame(&push(3, "")), ["pub room:1 3 3"]);
    assert_eq!(rig.frame(&push(1, "f")), ["gap room:1 0@f", "pub room:1 1 1"]);
    assert_eq!(rig.frame(&push(1, "g")), ["gap room:1 0@g", "pub room:1 1 1"]);
    assert_eq!(rig.frame(&push(2, "")), ["pub room:1 2 2"]);
    // Back to the first: nobody knows what became of it meanwhile.
    assert_eq!(rig.frame(&push(4, "e")), ["gap room:1 3@e", "pub room:1 4 4"]);
}
