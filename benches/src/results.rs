//! What was found out, by measure, threads and contestant.

/// Who the others are compared to.
pub(crate) const OURS: &str = "gcache";

/// One figure.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    /// What was measured.
    pub(crate) measure: &'static str,
    pub(crate) threads: usize,
    pub(crate) contestant: &'static str,
    /// The median, in the unit of the measure.
    pub(crate) median: f64,
    /// Between these is the middle half of all samples.
    pub(crate) quartiles: Option<(f64, f64)>,
    /// How many samples were disturbed, whatever was done.
    pub(crate) disturbed: usize,
    /// Allocations per operation.
    pub(crate) allocations: Option<f64>,
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
    pub(crate) fn of(&self, measure: &str, threads: usize, contestant: &str) -> Option<f64> {
        self.find(measure, threads, contestant).map(|found| found.median)
    }

    /// Ours.
    pub(crate) fn ours(&self, measure: &str, threads: usize) -> Option<f64> {
        self.of(measure, threads, OURS)
    }

    /// How many allocations an operation of ours makes.
    pub(crate) fn allocations(&self, measure: &str, threads: usize) -> Option<f64> {
        self.find(measure, threads, OURS)?.allocations
    }

    /// Ours in units of a peer's.
    pub(crate) fn ratio(&self, measure: &str, threads: usize, peer: &str) -> Option<f64> {
        Some(self.ours(measure, threads)? / self.of(measure, threads, peer)?)
    }

    /// All measures whose names begin like this.
    pub(crate) fn named(&self, begin: &str) -> impl Iterator<Item = &'static str> {
        let ours = self.0.iter().filter(|found| found.contestant == OURS);
        ours.map(|found| found.measure).filter(move |measure| measure.starts_with(begin))
    }
}
