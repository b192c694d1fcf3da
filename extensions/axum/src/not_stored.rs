//! Why a page is served without being stored.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

/// Why a page was served without being stored.
///
/// The first seven are seen by the request, before anything is rendered; the others by the response to the request as
/// far as the page's key holds it. Where one of those applies, the request is rendered again, whole, and so are the next
/// ones for that page for a while: they count for the same reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum NotStored {
    /// The method is neither `GET` nor `HEAD`.
    Method,
    /// The request has a body, which is no part of a page's key.
    RequestBody,
    /// The request has `Authorization`, and pages do not vary on it.
    Authorization,
    /// The request asks for a range, or on a condition other than `If-None-Match` and
    /// `If-Modified-Since`.
    Condition,
    /// The request asks for another protocol.
    Upgrade,
    /// A path parameter that names a group is missing, or is no key of it; or one is no UTF-8.
    Parameter,
    /// The request names two hosts that differ, or one that cannot be read.
    Host,
    /// The status is none of 200, 203, 301, 404 and 410.
    Status,
    /// The response sets a cookie, or is for one visitor in a like manner (`Clear-Site-Data`,
    /// `Authentication-Info`).
    SetCookie,
    /// The response says `no-store` or `private`, or that it is out of date at once (`max-age=0`).
    CacheControl,
    /// The response varies on an input that pages do not vary on.
    Vary,
    /// The body is larger than the limit.
    TooLarge,
    /// The body's length is not known beforehand, or it ends with trailers.
    Streaming,
    /// The body failed while it was read.
    BodyFailed,
    /// The handler panics, or its service fails.
    Failed,
    /// No request can be made of the page's key: its path or query is too long once it is encoded.
    Irreducible,
    /// Another request for the same page, at the same time, found that it cannot be stored.
    Joined,
}

const REASONS: usize = NotStored::Joined as usize + 1;

impl fmt::Display for NotStored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Method => "the method is neither GET nor HEAD",
            Self::RequestBody => "the request has a body",
            Self::Authorization => "the request has an authorization that pages do not vary on",
            Self::Condition => "the request has a condition or a range",
            Self::Upgrade => "the request asks for another protocol",
            Self::Parameter => "a path parameter is missing or is no key of its group",
            Self::Host => "the request names two hosts, or one that cannot be read",
            Self::Status => "the status is none of 200, 203, 301, 404 and 410",
            Self::SetCookie => "the response sets a cookie",
            Self::CacheControl => {
                "the response says no-store or private, or is out of date at once"
            }
            Self::Vary => "the response varies on an input that pages do not vary on",
            Self::TooLarge => "the body is larger than the limit",
            Self::Streaming => "the length of the body is not known beforehand",
            Self::BodyFailed => "the body failed while it was read",
            Self::Failed => "the handler panics, or its service fails",
            Self::Irreducible => "the path or query is too long once it is encoded",
            Self::Joined => "another request found that the page cannot be stored",
        })
    }
}

/// How often each reason applied.
#[derive(Debug, Default)]
pub(crate) struct NotStoredCounts([AtomicU64; REASONS]);

impl NotStoredCounts {
    pub(crate) fn add(&self, reason: NotStored) {
        self.0[reason as usize].fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn get(&self, reason: NotStored) -> u64 {
        self.0[reason as usize].load(Ordering::Relaxed)
    }
}
