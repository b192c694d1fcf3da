//! Figures in pages that are constants of the code.
//!
//! A figure is followed by `<!-- const FILE: EXPRESSION -->`, in a comment of a test by `(const FILE: EXPRESSION)`.
//! FILE is a path from `gcache-runtime/src` or from the root, EXPRESSION is of its constants.

use crate::hold;
use crate::repository::Repository;
use syn::{BinOp, Expr, Lit};

/// A figure, and what it is said to be.
struct Figure {
    text: String,
    unit: String,
    file: String,
    expression: String,
}

/// The marked figures of a text.
fn figures(text: &str, opens: &str, closes: &str) -> Vec<Figure> {
    let mut figures = Vec::new();
    for (at, _) in text.match_indices(opens) {
        let Some((mark, after)) = text[at + opens.len()..].split_once(closes) else { continue };
        let Some((file, expression)) = mark.split_once(": ") else { continue };
        let before = text[..at].trim_end();
        let figure = before.rsplit([' ', '\n', '(', '|', '×']).next().unwrap_or_default();
        let unit = after.split([' ', '\n']).find(|word| !word.is_empty()).unwrap_or_default();
        figures.push(Figure {
            text: figure.trim_matches(['`', '*']).to_owned(),
            unit: unit.trim_matches(|letter: char| !letter.is_alphanumeric()).to_owned(),
            file: file.trim().to_owned(),
            expression: expression.trim().to_owned(),
        });
    }
    figures
}

/// What a figure says: `262,144`, `sixteen`, the divisor of a `tenth`.
fn number(text: &str) -> Option<f64> {
    const WORDS: [(&str, f64); 36] = [
        ("one", 1.0),
        ("two", 2.0),
        ("three", 3.0),
        ("four", 4.0),
        ("five", 5.0),
        ("six", 6.0),
        ("seven", 7.0),
        ("eight", 8.0),
        ("nine", 9.0),
        ("ten", 10.0),
        ("eleven", 11.0),
        ("twelve", 12.0),
        ("sixteen", 16.0),
        ("twenty", 20.0),
        ("thirty", 30.0),
        ("thirty-two", 32.0),
        ("sixty-four", 64.0),
        ("hundred", 100.0),
        ("thousand", 1000.0),
        ("half", 2.0),
        ("third", 3.0),
        ("quarter", 4.0),
        ("fifth", 5.0),
        ("sixth", 6.0),
        ("eighth", 8.0),
        ("tenth", 10.0),
        ("sixteenth", 16.0),
        ("thirty-second", 32.0),
        ("64th", 64.0),
        ("32nd", 32.0),
        ("13th", 13.0),
        ("thirteen", 13.0),
        ("fourth", 4.0),
        ("second", 1.0),
        ("minute", 60.0),
        ("twice", 2.0),
    ];
    let text = text.to_lowercase();
    let plain: String = text.chars().filter(|letter| ![',', '_'].contains(letter)).collect();
    let word = || WORDS.iter().find(|(word, _)| *word == text).map(|(_, number)| *number);
    plain.parse().ok().or_else(word)
}

/// The value of an expression over the constants of a file; a duration is in seconds.
fn value(file: &syn::File, expression: &Expr) -> Option<f64> {
    let value = |inner: &Expr| value(file, inner);
    match expression {
        Expr::Lit(literal) => match &literal.lit {
            Lit::Int(number) => number.base10_parse().ok(),
            Lit::Float(number) => number.base10_parse().ok(),
            _ => None,
        },
        Expr::Paren(inner) => value(&inner.expr),
        Expr::Group(inner) => value(&inner.expr),
        Expr::Cast(cast) => value(&cast.expr),
        Expr::Path(path) => constant(&file.items, &path.path.segments.last()?.ident.to_string())
            .and_then(|constant| value(&constant)),
        Expr::Binary(binary) => {
            let (left, right) = (value(&binary.left)?, value(&binary.right)?);
            match binary.op {
                BinOp::Add(_) => Some(left + right),
                BinOp::Sub(_) => Some(left - right),
                BinOp::Mul(_) => Some(left * right),
                BinOp::Div(_) => Some(left / right),
                BinOp::Shl(_) => Some(left * right.exp2()),
                BinOp::Shr(_) => Some((left / right.exp2()).floor()),
                _ => None,
            }
        }
        Expr::Call(call) => {
            let Expr::Path(function) = &*call.func else { return None };
            let argument = value(call.args.first()?)?;
            match function.path.segments.last()?.ident.to_string().as_str() {
                "from_secs" | "Some" => Some(argument),
                "from_millis" => Some(argument / 1e3),
                "from_micros" => Some(argument / 1e6),
                _ => None,
            }
        }
        _ => None,
    }
}

/// The expression of a constant, at whatever depth.
fn constant(items: &[syn::Item], name: &str) -> Option<Expr> {
    items.iter().find_map(|item| match item {
        syn::Item::Const(item) if item.ident == name => Some((*item.expr).clone()),
        syn::Item::Mod(module) => constant(&module.content.as_ref()?.1, name),
        syn::Item::Impl(block) => block.items.iter().find_map(|item| match item {
            syn::ImplItem::Const(item) if item.ident == name => Some(item.expr.clone()),
            _ => None,
        }),
        _ => None,
    })
}

/// The tests of all crates, without those of this folder, which show marks.
fn tests(repository: &Repository) -> impl Iterator<Item = (&str, String)> {
    let tests = repository.texts(".rs").filter(|(path, _)| path.contains("tests/"));
    tests.filter(|(path, _)| !path.starts_with("tests/architecture/"))
}

/// What is wrong with a figure.
fn breach(repository: &Repository, figure: &Figure) -> Option<String> {
    let Figure { text, unit, file, expression } = figure;
    let inside = format!("gcache-runtime/src/{file}");
    let file = if repository.has(&inside) { &inside } else { file };
    if !repository.has(file) {
        return Some(format!("{text}: there is no {file}"));
    }
    let parsed = syn::parse_file(&repository.text(file)).expect("it is Rust");
    let meant = syn::parse_str(expression).ok().and_then(|expr| value(&parsed, &expr));
    let Some(meant) = meant else {
        return Some(format!("{text}: `{expression}` of {file} has no value that is seen here"));
    };
    let scale = match unit.as_str() {
        "ms" => 1e3,
        "µs" => 1e6,
        "min" | "minutes" => 1.0 / 60.0,
        "KiB" => 1.0 / 1024.0,
        "MiB" => 1.0 / 1024.0 / 1024.0,
        _ => 1.0,
    };
    let meant = meant * scale;
    let same = number(text).is_some_and(|said| (said - meant).abs() <= 1e-9 * meant.abs());
    (!same).then(|| format!("{text} {unit}: `{expression}` of {file} is {meant}"))
}

#[test]
fn a_marked_figure_is_its_constant() {
    let repository = Repository::here();
    let mut wrong = Vec::new();
    for (path, text) in repository.texts(".md") {
        let marked = figures(&text, "<!-- const ", "-->");
        let breaches = marked.iter().filter_map(|figure| breach(repository, figure));
        wrong.extend(breaches.map(|breach| format!("{path}: {breach}")));
    }
    for (path, text) in tests(repository) {
        let marked = figures(&text, "(const ", ")");
        let breaches = marked.iter().filter_map(|figure| breach(repository, figure));
        wrong.extend(breaches.map(|breach| format!("{path}: {breach}")));
    }
    hold("a figure is not the constant that it is marked as", wrong);
}

#[test]
fn the_page_of_the_design_marks_its_figures() {
    let marked = figures(&Repository::here().text("docs/design.md"), "<!-- const ", "-->");
    assert!(marked.len() >= 10, "docs/design.md has {} marked figures", marked.len());
}

#[test]
fn a_bound_in_a_comment_of_a_test_is_marked() {
    let mut wrong = Vec::new();
    for (path, text) in tests(Repository::here()) {
        let lines =
            text.lines().enumerate().filter(|(_, line)| line.trim_start().starts_with("//"));
        for (at, line) in lines {
            let bound = line.split("at most ").nth(1).and_then(|rest| rest.split(' ').next());
            let bound = bound.and_then(|word| number(word.trim_end_matches('.')));
            if bound.is_some_and(|bound| bound >= 1_000.0) && !line.contains("(const ") {
                wrong.push(format!("{path}:{}: {}", at + 1, line.trim()));
            }
        }
    }
    hold("mark a bound of the library with `(const FILE: NAME)`, or do not repeat it", wrong);
}

#[test]
fn figures_are_read_and_constants_evaluated() {
    let text = "up to **262,144**<!-- const a.rs: B << 2 --> places, 20<!-- const a.rs: C --> ms";
    let found = figures(text, "<!-- const ", "-->");
    let seen = |at: usize| (found[at].text.as_str(), found[at].unit.as_str());
    assert_eq!((seen(0), seen(1)), (("262,144", "places"), ("20", "ms")));
    let file = "const B: usize = 1 << 16; impl A { const C: D = Duration::from_millis(20); }";
    let file = syn::parse_file(file).unwrap();
    let meant = |text: &str| value(&file, &syn::parse_str(text).unwrap());
    assert_eq!(meant("B << 2"), Some(262_144.0));
    assert_eq!(meant("C * 1_000"), Some(20.0));
    assert_eq!(number("sixteenth"), Some(16.0));
}
