//! The groups of a page, as the path of a request names them.

use crate::not_stored::NotStored;
use axum::extract::rejection::RawPathParamsRejection;
use axum::extract::{FromRequestParts as _, RawPathParams};
use gcache::{GroupList, Groups};
use http::request::Parts;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// The parameters in the path of a request, `7` for `id` where `/film/7` is asked of `/film/{id}`.
#[derive(Debug)]
pub struct PathParams(Option<RawPathParams>);

impl PathParams {
    /// The parameter `name`, percent-decoded.
    pub fn get(&self, name: &str) -> Option<&str> {
        let mut parameters = self.0.as_ref()?.iter();
        parameters.find(|(known, _)| *known == name).map(|(_, value)| value)
    }

    /// The parameter `name`, parsed; `None` where it is missing or cannot be parsed.
    pub fn parse<T: FromStr>(&self, name: &str) -> Option<T> {
        self.get(name)?.parse().ok()
    }

    /// All names and values in the order of the path; `None` where no router was asked.
    pub(crate) fn all(&self) -> Option<impl Iterator<Item = (&str, &str)>> {
        self.0.as_ref().map(RawPathParams::iter)
    }

    pub(crate) async fn of(parts: &mut Parts) -> Result<Self, NotStored> {
        match RawPathParams::from_request_parts(parts, &()).await {
            Ok(params) => Ok(Self(Some(params))),
            // axum keeps no more of such a path than its error, so no page can be told apart by it.
            Err(RawPathParamsRejection::InvalidUtf8InPathParam(_)) => Err(NotStored::Parameter),
            Err(_) => Ok(Self(None)),
        }
    }
}

/// Adds the groups that a path names to a list, if it names them.
type Add = Arc<dyn Fn(&PathParams, &mut GroupList) -> Option<()> + Send + Sync>;

/// The groups of the pages of a layer.
#[derive(Clone, Default)]
pub(crate) struct Against {
    adds: Vec<Add>,
    /// How many of them look at the path.
    named: usize,
}

impl Against {
    /// Adds the groups that `groups` finds named in a path.
    pub(crate) fn add<G>(
        &mut self,
        groups: impl Fn(&PathParams) -> Option<G> + Send + Sync + 'static,
    ) where
        G: Groups + Send + Sync + 'static,
    {
        self.named += 1;
        self.push(groups);
    }

    /// Adds groups that are those of every page.
    pub(crate) fn add_common<G>(&mut self, groups: impl Fn() -> G + Send + Sync + 'static)
    where
        G: Groups + Send + Sync + 'static,
    {
        self.push(move |_| Some(groups()));
    }

    fn push<G>(&mut self, groups: impl Fn(&PathParams) -> Option<G> + Send + Sync + 'static)
    where
        G: Groups + Send + Sync + 'static,
    {
        self.adds.push(Arc::new(move |path, list| {
            list.push(groups(path)?);
            Some(())
        }));
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.adds.is_empty()
    }

    /// How many times groups were added that a path names.
    pub(crate) fn named(&self) -> usize {
        self.named
    }

    /// The groups of the page at `path`; `None` where it does not name them.
    pub(crate) fn groups(&self, path: &PathParams) -> Option<GroupList> {
        let mut list = GroupList::new();
        self.adds.iter().try_for_each(|add| add(path, &mut list))?;
        Some(list)
    }
}

impl fmt::Debug for Against {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Against")
            .field("len", &self.adds.len())
            .field("named", &self.named)
            .finish()
    }
}
