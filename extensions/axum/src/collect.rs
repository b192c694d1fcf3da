//! Reading a whole body, so that nothing of it is lost where it turns out not to be storable.

use crate::not_stored::NotStored;
use axum::body::{Body, HttpBody};
use bytes::Bytes;
use http_body::Frame;
use http_body_util::BodyExt as _;
use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll};

/// A body that cannot be stored, as good as it was, and the reason.
pub(crate) struct NotCollected {
    pub(crate) body: Body,
    pub(crate) reason: NotStored,
}

/// The bytes of `body`, if it says beforehand that they are no more than `limit`.
///
/// A body that does not say its length may never end, so nothing of it is read.
pub(crate) async fn collect(mut body: Body, limit: usize) -> Result<Bytes, NotCollected> {
    match body.size_hint().exact() {
        Some(length) if length <= limit as u64 => {}
        Some(_) => return Err(NotCollected { body, reason: NotStored::TooLarge }),
        None => return Err(NotCollected { body, reason: NotStored::Streaming }),
    }
    let mut read = VecDeque::new();
    while let Some(frame) = body.frame().await {
        let obstacle = match &frame {
            Ok(frame) if frame.is_data() => None,
            Ok(_) => Some(NotStored::Streaming),
            Err(_) => Some(NotStored::BodyFailed),
        };
        read.push_back(frame);
        if let Some(reason) = obstacle {
            return Err(NotCollected { body: Body::new(Rest { read, body }), reason });
        }
    }
    Ok(join(read))
}

fn join(frames: VecDeque<Result<Frame<Bytes>, axum::Error>>) -> Bytes {
    let data: Vec<Bytes> =
        frames.into_iter().flatten().filter_map(|frame| frame.into_data().ok()).collect();
    // A copy, even of one piece: what it is cut out of may be much larger, and would be kept with it.
    Bytes::from(data.concat())
}

/// The frames of a body that were read already, and then the rest of it.
struct Rest {
    read: VecDeque<Result<Frame<Bytes>, axum::Error>>,
    body: Body,
}

impl HttpBody for Rest {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        task: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        match self.read.pop_front() {
            Some(frame) => Poll::Ready(Some(frame)),
            None => Pin::new(&mut self.body).poll_frame(task),
        }
    }
}
