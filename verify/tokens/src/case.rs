//! One input of one macro.

use crate::subject::Subject;
use crate::tree::{self, Token};
use std::fmt;

/// A macro with its input.
///
/// As a text, in the files of the corpus:
///
/// ```
/// let text = "cache_against\n--- attribute\nBook(pk)\n--- item\nfn view(pk: u64) -> u64 { pk }\n";
/// let case: gcache_tokens::Case = text.parse().unwrap();
/// assert!(gcache_tokens::judge(&case).is_ok());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// Which macro.
    pub subject: Subject,
    /// What stands in the parentheses of an attribute.
    pub attribute: Vec<Token>,
    /// The item that an attribute or a derive stands on, or what a macro is called with.
    pub item: Vec<Token>,
}

const ATTRIBUTE: &str = "--- attribute";
const ITEM: &str = "--- item";

impl Case {
    /// How many tokens it has.
    pub fn size(&self) -> usize {
        tree::size(&self.attribute) + tree::size(&self.item)
    }

    /// Reads both texts.
    ///
    /// # Errors
    ///
    /// Of a text that is no list of tokens.
    pub fn new(subject: Subject, attribute: &str, item: &str) -> Result<Self, String> {
        let tokens = |text| tree::parse(text).map_err(|error| format!("{error}: {text}"));
        Ok(Self { subject, attribute: tokens(attribute)?, item: tokens(item)? })
    }
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.subject.name())?;
        if self.subject.is_attribute() {
            writeln!(f, "{ATTRIBUTE}\n{}", tree::print(&self.attribute).trim_end())?;
        }
        writeln!(f, "{ITEM}\n{}", tree::print(&self.item).trim_end())
    }
}

impl std::str::FromStr for Case {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (head, item) = text.split_once(ITEM).ok_or("no item")?;
        let (name, attribute) = head.split_once(ATTRIBUTE).unwrap_or((head, ""));
        let subject = Subject::ALL.into_iter().find(|subject| subject.name() == name.trim());
        Self::new(subject.ok_or_else(|| format!("no macro `{}`", name.trim()))?, attribute, item)
    }
}
