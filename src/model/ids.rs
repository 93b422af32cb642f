//! Ids as types: hosts, repositories, change numbers, logins, shas, digests, requirement ids.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Declares a newtype over `String` that prints and serialises as that string.
macro_rules! string_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Wraps a value that is already known to be of this kind.
            pub fn new(value: impl Into<String>) -> Self {
                Self(value.into())
            }

            /// Returns the text of the id.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl From<&str> for $name {
            fn from(value: &str) -> Self {
                Self::new(value)
            }
        }
    };
}

string_id!(
    /// Name of a forge host, such as `github.com` or `127.0.0.1:4711`.
    Host
);
string_id!(
    /// Login of an account. GitHub compares logins without regard to case; so does [`Login::same`].
    Login
);
string_id!(
    /// Id of a requirement as its project writes it, such as `REQ-PAY-17` or `refunds#1.2`.
    ReqId
);
string_id!(
    /// Digest of an artifact with its algorithm, such as `sha256:9f86…`.
    Digest
);

impl Login {
    /// Tells whether two logins name one account: the forge ignores case, and a `[bot]` suffix
    /// is only how the web page writes an app's account.
    pub fn same(&self, other: &Self) -> bool {
        fn bare(login: &str) -> &str {
            login.strip_suffix("[bot]").unwrap_or(login)
        }
        bare(&self.0).eq_ignore_ascii_case(bare(&other.0))
    }
}

/// Number of a pull request in its repository.
pub type PrNumber = u64;

/// A git object id: 40 (SHA-1) or 64 (SHA-256) lower-case hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Sha(String);

/// A text that is no git object id.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is not a full commit id (40 or 64 hexadecimal digits)")]
pub struct BadSha(pub String);

impl Sha {
    /// Parses a full object id; abbreviated ids are refused, since they are ambiguous.
    pub fn parse(text: &str) -> Result<Self, BadSha> {
        let ok = matches!(text.len(), 40 | 64) && text.bytes().all(|b| b.is_ascii_hexdigit());
        if ok {
            Ok(Self(text.to_ascii_lowercase()))
        } else {
            Err(BadSha(text.chars().take(80).collect()))
        }
    }

    /// Returns all digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the first seven digits, for people.
    pub fn short(&self) -> &str {
        self.0.get(..7).unwrap_or(&self.0)
    }

    /// Tells whether this is the all-zero id, by which git says "no object".
    pub fn is_zero(&self) -> bool {
        self.0.bytes().all(|b| b == b'0')
    }
}

impl fmt::Display for Sha {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for Sha {
    type Error = BadSha;
    fn try_from(value: String) -> Result<Self, Self::Error> {
        Self::parse(&value)
    }
}

impl From<Sha> for String {
    fn from(value: Sha) -> Self {
        value.0
    }
}

/// A repository on a host. Equality ignores case, as the forge does, by keeping lower case
/// beside what is shown.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RepoId {
    pub host: Host,
    pub owner: String,
    pub name: String,
}

impl RepoId {
    /// Builds an id from its three parts.
    pub fn new(host: impl Into<String>, owner: &str, name: &str) -> Self {
        Self {
            host: Host::new(host),
            owner: owner.to_owned(),
            name: name.to_owned(),
        }
    }

    /// Returns `owner/name`.
    pub fn slug(&self) -> String {
        format!("{}/{}", self.owner, self.name)
    }
}

impl fmt::Display for RepoId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.host, self.owner, self.name)
    }
}

/// One change: a pull request of a repository, or a local range (number 0).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ChangeId {
    pub repo: RepoId,
    pub number: PrNumber,
}

impl fmt::Display for ChangeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}#{}", self.repo, self.number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn abbreviated_and_odd_shas_are_refused() {
        for bad in ["", "d0c1e90", &"g".repeat(40), &"a".repeat(41)] {
            assert!(Sha::parse(bad).is_err(), "{bad}");
        }
        assert_eq!(
            Sha::parse(&"AB".repeat(20)).unwrap().as_str(),
            "ab".repeat(20)
        );
    }

    #[test]
    fn logins_compare_as_the_forge_compares_them() {
        assert!(Login::from("Mira").same(&Login::from("mira")));
        assert!(Login::from("renovate[bot]").same(&Login::from("renovate")));
        assert!(!Login::from("mira").same(&Login::from("mirah")));
    }
}
