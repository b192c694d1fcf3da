//! What django-groupcache offers, done here: see `docs/from-django.md`.

mod common;

use axum::extract::Path;
use axum::{Router, routing::get};
use common::{Count, text};
use gcache::{Invalidates, group, invalidate};
use gcache_axum::{GroupList, member, pages, tag};
use std::sync::Arc;

// All pages of one feed, in whatever format and of whatever length.
group!(Feed: String);

#[derive(Invalidates)]
#[group(no_helpers)]
struct Article {
    id: i64,
}

/// `cache_versionned_page(['feed_name'])`: calls of several views that share an argument are one group.
#[tokio::test]
async fn pages_of_several_routes_that_share_a_parameter_are_one_group() {
    let builder = |name| pages(name).against_member::<Feed>("feed").build();
    let count = Arc::new(Count::new());
    let other = Arc::clone(&count);
    let feed = async move |Path((format, feed, entries)): Path<(String, String, u32)>| {
        format!("{entries} of {feed} as {format}, {}", count.up())
    };
    let title = async move |Path(feed): Path<String>| format!("about {feed}, {}", other.up());
    let app: Router = Router::new()
        .route("/feed/{format}/{feed}/{entries}", get(feed).layer(builder("feeds")))
        .route("/about/{feed}", get(title).layer(builder("about feeds")));
    let look = async || {
        let mut seen = Vec::new();
        for path in ["/feed/atom/politics/10", "/feed/rss/showbiz/5", "/feed/atom/showbiz/20"] {
            seen.push(text(&app, path).await);
        }
        seen.push(text(&app, "/about/showbiz").await);
        seen
    };
    let before = look().await;
    assert_eq!(look().await, before);
    assert_eq!(invalidate_feed("showbiz").count(), 1);
    let after = look().await;
    assert_eq!(after[0], before[0]);
    assert_eq!(
        after[1..],
        ["5 of showbiz as rss, 5", "20 of showbiz as atom, 6", "about showbiz, 7"]
    );
}

/// `uncache(view, **keywords)` and `uncache_from_path(path)`: a tag that the path names.
#[tokio::test]
async fn one_page_can_be_named_by_its_path() {
    let page = |path: &str| tag(format!("page {path}"));
    let pages = pages("uncached").against_groups(move |path| Some(page(path.get("id")?))).build();
    let count = Arc::new(Count::new());
    let handler = async move || format!("page {}", count.up());
    let app: Router = Router::new().route("/page/{id}", get(handler)).layer(pages.clone());
    assert_eq!(text(&app, "/page/1").await, "page 1");
    assert_eq!(text(&app, "/page/2").await, "page 2");
    invalidate(&page("1"));
    assert_eq!(text(&app, "/page/2").await, "page 2");
    assert_eq!(text(&app, "/page/1").await, "page 3");
    // And all pages of a layer.
    pages.clear();
    assert_eq!(text(&app, "/page/2").await, "page 4");
}

/// `to_fields = {'pk': 'model_id'}`: the parameter is named, whatever the view calls it.
#[tokio::test]
async fn a_parameter_of_another_name_is_the_key() {
    let pages = pages("to fields").against_groups(|path| {
        Some(GroupList::new().with(member::<Article>(path.parse::<i64>("article")?)))
    });
    let count = Arc::new(Count::new());
    let handler = async move || format!("page {}", count.up());
    let app: Router =
        Router::new().route("/read/{article}/{mode}", get(handler)).layer(pages.build());
    assert_eq!(text(&app, "/read/1/plain").await, "page 1");
    assert_eq!(text(&app, "/read/1/print").await, "page 2");
    Article { id: 2 }.invalidate();
    assert_eq!(text(&app, "/read/1/plain").await, "page 1");
    Article { id: 1 }.invalidate();
    assert_eq!(text(&app, "/read/1/plain").await, "page 3");
    assert_eq!(text(&app, "/read/1/print").await, "page 4");
}
