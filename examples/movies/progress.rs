//! What is shown while a run is under way: a bar on a terminal, plain lines in a log.

use crate::report::grouped;
use indicatif::{ProgressBar, ProgressStyle};
use std::time::Duration;

/// How often a log gets a line.
const LINE: Duration = Duration::from_secs(1);

/// The progress of one run.
pub(crate) struct Progress {
    name: String,
    length: Duration,
    bar: ProgressBar,
    next_line: Duration,
}

impl Progress {
    /// Begins to show a run of this length.
    pub(crate) fn begin(name: &str, length: Duration) -> Self {
        let millis = u64::try_from(length.as_millis()).unwrap_or(u64::MAX);
        let style = ProgressStyle::with_template("{prefix:>13} {bar:40} {msg}")
            .unwrap_or_else(|_| ProgressStyle::default_bar());
        let bar = ProgressBar::new(millis).with_style(style).with_prefix(name.to_owned());
        Self { name: name.to_owned(), length, bar, next_line: LINE }
    }

    /// Shows what has happened beside serving.
    pub(crate) fn note(&self, what: &str) {
        if self.bar.is_hidden() {
            eprintln!("{}: {what}", self.name);
        } else {
            self.bar.set_message(what.to_owned());
        }
    }

    /// Shows how far serving has come.
    pub(crate) fn show(&mut self, elapsed: Duration, requests: u64) {
        let (seconds, length) = (elapsed.as_secs_f64(), self.length.as_secs());
        let what = format!("{seconds:.1} of {length} s, {} requests", grouped(requests));
        if !self.bar.is_hidden() {
            self.bar.set_position(u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX));
            self.bar.set_message(what);
        } else if elapsed >= self.next_line {
            self.next_line += LINE;
            eprintln!("{}: {what}", self.name);
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        // The bar of a finished run stays above the next one.
        self.bar.abandon();
    }
}
