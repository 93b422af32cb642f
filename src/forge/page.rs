//! Link headers (RFC 8288) as the forge uses them for paging.

/// Returns the address with `rel="next"`. Relations that nobody knows are passed over.
pub fn next_link(header: &str) -> Option<String> {
    header.split(',').find_map(|link| {
        let (target, parameters) = link.trim().strip_prefix('<')?.split_once('>')?;
        let next = parameters.split(';').any(|p| {
            let p = p.trim();
            p.strip_prefix("rel=")
                .is_some_and(|rel| rel.trim_matches('"').split(' ').any(|r| r == "next"))
        });
        next.then(|| target.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_next_relation_counts() {
        let header = "<https://h/r?page=1>; rel=\"prev\", <https://h/r?page=3>; rel=\"next\", <https://h/r?page=9>; rel=\"last\"";
        assert_eq!(next_link(header).as_deref(), Some("https://h/r?page=3"));
        assert_eq!(next_link("<https://h/r?page=1>; rel=\"first\""), None);
        assert_eq!(next_link("nonsense"), None);
        assert_eq!(
            next_link("<https://h/a,b>; rel=next"),
            None,
            "a comma inside a target is never sent"
        );
    }
}
