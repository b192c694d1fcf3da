//! The film club on two machines, over HTTP: `bash .ci/redis cargo test -p filmclub`.

mod common;

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use common::{BOUND, Machine, Machines, Outcome};
use gcache_redis::message::Message;
use hyper_util::client::legacy::{Client, connect::HttpConnector};
use hyper_util::rt::TokioExecutor;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// Pulp Fiction, which each test rates.
const FILM: &str = "/film/742";

/// A page that shows it not.
const OTHER: &str = "/film/842";

struct Answered {
    status: StatusCode,
    cookie: Option<String>,
    body: String,
}

impl Answered {
    fn is_cached(&self) -> bool {
        self.body.contains("data-cached=\"true\"")
    }

    /// How many stars the club gives to the film on its page.
    fn votes(&self) -> Option<u64> {
        let behind = self.body.split("id=\"votes\">").nth(1)?;
        behind.split('<').next()?.parse().ok()
    }
}

/// A visitor, with the cookie that they got last.
struct Visitor {
    client: Client<HttpConnector, Body>,
    cookie: Option<String>,
}

impl Visitor {
    fn new() -> Self {
        Self { client: Client::builder(TokioExecutor::new()).build_http(), cookie: None }
    }

    async fn send(
        &mut self,
        method: &str,
        at: &Machine,
        path: &str,
        form: &str,
    ) -> Outcome<Answered> {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", at.address))
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        if let Some(cookie) = &self.cookie {
            request = request.header(header::COOKIE, cookie);
        }
        let response = self.client.request(request.body(Body::from(form.to_owned()))?).await?;
        let (parts, body) = response.into_parts();
        let body = axum::body::to_bytes(Body::new(body), usize::MAX).await?;
        let cookie = parts.headers.get(header::SET_COOKIE).map(|cookie| cookie.to_str());
        let cookie = cookie.transpose()?.map(str::to_owned);
        if let Some(cookie) = &cookie {
            self.cookie = cookie.split(';').next().map(str::to_owned);
        }
        Ok(Answered { status: parts.status, cookie, body: String::from_utf8(body.to_vec())? })
    }

    async fn get(&mut self, at: &Machine, path: &str) -> Outcome<Answered> {
        self.send("GET", at, path, "").await
    }

    async fn rate(&mut self, at: &Machine, stars: u8) -> Outcome<Answered> {
        let rated = self.send("POST", at, "/film/742/rate", &format!("stars={stars}")).await?;
        assert_eq!(rated.status, StatusCode::SEE_OTHER, "{}", rated.body);
        Ok(rated)
    }

    /// Looks at pages until they come from the cache.
    async fn warm(&mut self, at: &Machine, paths: &[&str]) -> Outcome {
        for path in paths {
            while !self.get(at, path).await?.is_cached() {}
        }
        Ok(())
    }
}

#[tokio::test]
async fn what_is_rated_on_one_is_seen_on_the_other_within_the_bound() -> Outcome {
    let machines = Machines::open("bound").await?;
    let (mut rater, mut reader) = (Visitor::new(), Visitor::new());
    let pages = ["/", "/genre/Drama", FILM];
    for (votes, (one, other)) in
        (1..).zip([(&machines.one, &machines.other), (&machines.other, &machines.one)])
    {
        reader.warm(other, &pages).await?;
        reader.warm(other, &[OTHER, "/genre/Western"]).await?;
        rater.rate(one, 9).await?;
        // The answer comes once all can hear of it.
        let told = Instant::now();
        for path in pages {
            loop {
                let called = told.elapsed();
                let page = reader.get(other, path).await?;
                let is_seen = match path {
                    FILM => page.votes() == Some(votes),
                    _ => page.body.contains("★ 9.0") && !page.is_cached(),
                };
                if is_seen {
                    break;
                }
                assert!(called < BOUND, "{path} is stale after {called:?}");
                assert!(page.is_cached() || path != FILM, "it is computed from what is there");
            }
        }
        for path in [OTHER, "/genre/Western"] {
            assert!(reader.get(other, path).await?.is_cached(), "{path}");
        }
    }
    assert_eq!(reader.cookie, None, "who changes nothing gets none");
    Ok(())
}

#[tokio::test]
async fn visitors_see_their_own_stars_at_once_on_each_machine() -> Outcome {
    let machines = Machines::open("own").await?;
    let mut visitor = Visitor::new();
    for votes in (1..=40).step_by(2) {
        for (votes, one, other) in
            [(votes, &machines.one, &machines.other), (votes + 1, &machines.other, &machines.one)]
        {
            visitor.warm(other, &[FILM]).await?;
            let cookie = visitor.rate(one, 8).await?.cookie.ok_or("a receipt")?;
            assert!(cookie.starts_with("gcache_seen="), "{cookie}");
            assert_eq!(visitor.get(other, FILM).await?.votes(), Some(votes));
        }
    }
    Ok(())
}

/// The groups of the next message, in some order.
fn next_groups(heard: &mut redis::PubSub<'_>) -> Outcome<Vec<Value>> {
    let payload: Vec<u8> = heard.get_message()?.get_payload()?;
    let message = Message::read(&payload).ok_or("a message")?;
    let mut groups: Vec<Value> = serde_json::from_str(&message.body)?;
    groups.sort_by_key(Value::to_string);
    Ok(groups)
}

#[tokio::test]
async fn others_are_told_of_rows_by_name_and_by_key() -> Outcome {
    let machines = Machines::open("names").await?;
    let mut server = redis::Client::open(machines.redis.as_str())?.get_connection()?;
    // After this it has failed. Not a delay: messages come at once.
    server.set_read_timeout(Some(Duration::from_secs(30)))?;
    let mut heard = server.as_pubsub();
    heard.subscribe(format!("{{{}}}:invalidations", machines.namespace))?;
    let mut visitor = Visitor::new();

    visitor.rate(&machines.one, 9).await?;
    let film = json!([
        ["film", "director_id", 401],
        ["film", "genre", "Drama"],
        ["film", "key", 742],
        ["film"],
    ]);
    let rating = json!([["rating", "film_id", 742], ["rating", "key", 1], ["rating"]]);
    let both = [film.as_array(), rating.as_array()].into_iter().flatten().flatten();
    assert_eq!(next_groups(&mut heard)?, both.cloned().collect::<Vec<_>>());
    let renamed = visitor.send("POST", &machines.other, "/film/742/rename", "title=Fact").await?;
    assert_eq!(renamed.status, StatusCode::SEE_OTHER);
    assert_eq!(json!(next_groups(&mut heard)?), film);
    Ok(())
}

#[tokio::test]
async fn the_other_goes_on_when_one_is_closed() -> Outcome {
    let machines = Machines::open("closes").await?;
    let mut visitor = Visitor::new();
    visitor.rate(&machines.one, 9).await?;
    machines.one.close().await?;
    assert_eq!(visitor.get(&machines.other, FILM).await?.votes(), Some(1));
    visitor.rate(&machines.other, 9).await?;
    assert_eq!(visitor.get(&machines.other, FILM).await?.votes(), Some(2));
    Ok(())
}
