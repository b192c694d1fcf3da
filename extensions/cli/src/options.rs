//! What can be typed.

use crate::failure::Failure;
use crate::group;
use clap::{Args, Parser, Subcommand, value_parser};
use gcache::link::NamedGroup;
use std::time::Duration;

/// Invalidates and watches what is cached by gcache, in all processes of a namespace.
///
/// Exit codes: 0 done, 1 not found, 2 wrong usage, 3 not reached, 4 refused, 5 done and not said.
#[derive(Parser, Debug)]
#[command(name = "gcache", version)]
pub(crate) struct Options {
    /// The Redis or Valkey that the processes share, as `redis://host/`, `rediss://..`, `unix:///..`,
    /// `redis+sentinel://a,b,c/NAME` or `redis+cluster://a,b/`.
    #[arg(long, value_name = "URL", env = "GCACHE_REDIS", hide_env_values = true, global = true)]
    redis: Option<String>,

    /// The namespace that the processes share.
    #[arg(long, value_name = "NAME", env = "GCACHE_NS", global = true)]
    ns: Option<String>,

    /// How long the server may take to answer.
    #[arg(long, value_name = "SECONDS", default_value_t = 5, value_parser = value_parser!(u64).range(1..), global = true)]
    patience: u64,

    /// Say it as JSON: an object a line.
    #[arg(long, global = true)]
    pub(crate) json: bool,

    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Subcommand, Debug)]
pub(crate) enum Command {
    /// Invalidate a row, an index value, a whole model, or a tag.
    ///
    /// A key is JSON; a word that is no JSON is a string. The name of a group may have dots in it, so an index is a
    /// word of its own: `shop.book author 3`.
    Invalidate(What),
    /// Show each invalidation as it happens, until Ctrl-C.
    Watch {
        /// Stop after so many.
        #[arg(long, value_name = "NUMBER")]
        count: Option<u64>,
    },
    /// Show the server, the namespace, and how many processes listen.
    ///
    /// Which groups a process tells without their keys is not in Redis: `gcache::link::report()` and `status()` of the link
    /// say it in the process.
    Status,
}

/// What to invalidate.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES, override_usage = USAGE)]
pub(crate) struct What {
    /// The name of a group, or `tag`.
    #[arg(required_unless_present = "everything")]
    group: Option<String>,

    /// The key of a row; or an index, and a value of it; or the name of the tag.
    #[arg(num_args = 0..=2, value_name = "KEY", allow_negative_numbers = true)]
    words: Vec<String>,

    /// All members and index values of the group; with the name of an index, all values of that.
    #[arg(long)]
    all: bool,

    /// All groups of the namespace.
    #[arg(long, conflicts_with_all = ["group", "words", "all"])]
    everything: bool,

    /// Do not ask. Needed where there is no terminal to ask at.
    #[arg(long, short)]
    pub(crate) yes: bool,
}

const USAGE: &str = "\
gcache invalidate [OPTIONS] GROUP KEY
       gcache invalidate [OPTIONS] GROUP INDEX VALUE
       gcache invalidate [OPTIONS] GROUP [INDEX] --all
       gcache invalidate [OPTIONS] tag NAME
       gcache invalidate [OPTIONS] --everything";

const EXAMPLES: &str = "\
Examples:
  gcache invalidate shop.book 7              the row whose key is 7, and each list that it may be in
  gcache invalidate shop.book author 3       what depends on the books by author 3, and no more
  gcache invalidate shop.book author --all   what depends on the books by any author
  gcache invalidate shop.book --all          all of the model
  gcache invalidate shop.isbn '\"007\"'        a key that is a string and looks like a number
  gcache invalidate tag 'front page'         a tag
  gcache invalidate --everything             all that the namespace shares";

impl What {
    /// The group that is named.
    pub(crate) fn named(&self) -> Result<NamedGroup, Failure> {
        let words: Vec<&str> = self.words.iter().map(String::as_str).collect();
        let Some(group) = self.group.as_deref() else { return Ok(NamedGroup::all()) };
        let named = match (group, words.as_slice(), self.all) {
            ("tag", [name], false) => group::tag(name),
            ("tag", [], true) => group::all_tags(),
            ("tag", ..) => {
                return usage("`tag` takes one name: `gcache invalidate tag 'front page'`");
            }
            (group, [], true) => group::model(group),
            (group, [index], true) => group::index(group, index, None),
            (group, [key], false) => group::row(group, key),
            (group, [index, value], false) => group::index(group, index, Some(value)),
            (group, [], false) => {
                return usage(&format!(
                    "name a key of {group}, or say `--all` for all of the model"
                ));
            }
            _ => return usage("`--all` stands instead of a key, so one of them is too many"),
        };
        named.ok_or_else(|| {
            Failure::Usage("the name of a group or of an index is a word, and not empty".to_owned())
        })
    }
}

fn usage<T>(why: &str) -> Result<T, Failure> {
    Err(Failure::Usage(why.to_owned()))
}

/// Where the processes meet.
pub(crate) struct Place {
    pub(crate) url: String,
    pub(crate) namespace: String,
    pub(crate) patience: Duration,
}

impl Options {
    /// Where the processes meet.
    pub(crate) fn place(&self) -> Result<Place, Failure> {
        // A variable that is empty says as much as none.
        let said = |word: &Option<String>| word.clone().filter(|word| !word.is_empty());
        let (Some(url), Some(namespace)) = (said(&self.redis), said(&self.ns)) else {
            return usage(
                "say where the processes meet: `--redis URL --ns NAME`, or GCACHE_REDIS and GCACHE_NS",
            );
        };
        if namespace.contains(['{', '}']) {
            return usage(
                "a namespace has no braces: Redis has its keys as `{shop}:..`, and it is `shop`",
            );
        }
        Ok(Place { url, namespace, patience: Duration::from_secs(self.patience) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_options_fit_together() {
        Options::command().debug_assert();
    }

    /// The JSON of what is typed, or why it is refused.
    fn named(words: &[&str]) -> String {
        let words = ["gcache", "invalidate"].iter().chain(words);
        match Options::try_parse_from(words) {
            Err(error) => format!("{:?}", error.kind()),
            Ok(Options { command: Command::Invalidate(what), .. }) => match what.named() {
                Ok(named) => named.to_string(),
                Err(failure) => format!("{failure:?}"),
            },
            Ok(other) => format!("{other:?}"),
        }
    }

    #[test]
    fn words_name_groups() {
        assert_eq!(named(&["shop.book", "7"]), r#"["shop.book","row",7]"#);
        assert_eq!(named(&["shop.book", "-7"]), r#"["shop.book","row",-7]"#);
        assert_eq!(named(&["shop.book", "author", "3"]), r#"["shop.book","author",3]"#);
        assert_eq!(named(&["shop.book", "author", "--all"]), r#"["shop.book","author",null]"#);
        assert_eq!(named(&["shop.lock", "key", "3"]), r#"["shop.lock","=key",3]"#);
        assert_eq!(named(&["shop.book", "--all"]), r#"["shop.book","*"]"#);
        assert_eq!(named(&["--everything"]), r#"["*"]"#);
        // No list of groups is kept anywhere, so a dot is a part of the name.
        assert_eq!(named(&["shop.book.author", "3"]), r#"["shop.book.author","row",3]"#);
    }

    #[test]
    fn a_key_is_json_and_a_bare_word_a_string() {
        assert_eq!(named(&["g", "drama"]), r#"["g","row","drama"]"#);
        assert_eq!(named(&["g", "\"7\""]), r#"["g","row","7"]"#);
        assert_eq!(named(&["g", "007"]), r#"["g","row","007"]"#);
        assert_eq!(named(&["g", "[1, \"a b\"]"]), r#"["g","row",[1, "a b"]]"#);
        assert_eq!(named(&["g", "say \"hi\""]), r#"["g","row","say \"hi\""]"#);
        // More than an `f64` or a `u64` holds.
        assert_eq!(named(&["g", "18446744073709551617"]), r#"["g","row",18446744073709551617]"#);
    }

    #[test]
    fn what_names_nothing_is_refused() {
        for words in [
            &["shop.book"][..],
            &["g", "a", "1", "--all"],
            &["tag"],
            &["tag", "a", "b"],
            &["", "7"],
        ] {
            let refused = named(words);
            assert!(refused.starts_with("Usage("), "{words:?}: {refused}");
        }
        assert_eq!(named(&[]), "MissingRequiredArgument");
        assert_eq!(named(&["g", "a", "b", "c"]), "TooManyValues");
        assert_eq!(named(&["g", "--everything"]), "ArgumentConflict");
    }
}
