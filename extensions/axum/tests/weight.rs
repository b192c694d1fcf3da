//! A flood of distinct paths takes what `max_weight` says, in bytes of the process.

mod common;

use axum::extract::Path;
use axum::{Router, routing::get};
use common::text;
use gcache::{Invalidates, group};
use gcache_axum::{PagesBuilder, pages, tag};
use peak_alloc::PeakAlloc;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

#[derive(Invalidates)]
#[group(no_helpers)]
struct Film {
    id: u64,
    #[group(index)]
    genre: String,
}

// Never ended.
group!(Whole);

/// How many bytes of pages are kept.
const MAX: usize = 1 << 20;

/// How much more than that a process may take, and how much less: what an entry takes depends on how full tables are.
const FACTOR: f64 = 1.5;

/// How many bytes the process has more after a flood, divided by what its pages weigh.
async fn flood(builder: PagesBuilder, body: usize, path: impl Fn(usize) -> String) -> f64 {
    let before = MEMORY.current_usage();
    let pages = builder.max_weight(MAX as u64).build();
    let handler = async move |Path(_): Path<String>| "x".repeat(body);
    let app: Router = Router::new().route("/{id}", get(handler)).layer(pages.clone());
    // Several times more than fit.
    let fit = MAX / (1_000 + body);
    for id in 0..3 * fit {
        text(&app, &path(id)).await;
    }
    let stats = pages.stats();
    assert!(stats.weight <= MAX as u64 && stats.weight * 2 > MAX as u64, "{stats:?}");
    assert!(stats.entries < fit as u64 * 2, "{stats:?}");
    let taken = MEMORY.current_usage() - before;
    println!("{} entries: {taken} bytes, of {}", stats.entries, stats.weight);
    #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
    let factor = taken as f64 / stats.weight as f64;
    factor
}

#[tokio::test]
async fn a_flood_of_pages_takes_what_it_may() {
    let short = |id: usize| format!("/{id}");
    let long = |id: usize| format!("/{id}{}", "0".repeat(900));
    let numbers = |id: usize| format!("/{}", id + 1_000_000);
    let mut factors = vec![
        ("one group", flood(pages("weight whole").against::<Whole>(), 20, short).await),
        ("members", flood(pages("weight members").against_member::<Film>("id"), 20, numbers).await),
        (
            "large pages",
            flood(pages("weight large").against_member::<Film>("id"), 5_000, numbers).await,
        ),
        ("long paths", flood(pages("weight long").against::<Whole>(), 20, long).await),
    ];
    let index = pages("weight index").against_index::<Film, _>(|film| &film.genre, "id");
    factors.push(("long index values", flood(index, 20, long).await));
    let tags = pages("weight tags").against_groups(|path| {
        let id = path.get("id")?;
        Some((tag(format!("weight of {id}")), tag(format!("weight {id}"))))
    });
    factors.push(("two tags", flood(tags, 20, short).await));
    println!("{factors:?}");
    for (what, factor) in factors {
        assert!((1.0 / FACTOR..FACTOR).contains(&factor), "{what}: {factor}");
    }
}
