//! A hit in Redis beside a bare `GET` of the same bytes by the same client, in turns:
//! `taskset -c 1 bash .ci/redis target/release/examples/values_bench`, built with `--release`. On one core, since else it is
//! chance which of the threads are woken across cores.

use gcache::shared::{Found, Request, SharedStore as _, SharedValue};
use gcache_redis::values::{LinkView, Options, Secret, Session, Values};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A link that has heard of everything.
struct Quiet(Session);

impl LinkView for Quiet {
    fn session(&self) -> Option<Session> {
        Some(self.0.clone())
    }

    fn told(&self) -> gcache::link::BoxFuture<'_, bool> {
        Box::pin(std::future::ready(true))
    }
}

const TURNS: usize = 2000;
const CALLS: u32 = 10;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let url = std::env::var("GCACHE_REDIS")?;
    let client = redis::Client::open(url.trim_end_matches('/').to_owned() + "/?protocol=resp3")?;
    let mut connection = client.get_connection()?;
    let namespace = format!("bench-{}", std::process::id());
    let state = format!("{{{namespace}}}:state");
    redis::cmd("HSET").arg(&state).arg("inc").arg("abc").arg("n").arg(0).exec(&mut connection)?;
    let info = |section: &str, field: &str| -> redis::RedisResult<String> {
        let info: redis::InfoDict =
            redis::cmd("INFO").arg(section).query(&mut client.get_connection()?)?;
        Ok(info.get(field).unwrap_or_default())
    };
    let server = format!("{}/{}", info("server", "run_id")?, info("replication", "master_replid")?);
    let session = Session {
        incarnation: "abc".into(),
        heard: 0,
        server: server.into(),
        client: Arc::new(client.clone()),
    };
    let budget = Duration::from_secs(5);
    // `SECRET` says with which secret values are signed, if with one.
    let secret = std::env::var("SECRET").ok().and_then(|secret| Secret::new(secret.as_bytes()));
    let namespace = namespace.into();
    let options = Options { namespace, secret, budget, patience: budget };
    let values: &'static Values =
        Box::leak(Box::new(Values::start(Arc::new(Quiet(session)), options)?));

    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    // The connection of the bare client is driven by a thread of its own, as that of the values is.
    let driver = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let bare = driver.block_on(client.get_multiplexed_async_connection())?;
    std::thread::spawn(move || driver.block_on(std::future::pending::<()>()));
    println!(
        "bytes of the value; µs of a bare GET, of a hit, ratio: the quickest tenth, and the median"
    );
    for size in [100_usize, 1_000, 3_000, 10_000, 100_000] {
        let groups: Vec<gcache::link::NamedGroup> = [r#"["shop.book","key",7]"#.parse()?].into();
        let request = Request {
            function: "shop::title",
            fingerprint: [7; 16],
            secret: false,
            arguments: size.to_le_bytes().to_vec(),
            groups: groups.clone(),
            ttl: budget * 100,
        };
        // Bytes that cannot be made shorter.
        let bytes: Vec<u8> = std::iter::repeat_with(|| fastrand::u8(..)).take(size).collect();
        loop {
            match values.look_up_blocking(request.clone()) {
                Found::Compute(computing) => computing.offer(SharedValue {
                    bytes: bytes.clone(),
                    groups: groups.clone(),
                    ttl: request.ttl,
                }),
                Found::Value(_) => break,
                Found::Nothing => std::thread::sleep(Duration::from_millis(5)),
            }
        }
        redis::cmd("SET").arg("bare").arg(&bytes).exec(&mut connection)?;
        let (mut gets, mut hits) = (Vec::new(), Vec::new());
        for _ in 0..TURNS {
            let begun = Instant::now();
            runtime.block_on(async {
                for _ in 0..CALLS {
                    let mut bare = bare.clone();
                    let got: Vec<u8> =
                        redis::cmd("GET").arg("bare").query_async(&mut bare).await.unwrap();
                    assert_eq!(got.len(), size);
                }
            });
            gets.push(begun.elapsed() / CALLS);
            let begun = Instant::now();
            runtime.block_on(async {
                for _ in 0..CALLS {
                    assert!(matches!(values.look_up(request.clone()).await, Found::Value(_)));
                }
            });
            hits.push(begun.elapsed() / CALLS);
        }
        // On a busy machine, the quickest are those that nothing else held up.
        let quantile = |times: &mut Vec<Duration>, tenths: usize| {
            times.sort();
            times[times.len() * tenths / 10].as_secs_f64() * 1e6
        };
        print!("{size:>8}");
        for tenths in [1, 5] {
            let (get, hit) = (quantile(&mut gets, tenths), quantile(&mut hits, tenths));
            print!("  {get:>8.1} {hit:>8.1} {:>6.3}", hit / get);
        }
        println!();
    }
    Ok(())
}
