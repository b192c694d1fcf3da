//! What was found out, by measure, threads and contestant.

use std::ops::{Div, Sub};

/// Who the others are compared to.
pub(crate) const OURS: &str = "gcache";

/// A figure, and whether the machine was free enough to believe it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Figure {
    pub(crate) value: f64,
    pub(crate) trusted: bool,
}

impl Figure {
    pub(crate) const fn new(value: f64) -> Self {
        Self { value, trusted: true }
    }
}

impl Div for Figure {
    type Output = Self;

    fn div(self, by: Self) -> Self {
        Self { value: self.value / by.value, trusted: self.trusted && by.trusted }
    }
}

impl Sub for Figure {
    type Output = Self;

    fn sub(self, less: Self) -> Self {
        Self { value: self.value - less.value, trusted: self.trusted && less.trusted }
    }
}

/// What was found out of one contestant.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    /// What was measured.
    pub(crate) measure: &'static str,
    pub(crate) threads: usize,
    pub(crate) contestant: &'static str,
    /// The median, in the unit of the measure.
    pub(crate) median: Figure,
    /// How it was sampled, if it was.
    pub(crate) sampled: Option<Sampled>,
}

/// How a time was sampled.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sampled {
    /// Between these is the middle half of all samples.
    pub(crate) quartiles: (f64, f64),
    /// Of how many undisturbed turns.
    pub(crate) clean: usize,
    /// Allocations per operation.
    pub(crate) allocations: f64,
}

/// All figures of a run.
#[derive(Debug, Default)]
pub(crate) struct Results(Vec<Found>);

impl Results {
    pub(crate) fn add(&mut self, found: impl IntoIterator<Item = Found>) {
        self.0.extend(found);
    }

    fn find(&self, measure: &str, threads: usize, contestant: &str) -> Option<&Found> {
        self.0.iter().find(|found| {
            (found.measure, found.threads, found.contestant) == (measure, threads, contestant)
        })
    }

    /// The figure of a contestant, if it was measured.
    pub(crate) fn of(&self, measure: &str, threads: usize, contestant: &str) -> Option<Figure> {
        self.find(measure, threads, contestant).map(|found| found.median)
    }

    /// Ours.
    pub(crate) fn ours(&self, measure: &str, threads: usize) -> Option<Figure> {
        self.of(measure, threads, OURS)
    }

    /// How many allocations an operation of ours makes.
    pub(crate) fn allocations(&self, measure: &str, threads: usize) -> Option<Figure> {
        let sampled = self.find(measure, threads, OURS)?.sampled?;
        Some(Figure::new(sampled.allocations))
    }

    /// Ours in units of a peer's.
    pub(crate) fn ratio(&self, measure: &str, threads: usize, peer: &str) -> Option<Figure> {
        Some(self.ours(measure, threads)? / self.of(measure, threads, peer)?)
    }

    /// All measures whose names begin like this.
    pub(crate) fn named(&self, begin: &str) -> impl Iterator<Item = &'static str> {
        let ours = self.0.iter().filter(|found| found.contestant == OURS);
        ours.map(|found| found.measure).filter(move |measure| measure.starts_with(begin))
    }
}
