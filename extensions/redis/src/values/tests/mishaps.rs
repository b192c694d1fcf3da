//! Redis forgets, is another one, or holds what we have not written.

use super::{
    BOOK, Found, Process, Request, SharedStore as _, SharedValue, namespace, request, value,
};
use redis::Commands as _;

impl Process {
    /// The keys that begin so, within the namespace.
    fn keys(&self, kind: &str) -> Vec<String> {
        let pattern = format!("{{{}}}:{kind}:*", self.link.namespace);
        self.connection.lock().unwrap().keys(pattern).unwrap()
    }

    fn forget(&self, keys: &[String]) {
        let _: u64 = self.connection.lock().unwrap().del(keys).unwrap();
    }
}

#[test]
fn a_number_that_is_evicted_is_not_zero() {
    let namespace = namespace();
    let one = Process::of(&namespace);
    assert!(one.share("7", BOOK));
    one.forget(&one.keys("g"));
    assert!(one.reads("7"), "nothing at all was invalidated since");
    one.forget(&one.keys("g"));
    one.invalidate(BOOK);
    assert!(!one.reads("7"), "it may have been this group");
}

#[test]
fn a_value_that_is_evicted_is_computed() {
    let namespace = namespace();
    let one = Process::of(&namespace);
    assert!(one.share("7", BOOK));
    one.forget(&one.keys("v"));
    assert!(one.share("7", BOOK) && one.reads("7"));
}

/// The count begins anew, so that a number may look like one from before.
#[test]
fn a_state_that_is_lost_voids_all_values() {
    let namespace = namespace();
    let one = Process::of(&namespace);
    for _ in 0..3 {
        one.invalidate(BOOK);
    }
    one.hear();
    assert!(one.share("7", BOOK) && one.share("of no group", "[]"));
    one.forget(&[one.state()]);
    assert!(matches!(one.ask("7"), Found::Nothing), "the link has yet to notice");
    one.hear();
    assert!(!one.reads("7") && !one.reads("of no group"), "of another incarnation");
    assert!(one.share("8", BOOK), "the number of the incarnation before does not count");
    assert!(one.reads("8"));
    one.invalidate(BOOK);
    assert!(!one.reads("8"));
}

#[test]
fn corrupt_bytes_are_not_read() {
    let namespace = namespace();
    let one = Process::of(&namespace);
    assert!(one.share("7", BOOK));
    let place = &one.keys("v")[0];
    let whole: Vec<u8> = one.connection.lock().unwrap().get(place).unwrap();
    for at in 0..whole.len() {
        let mut changed = whole.clone();
        changed[at] ^= 0x10;
        one.connection.lock().unwrap().set::<_, _, ()>(place, changed).unwrap();
        assert!(!one.reads("7"), "byte {at}");
    }
    one.connection.lock().unwrap().set::<_, _, ()>(place, &whole).unwrap();
    assert!(one.reads("7"));
    let other = Process::with(&namespace, std::time::Duration::ZERO, b"another secret than that");
    assert!(!other.reads("7"));
}

#[test]
fn what_is_too_long_is_not_stored() {
    let namespace = namespace();
    let one = Process::of(&namespace);
    let bytes = (0..2 << 20).map(|_| fastrand::u8(..)).collect();
    one.begin("7").offer(SharedValue { bytes, ..value(BOOK) });
    // The lease is given back all the same.
    assert!(one.share("7", BOOK));
}

#[test]
fn an_argument_that_is_secret_is_not_there() {
    let namespace = namespace();
    let one = Process::of(&namespace);
    let ask = || {
        one.values.look_up_blocking(Request { secret: true, ..request("person@example.org", BOOK) })
    };
    let Found::Compute(computing) = ask() else { panic!() };
    assert!(one.finish(computing, BOOK));
    assert!(matches!(ask(), Found::Value(_)));
    let mut connection = one.connection.lock().unwrap();
    let keys: Vec<String> = connection.keys(format!("{{{namespace}}}*")).unwrap();
    for key in keys {
        let dump: Vec<u8> = redis::cmd("DUMP").arg(&key).query(&mut connection).unwrap();
        let all = [key.as_bytes(), &dump].concat();
        assert!(!all.windows(7).any(|part| part == b"example"), "{key}");
    }
}

#[test]
fn an_argument_that_is_to_be_hidden_is_not_shared_without_a_secret() {
    let one = Process::with(&namespace(), std::time::Duration::ZERO, b"");
    assert!(one.share("7", BOOK) && one.reads("7"), "others need none");
    let hidden = Request { secret: true, ..request("person@example.org", BOOK) };
    assert!(matches!(one.values.look_up_blocking(hidden), Found::Nothing));
    assert_eq!(one.values.counts().no_secret.load(std::sync::atomic::Ordering::SeqCst), 1);
}

/// Groups that no shared value rests on leave nothing behind.
#[test]
fn an_invalidation_writes_no_number_that_nobody_needs() {
    let namespace = namespace();
    let one = Process::of(&namespace);
    assert!(one.share("7", BOOK));
    let before = one.keys("g").len();
    for key in 0..100 {
        one.invalidate(&format!(r#"[["book","key",{}]]"#, 1000 + key));
    }
    assert_eq!(one.keys("g").len(), before);
}
