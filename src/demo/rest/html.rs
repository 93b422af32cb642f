//! A page for people who open a change in a browser: enough to see that they are at the right one.

use super::shapes::View;
use crate::demo::request::{Answer, Content, Reply};

impl View<'_> {
    /// The page of a change.
    pub(super) fn pull_page(&self, number: u64) -> Answer {
        let pull = self.find_pull(number)?;
        let state = if pull.merged.is_some() {
            "merged"
        } else if pull.is_open() {
            "open"
        } else {
            "closed"
        };
        let page = format!(
            "<!doctype html><meta charset=\"utf-8\"><title>{title} · #{number}</title>\
             <h1>{title} #{number}</h1><p>{state}, by {author}, head {head}</p><pre>{body}</pre>\n",
            title = escaped(&pull.title),
            author = escaped(&pull.author),
            head = pull.head,
            body = escaped(&pull.body),
        );
        let content = Content::Raw("text/html; charset=utf-8", page.into());
        Ok(Reply {
            operation: None,
            ..Reply::new("html", content)
        })
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
