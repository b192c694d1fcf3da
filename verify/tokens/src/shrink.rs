//! The shortest input that still fails.

use crate::case::Case;
use crate::tree::{Token, place, size};

/// Takes tokens away from `case` for as long as `fails`, in at most `tries` tries.
pub fn shrink(case: &Case, mut tries: usize, mut fails: impl FnMut(&Case) -> bool) -> Case {
    let mut best = case.clone();
    loop {
        let (mut at, before) = (0, best.size());
        while at < best.size() {
            let smaller = [changed(&best, at, remove), changed(&best, at, unwrap)];
            let found = smaller.into_iter().flatten().find(|smaller| {
                let may = tries > 0;
                tries = tries.saturating_sub(1);
                may && fails(smaller)
            });
            match found {
                Some(smaller) => best = smaller,
                None => at += 1,
            }
        }
        if best.size() == before {
            return best;
        }
    }
}

/// Changes a token in its list, or says that there is nothing to change.
type Change = fn(&mut Vec<Token>, usize) -> bool;

fn changed(case: &Case, at: usize, change: Change) -> Option<Case> {
    let mut case = case.clone();
    let before = size(&case.attribute);
    let (list, at) = match at.checked_sub(before) {
        None => place(&mut case.attribute, at)?,
        Some(at) => place(&mut case.item, at)?,
    };
    change(list, at).then_some(case)
}

fn remove(list: &mut Vec<Token>, at: usize) -> bool {
    list.remove(at);
    true
}

/// Puts what is in a group in the group's place.
fn unwrap(list: &mut Vec<Token>, at: usize) -> bool {
    let inner = list[at].inner().map(<[Token]>::to_vec);
    let is_group = inner.is_some();
    list.splice(at..=at, inner.unwrap_or_default());
    is_group
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::subject::Subject;
    use crate::tree::print;

    #[test]
    fn what_does_not_matter_goes() {
        let case = Case::new(Subject::Group, "", "a { b (c, [d e] f) } g 'h 7").unwrap();
        let shrunk = shrink(&case, 1000, |case| {
            let text = print(&case.item);
            text.contains('d') && text.contains('7')
        });
        assert_eq!(print(&shrunk.item), "d 7 ");
    }
}
