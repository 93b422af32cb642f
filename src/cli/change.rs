//! A change as people name it on the command line: `482`, `#482`, `acme/payments#482`, or the address
//! of its page.

use std::str::FromStr;

use super::{common::Common, error::CliError};
use crate::model::PrNumber;

/// A number, and the repository where the name says one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ChangeArg {
    pub number: PrNumber,
    /// As `-R` takes it.
    pub repo: Option<String>,
}

impl FromStr for ChangeArg {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let bad = || {
            "it names no pull request; write a number, `#482`, `OWNER/REPO#482`, or the address of its page"
                .to_owned()
        };
        let number = |digits: &str| digits.parse().ok().filter(|n| *n > 0).ok_or_else(bad);
        let text = text.trim();
        if let Some((_, rest)) = text
            .split_once("://")
            .filter(|(scheme, _)| matches!(*scheme, "http" | "https"))
        {
            let path = rest.split(['?', '#']).next().unwrap_or(rest);
            let parts: Vec<&str> = path.split('/').collect();
            return match parts.as_slice() {
                [host, owner, name, "pull" | "pulls" | "issues", digits, ..]
                    if !host.contains('@') =>
                {
                    Ok(Self {
                        number: number(digits)?,
                        repo: Some(format!("{host}/{owner}/{name}")),
                    })
                }
                _ => Err(bad()),
            };
        }
        match text.rsplit_once('#') {
            Some(("", digits)) => Ok(Self {
                number: number(digits)?,
                repo: None,
            }),
            Some((repo, digits)) if repo.contains('/') => Ok(Self {
                number: number(digits)?,
                repo: Some(repo.to_owned()),
            }),
            Some(_) => Err(bad()),
            None => Ok(Self {
                number: number(text)?,
                repo: None,
            }),
        }
    }
}

/// Takes the repository from the names of changes, where they say one.
///
/// # Errors
/// Where the names, or a name and `-R`, say different repositories.
pub(super) fn repository_of<'a>(
    common: &mut Common,
    changes: impl Iterator<Item = &'a ChangeArg>,
) -> Result<(), CliError> {
    for repo in changes.filter_map(|c| c.repo.as_ref()) {
        let same = |given: &String| {
            let (given, repo) = (given.to_ascii_lowercase(), repo.to_ascii_lowercase());
            let ends = |long: &str, short: &str| long.ends_with(&format!("/{short}"));
            given == repo || ends(&repo, &given) || ends(&given, &repo)
        };
        match common.repo.as_slice() {
            [] => common.repo = vec![repo.clone()],
            [given] if same(given) => {}
            _ => {
                let given = common.repo.join(", ");
                return Err(CliError::usage(format!(
                    "the change is of {repo}, and another repository is named: {given}"
                ))
                .hinted("leave -R out, or give the number alone"));
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_named_as_people_do() {
        type Case = (&'static str, Option<(u64, Option<&'static str>)>);
        let cases: &[Case] = &[
            ("482", Some((482, None))),
            ("#482", Some((482, None))),
            ("acme/payments#482", Some((482, Some("acme/payments")))),
            (
                "https://github.com/acme/payments/pull/482",
                Some((482, Some("github.com/acme/payments"))),
            ),
            (
                "https://git.example:8443/acme/payments/pull/482/files?w=1#diff-1",
                Some((482, Some("git.example:8443/acme/payments"))),
            ),
            ("0", None),
            ("#", None),
            ("lst", None),
            ("acme#482", None),
            ("https://github.com/acme/payments", None),
            ("https://x@github.com/acme/payments/pull/1", None),
            ("ftp://github.com/acme/payments/pull/1", None),
        ];
        for (text, expected) in cases {
            let got = ChangeArg::from_str(text).ok();
            let got = got.as_ref().map(|c| (c.number, c.repo.as_deref()));
            assert_eq!(got, *expected, "{text}");
        }
    }
}
