//! The functions of a graph, cached: each has a memo of its own.

use super::PATIENCE;
use super::graph::{AsyncWay, Graph, NODES, Way, combine};
use futures::future::{BoxFuture, join_all};
use futures::stream::{self, StreamExt as _};
use gcache::{Cached, Config, invalidate_tag, tag};
use rayon::ThreadPool;
use std::future::poll_fn;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::Poll;

/// The memos, by function. A key is the number of a graph.
static MEMOS: LazyLock<Vec<Cached<u64, u64>>> = LazyLock::new(|| {
    let memo = |node| {
        Cached::with(format!("stealing::{node}"), Config::new().capacity(100).patience(PATIENCE))
    };
    (0..NODES).map(memo).collect()
});

/// What a body comes to that fails.
#[derive(Debug)]
struct Failed;

/// The functions of a graph, and the pool that they work on.
pub(super) struct Service {
    graph: Graph,
    pool: &'static ThreadPool,
    /// How many bodies have begun.
    pub(super) bodies: AtomicU64,
}

/// How many bodies of each function ran beside one that was waited for, so far.
pub(super) fn relieved() -> Vec<u64> {
    MEMOS.iter().map(|memo| memo.stats().relieved).collect()
}

fn group(node: usize) -> String {
    format!("stealing {node}")
}

impl Service {
    pub(super) fn new(graph: Graph, pool: &'static ThreadPool) -> Self {
        Self { graph, pool, bodies: AtomicU64::new(0) }
    }

    pub(super) fn graph(&self) -> &Graph {
        &self.graph
    }

    /// Calls a function until it does not fail.
    pub(super) fn call(&self, node: usize) -> u64 {
        let groups = || tag(group(node));
        loop {
            let answer = MEMOS[node].try_get_with(&self.graph.number, groups, || self.body(node));
            if let Ok(answer) = answer {
                return answer.value;
            }
        }
    }

    /// Calls a function until it does not fail.
    pub(super) fn call_async(&self, node: usize) -> BoxFuture<'_, u64> {
        let groups = move || tag(group(node));
        Box::pin(async move {
            loop {
                let body = self.body_async(node);
                let answer = MEMOS[node].try_get_with_async(&self.graph.number, groups, body).await;
                if let Ok(answer) = answer {
                    return answer.value;
                }
            }
        })
    }

    fn body(&self, node: usize) -> Result<u64, Failed> {
        self.trouble(node)?;
        // The work of a pool is done on the pool: who calls from elsewhere waits for it.
        Ok(if rayon::current_thread_index().is_some() {
            self.work(node)
        } else {
            self.pool.install(|| self.work(node))
        })
    }

    fn work(&self, node: usize) -> u64 {
        let calls = &self.graph.nodes[node].calls;
        let values = match self.graph.nodes[node].way {
            Way::InTurn => self.call_all(calls),
            Way::Join => {
                let (left, right) = calls.split_at(calls.len() / 2);
                let (mut left, right) =
                    rayon::join(|| self.call_all(left), || self.call_all(right));
                left.extend(right);
                left
            }
            Way::Scope => {
                let mut values = vec![0; calls.len()];
                rayon::scope(|scope| {
                    for (value, called) in values.iter_mut().zip(calls) {
                        scope.spawn(|_| *value = self.call(*called));
                    }
                });
                values
            }
            Way::Yield => {
                let call = |called: &usize| {
                    rayon::yield_now();
                    self.call(*called)
                };
                calls.iter().map(call).collect()
            }
        };
        combine(node, values.into_iter())
    }

    fn call_all(&self, nodes: &[usize]) -> Vec<u64> {
        nodes.iter().map(|node| self.call(*node)).collect()
    }

    async fn body_async(&self, node: usize) -> Result<u64, Failed> {
        self.trouble(node)?;
        // Lets others come first.
        yield_once().await;
        let calls = &self.graph.nodes[node].calls;
        let values = match self.graph.nodes[node].async_way {
            AsyncWay::InTurn => {
                let mut values = Vec::new();
                for called in calls {
                    values.push(self.call_async(*called).await);
                }
                values
            }
            AsyncWay::Join => {
                join_all(calls.iter().copied().map(|called| self.call_async(called))).await
            }
            AsyncWay::Buffered => {
                let mut values = Vec::new();
                let mut first = stream::iter(calls.iter().copied())
                    .map(|called| self.call_async(called))
                    .buffered(2);
                while let Some(value) = first.next().await {
                    // What comes next sits in the stream, begun, while it is awaited here.
                    let next = calls.get(values.len() + 1);
                    values.push(value);
                    if let Some(next) = next {
                        self.call_async(*next).await;
                    }
                }
                values
            }
        };
        Ok(combine(node, values.into_iter()))
    }

    /// Counts a body that begins; in a graph of trouble one in a few fails, and one in a few invalidates.
    fn trouble(&self, node: usize) -> Result<(), Failed> {
        let bodies = self.bodies.fetch_add(1, Ordering::Relaxed);
        if !self.graph.is_troubled {
            return Ok(());
        }
        let chance = (bodies ^ self.graph.number).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 60;
        match chance {
            0 | 1 => Err(Failed),
            2 => {
                invalidate_tag(group((node + 1) % NODES));
                Ok(())
            }
            _ => Ok(()),
        }
    }
}

/// Lets the executor poll others.
async fn yield_once() {
    let mut yielded = false;
    poll_fn(|task| {
        if std::mem::replace(&mut yielded, true) {
            return Poll::Ready(());
        }
        task.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}
