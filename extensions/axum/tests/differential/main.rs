//! Requests at random, each answer compared with that of the bare handler.
//!
//! The twin of an answer is what the handler says without a layer around it: to the request as far as the page's key
//! holds it, where that could be stored; else to the request whole. `model.rs` makes the reduced request by itself, so
//! it says what the layer should do. And nobody is shown what another has sent.
//!
//! | variable | meaning |
//! | --- | --- |
//! | `GCACHE_AXUM_REQUESTS` | how many requests |
//! | `GCACHE_AXUM_SEED` | the seed, to run one again |

mod handler;
mod model;
mod random;
mod requests;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode};
use futures::FutureExt as _;
use futures::future::join_all;
use model::World;
use random::Random;
use requests::Sent;
use std::panic::AssertUnwindSafe;
use tower::ServiceExt as _;

/// An answer, as far as it is compared; a panic is none.
#[derive(Debug, PartialEq)]
struct Answered {
    status: StatusCode,
    headers: HeaderMap,
    body: String,
}

async fn ask(app: &Router, request: Request) -> Option<Answered> {
    let head = request.method() == "HEAD";
    let answer = async {
        let Ok(response) = app.clone().oneshot(request).await;
        let (mut parts, body) = response.into_parts();
        let body = axum::body::to_bytes(body, usize::MAX).await.expect("a body");
        assert!(!head || body.is_empty(), "the answer to HEAD has no body");
        // What the layer says, which no handler here does.
        ["etag", "vary"].iter().for_each(|name| drop(parts.headers.remove(*name)));
        if parts
            .headers
            .get("cache-control")
            .is_some_and(|value| value == "no-cache" || value == "private, no-cache")
        {
            parts.headers.remove("cache-control");
        }
        let body = String::from_utf8(body.to_vec()).expect("text");
        Answered { status: parts.status, headers: parts.headers, body }
    };
    AssertUnwindSafe(answer).catch_unwind().await.ok()
}

/// What the bare handler says to a request, and to what is to be seen of it.
async fn twin(world: &World, bare: &Router, sent: &Sent) -> Option<Answered> {
    let whole = || ask(bare, sent.request());
    let Some(reduced) = world.reduce(sent) else { return whole().await };
    let answer = ask(bare, reduced).await;
    let Some(mut answer) = answer.filter(model::may_be_stored) else { return whole().await };
    if sent.method == "HEAD" {
        // The same as `GET`, which has it on the wire.
        let length = answer.headers.entry("content-length").or_insert(answer.body.len().into());
        assert_eq!(length.to_str().ok(), Some(answer.body.len().to_string().as_str()));
        answer.body.clear();
    }
    Some(answer)
}

/// Whose secrets an answer shows.
fn shown(answer: &Answered) -> Vec<usize> {
    let text = format!("{:?} {}", answer.headers, answer.body);
    let ids = text.split("secret-").skip(1).map(|behind| {
        let digits = behind.bytes().take_while(u8::is_ascii_digit).count();
        behind[..digits].parse().expect("a number")
    });
    ids.collect()
}

fn variable<T: std::str::FromStr>(name: &str) -> Option<T> {
    std::env::var(name).ok().map(|value| value.parse().ok().expect("a number"))
}

#[tokio::test]
async fn every_answer_is_that_of_the_bare_handler() {
    let requests = variable("GCACHE_AXUM_REQUESTS").unwrap_or(3_000);
    let seed = variable("GCACHE_AXUM_SEED").unwrap_or_else(random::seed);
    println!("GCACHE_AXUM_SEED={seed} GCACHE_AXUM_REQUESTS={requests}");
    // A handler that insists on a user panics where there is none, which is no news.
    std::panic::set_hook(Box::new(|panic| {
        if !panic.to_string().contains(handler::INSISTS) {
            eprintln!("{panic}");
        }
    }));
    let mut random = Random::new(seed);
    let (mut sent, mut hits, mut unstored) = (0, 0, 0);
    while sent < requests {
        let world = World::at_random(&mut random);
        let pages = world.pages();
        let (app, bare) = (handler::app(Some(pages.clone())), handler::app(None));
        for _ in 0..200 {
            // Some at once, so that they wait for each other.
            let together: Vec<_> = (0..=random.below(4))
                .map(|more| Sent::at_random(&mut random, sent + more))
                .collect();
            sent += together.len();
            let answers = join_all(together.iter().map(|sent| ask(&app, sent.request()))).await;
            for (sent, answer) in together.iter().zip(answers) {
                let expected = twin(&world, &bare, sent).await;
                assert_eq!(answer, expected, "seed {seed}, {world:?}, {sent:?}");
                let shown = answer.as_ref().map(shown).unwrap_or_default();
                assert!(
                    shown.iter().all(|id| *id == sent.id),
                    "seed {seed}, {world:?}: {sent:?} was shown {answer:?}"
                );
            }
        }
        hits += pages.stats().hits;
        unstored += pages.stats().unstored;
    }
    drop(std::panic::take_hook());
    println!("{sent} requests, {hits} hits, {unstored} lookups of what could not be stored");
    // A test in which nothing is cached would find nothing.
    assert!(
        hits * 20 > sent as u64 && unstored * 50 > sent as u64,
        "{hits} and {unstored} of {sent}"
    );
}

#[tokio::test]
async fn the_twin_of_a_request_sees_less_than_it() {
    let mut random = Random::new(1);
    let bare = handler::app(None);
    let mut secrets = 0;
    for id in 0..200 {
        let sent = Sent::at_random(&mut random, id);
        secrets += ask(&bare, sent.request()).await.map_or(0, |answer| shown(&answer).len());
        if let Some(reduced) = World::at_random(&mut random).reduce(&sent) {
            let answer = ask(&bare, reduced).await;
            assert!(answer.is_none_or(|answer| shown(&answer).is_empty()), "{sent:?}");
        }
    }
    assert!(secrets > 200, "the bare handler shows all that it sees: {secrets}");
}

/// A request without a body.
fn empty() -> Request {
    Request::new(Body::empty())
}
