//! What a hit costs as a program grows: a curve for each thing that there may be more of.

mod curves;
mod stream;

use crate::machine;
use crate::options::Options;
use crate::progress::Progress;
use crate::rounds::{Plan, Samples, measure};
use crate::table::{Rows, figure, grouped};
use curves::{ALL, Curve};
use gcache_plot::{Line, Plot, Spot};
use std::fs;
use std::path::Path;
use std::time::Duration;

/// How long a turn takes.
const SLICE: Duration = Duration::from_millis(2);

/// How long it takes where there are more threads than cores: the system has to let each of them run.
const CROWDED: Duration = Duration::from_millis(50);

/// Measures the curves that the options ask for, prints them, and draws them into `directory`.
///
/// # Errors
///
/// What a contestant got wrong, or why a file could not be written.
pub(crate) fn run(options: &Options, directory: &Path) -> Result<(), String> {
    println!("{}\n", machine::describe());
    fs::create_dir_all(directory).map_err(|error| format!("{}: {error}", directory.display()))?;
    for curve in ALL.iter().filter(|curve| options.wants(curve.name)) {
        let points = points(options, curve)?;
        println!("{}", table(options.markdown, curve, &points));
        let file = directory.join(format!("{}.svg", curve.name.replace(' ', "-")));
        fs::write(&file, plot(curve, &points).to_string())
            .map_err(|error| format!("{}: {error}", file.display()))?;
        println!("drawn in {}\n", file.display());
    }
    Ok(())
}

/// What was measured at one place of the axis.
struct Point {
    at: u64,
    /// How many invalidations a second there were, where a stream of them is what grows.
    invalidations: Option<f64>,
    series: Vec<(&'static str, Samples)>,
}

fn points(options: &Options, curve: &Curve) -> Result<Vec<Point>, String> {
    let progress = Progress::begin(curve.points.len());
    let mut points = Vec::with_capacity(curve.points.len());
    for &at in curve.points {
        progress.show(format!("{}, {} {}", curve.name, count(at), curve.axis));
        let point = point(options, curve, at);
        points.push(point.map_err(|error| format!("{} at {at}: {error}", curve.name))?);
        progress.reach(points.len());
    }
    Ok(points)
}

fn point(options: &Options, curve: &Curve, at: u64) -> Result<Point, String> {
    let field = (curve.field)(at, options.seed);
    let threads = (curve.threads)(at);
    let plan = if threads <= machine::cores() {
        Plan { rounds: options.rounds(), slice: SLICE }
    } else {
        Plan { rounds: options.rounds().div_ceil(4), slice: CROWDED }
    };
    let measured = || measure(&field, threads, plan, |_| {});
    let (samples, invalidations) = if curve.stream {
        let (samples, invalidations) = stream::beside(at, measured);
        (samples?, Some(invalidations))
    } else {
        (measured()?, None)
    };
    let series = field.iter().map(|contestant| contestant.name()).zip(samples).collect();
    Ok(Point { at, invalidations, series })
}

fn table(markdown: bool, curve: &Curve, points: &[Point]) -> String {
    let mut header = vec![curve.axis];
    header.extend(points[0].series.iter().map(|(name, _)| *name));
    if curve.stream {
        header.push("invalidations a second, attained");
    }
    let mut rows = Rows::new(markdown, &header);
    for Point { at, invalidations, series } in points {
        let times = series.iter().map(|(_, samples)| {
            figure(samples.quantile(0.5)) + if samples.are_clean() { "" } else { " ?" }
        });
        rows.line([count(*at)].into_iter().chain(times).chain(invalidations.map(grouped)));
    }
    format!("{}, {}\n\n{rows}", curve.title, curve.unit)
}

fn plot(curve: &Curve, points: &[Point]) -> Plot {
    let lines = points[0].series.iter().enumerate().map(|(line, (name, _))| {
        let spots = points.iter().map(|point| {
            let samples = &point.series[line].1;
            let [low, middle, high] = [0.25, 0.5, 0.75].map(|part| samples.quantile(part));
            Spot { low, middle, high }
        });
        Line { name: (*name).to_owned(), spots: spots.collect() }
    });
    Plot {
        title: curve.title.to_owned(),
        across: curve.axis.to_owned(),
        up: curve.unit.to_owned(),
        places: points.iter().map(|point| count(point.at)).collect(),
        lines: lines.collect(),
    }
}

/// A number as an axis has it: `1`, `10k`, `1M`.
fn count(number: u64) -> String {
    match number {
        1_000_000.. if number.is_multiple_of(1_000_000) => format!("{}M", number / 1_000_000),
        1_000.. if number.is_multiple_of(1_000) => format!("{}k", number / 1_000),
        _ => number.to_string(),
    }
}
