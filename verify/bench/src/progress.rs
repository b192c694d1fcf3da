//! What is shown on a terminal while figures are in the making. In a log, the tables themselves say how
//! far it has come.

use indicatif::{ProgressBar, ProgressStyle};

/// A bar of so many steps, gone when it is dropped.
pub(crate) struct Progress(ProgressBar);

impl Progress {
    pub(crate) fn begin(steps: usize) -> Self {
        let style = ProgressStyle::with_template("{bar:30} {msg}").expect("the template is right");
        Self(ProgressBar::new(steps as u64).with_style(style))
    }

    /// Says what is under way.
    pub(crate) fn show(&self, what: String) {
        self.0.set_message(what);
        self.0.tick();
    }

    /// Says how many steps are done.
    pub(crate) fn reach(&self, step: usize) {
        self.0.set_position(step as u64);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
