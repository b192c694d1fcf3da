//! Line plots as SVG, readable on a light page and on a dark one.

use std::fmt::{Display, Formatter, Result};

/// Lines over the same places. It is written as SVG.
#[derive(Clone, Debug)]
pub struct Plot {
    /// What stands above it.
    pub title: String,
    /// What the axis across counts.
    pub across: String,
    /// What the axis up counts, with its unit.
    pub up: String,
    /// The places across, evenly spaced: for powers of ten, that is a logarithmic axis.
    pub places: Vec<String>,
    /// One colour for each; there are five.
    pub lines: Vec<Line>,
}

/// One line.
#[derive(Clone, Debug)]
pub struct Line {
    /// What stands at its end.
    pub name: String,
    /// One for each place.
    pub spots: Vec<Spot>,
}

/// A median, and between what the middle half of all samples is.
#[derive(Clone, Copy, Debug)]
pub struct Spot {
    /// A quarter of the samples is below this.
    pub low: f64,
    /// The median.
    pub middle: f64,
    /// A quarter of the samples is above this.
    pub high: f64,
}

const WIDTH: f64 = 860.0;
const HEIGHT: f64 = 420.0;
const LEFT: f64 = 70.0;
const RIGHT: f64 = 660.0;
const TOP: f64 = 50.0;
const BOTTOM: f64 = 360.0;

/// How far the names of lines are apart, at least.
const NAME_HEIGHT: f64 = 18.0;

/// Beyond this ratio of the highest to the lowest, the axis up is logarithmic.
const WIDE: f64 = 20.0;

/// Has its own background: a page may be dark where the system is not.
const STYLE: &str = "\
text { font: 13px system-ui, sans-serif; fill: #1f2328 }
.title { font-size: 15px; font-weight: 600 }
.back { fill: #ffffff }
.grid { stroke: #d1d9e0; stroke-width: 1 }
path { fill: none; stroke-width: 1.8 }
polygon { opacity: 0.18 }
.line0 { stroke: #0969da; stroke-width: 3 } .band0, .name0 { fill: #0969da } .name0 { font-weight: 600 }
.line1 { stroke: #57606a } .band1, .name1 { fill: #57606a }
.line2 { stroke: #bc4c00 } .band2, .name2 { fill: #bc4c00 }
.line3 { stroke: #1a7f37 } .band3, .name3 { fill: #1a7f37 }
.line4 { stroke: #8250df } .band4, .name4 { fill: #8250df }
@media (prefers-color-scheme: dark) {
text { fill: #f0f6fc }
.back { fill: #0d1117 }
.grid { stroke: #3d444d }
.line0 { stroke: #58a6ff } .band0, .name0 { fill: #58a6ff }
.line1 { stroke: #9198a1 } .band1, .name1 { fill: #9198a1 }
.line2 { stroke: #f0883e } .band2, .name2 { fill: #f0883e }
.line3 { stroke: #3fb950 } .band3, .name3 { fill: #3fb950 }
.line4 { stroke: #bc8cff } .band4, .name4 { fill: #bc8cff }
}
";

/// The axis up: where its values lie.
enum Scale {
    Linear { top: f64 },
    Logarithmic { bottom: f64, top: f64 },
}

impl Scale {
    fn of(lines: &[Line]) -> Self {
        let spots = || lines.iter().flat_map(|line| &line.spots);
        let lowest = spots().map(|spot| spot.low).fold(f64::INFINITY, f64::min);
        let highest = spots().map(|spot| spot.high).fold(0.0, f64::max);
        if highest > WIDE * lowest {
            Self::Logarithmic { bottom: lowest * 0.8, top: highest * 1.25 }
        } else {
            Self::Linear { top: highest * 1.15 }
        }
    }

    fn height(&self, value: f64) -> f64 {
        let part = match self {
            Self::Linear { top } => value / top,
            Self::Logarithmic { bottom, top } => (value / bottom).ln() / (top / bottom).ln(),
        };
        BOTTOM - part * (BOTTOM - TOP)
    }

    /// Round numbers along the axis.
    fn marks(&self) -> Vec<f64> {
        let decades = (-1..7).map(|power| 10_f64.powi(power));
        match self {
            Self::Linear { top } => {
                let steps = decades.flat_map(|decade| [decade, 2.0 * decade, 5.0 * decade]);
                let step = steps.into_iter().find(|step| top / step <= 7.0).unwrap_or(*top);
                let marks = std::iter::successors(Some(0.0), |mark| Some(mark + step));
                marks.take_while(|mark| mark <= top).collect()
            }
            Self::Logarithmic { bottom, top } => decades
                .flat_map(|decade| [decade, 2.0 * decade, 5.0 * decade])
                .filter(|mark| (bottom..=top).contains(&mark))
                .collect(),
        }
    }
}

impl Display for Plot {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        writeln!(
            f,
            r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img">"#
        )?;
        writeln!(f, "<title>{}</title>\n<style>\n{STYLE}</style>", escaped(&self.title))?;
        writeln!(f, r#"<rect class="back" width="{WIDTH}" height="{HEIGHT}"/>"#)?;
        let scale = Scale::of(&self.lines);
        self.axes(f, &scale)?;
        for (index, line) in self.lines.iter().enumerate() {
            self.line(f, &scale, index, line)?;
        }
        self.names(f, &scale)?;
        writeln!(f, "</svg>")
    }
}

impl Plot {
    /// Where a place lies across.
    fn width(&self, place: usize) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "a handful of places")]
        let part = place as f64 / (self.places.len() - 1).max(1) as f64;
        LEFT + part * (RIGHT - LEFT)
    }

    fn axes(&self, f: &mut Formatter<'_>, scale: &Scale) -> Result {
        text(f, LEFT, TOP - 26.0, "title", "start", &self.title)?;
        text(f, LEFT, TOP - 8.0, "", "start", &self.up)?;
        let middle = f64::midpoint(LEFT, RIGHT);
        text(f, middle, BOTTOM + 44.0, "", "middle", &self.across)?;
        for mark in scale.marks() {
            let y = scale.height(mark);
            writeln!(f, r#"<path class="grid" d="M{LEFT} {y:.1}H{RIGHT}"/>"#)?;
            let number = if mark < 1.0 { mark.to_string() } else { grouped(mark) };
            text(f, LEFT - 8.0, y + 4.0, "", "end", &number)?;
        }
        for (place, name) in self.places.iter().enumerate() {
            let x = self.width(place);
            writeln!(f, r#"<path class="grid" d="M{x:.1} {BOTTOM}v6"/>"#)?;
            text(f, x, BOTTOM + 22.0, "", "middle", name)?;
        }
        Ok(())
    }

    /// A line of medians over a band of the middle halves.
    fn line(&self, f: &mut Formatter<'_>, scale: &Scale, index: usize, line: &Line) -> Result {
        let along = |value: fn(&Spot) -> f64| {
            let point = move |(place, spot): (usize, &Spot)| {
                format!("{:.1} {:.1}", self.width(place), scale.height(value(spot)))
            };
            line.spots.iter().enumerate().map(point).collect::<Vec<_>>()
        };
        let there = along(|spot| spot.low).join(" ");
        let back: Vec<String> = along(|spot| spot.high).into_iter().rev().collect();
        let colour = colour(index);
        writeln!(f, r#"<polygon class="band{colour}" points="{there} {}"/>"#, back.join(" "))?;
        let middle = along(|spot| spot.middle).join("L");
        writeln!(f, r#"<path class="line{colour}" d="M{middle}"/>"#)
    }

    /// The name of each line, at its end, or as near as other names allow.
    fn names(&self, f: &mut Formatter<'_>, scale: &Scale) -> Result {
        let end = |line: &Line| line.spots.last().map_or(BOTTOM, |spot| scale.height(spot.middle));
        let mut names: Vec<(f64, usize)> =
            self.lines.iter().enumerate().map(|(index, line)| (end(line), index)).collect();
        names.sort_by(|one, other| one.0.total_cmp(&other.0));
        let mut free = TOP;
        for (y, index) in names {
            let y = y.max(free);
            free = y + NAME_HEIGHT;
            let class = format!("name{}", colour(index));
            text(f, RIGHT + 10.0, y + 4.0, &class, "start", &self.lines[index].name)?;
        }
        Ok(())
    }
}

/// There are five colours.
fn colour(index: usize) -> usize {
    index % 5
}

fn text(f: &mut Formatter<'_>, x: f64, y: f64, class: &str, anchor: &str, text: &str) -> Result {
    let text = escaped(text);
    writeln!(
        f,
        r#"<text x="{x:.1}" y="{y:.1}" class="{class}" text-anchor="{anchor}">{text}</text>"#
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// A whole number with its digits in groups of three.
pub fn grouped(number: f64) -> String {
    let digits = format!("{number:.0}");
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{Line, Plot, Scale, Spot};

    fn line(name: &str, middles: &[f64]) -> Line {
        let spot = |&middle: &f64| Spot { low: middle * 0.9, middle, high: middle * 1.1 };
        Line { name: name.to_owned(), spots: middles.iter().map(spot).collect() }
    }

    #[test]
    fn a_plot_names_its_axes_places_and_lines() {
        let plot = Plot {
            title: "a < b & c".to_owned(),
            across: "keys".to_owned(),
            up: "ns per hit".to_owned(),
            places: vec!["1".to_owned(), "10k".to_owned()],
            lines: vec![line("gcache", &[10.0, 20.0]), line("others", &[11.0, 21.0])],
        };
        let text = plot.to_string();
        for part in ["a &lt; b &amp; c", ">keys<", ">ns per hit<", ">10k<", ">gcache<", ">others<"]
        {
            assert!(text.contains(part), "{part} is missing in\n{text}");
        }
        assert!(text.contains("prefers-color-scheme: dark"));
        assert!(!text.contains("NaN") && !text.contains("inf"), "{text}");
    }

    #[test]
    fn marks_are_few_and_round() {
        let scale = Scale::of(&[line("near", &[10.0, 34.0])]);
        assert_eq!(scale.marks(), [0.0, 10.0, 20.0, 30.0, 40.0]);
        let scale = Scale::of(&[line("far", &[9.0, 1_500.0])]);
        assert_eq!(scale.marks(), [10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1_000.0, 2_000.0]);
    }
}
