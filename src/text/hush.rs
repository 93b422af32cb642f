//! Secrets taken out of words: a broken server or a proxy may give back what it was sent.

use base64::{Engine as _, engine::general_purpose::STANDARD};

/// The name that git gives with a token.
pub const GIT_USER: &str = "x-access-token";

/// What stands where a secret stood.
const HIDDEN: &str = "***";

/// Takes a secret out of words that came from outside: as it is, as it stands in an address, and as
/// git sends it.
pub fn hush(words: &str, secret: &str) -> String {
    if secret.is_empty() {
        return words.to_owned();
    }
    let in_address = |upper: bool| -> String {
        let encode = |b: u8| match b {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                char::from(b).to_string()
            }
            _ if upper => format!("%{b:02X}"),
            _ => format!("%{b:02x}"),
        };
        secret.bytes().map(encode).collect()
    };
    let basic = STANDARD.encode(format!("{GIT_USER}:{secret}"));
    [
        basic,
        in_address(true),
        in_address(false),
        secret.to_owned(),
    ]
    .iter()
    .fold(words.to_owned(), |words, form| words.replace(form, HIDDEN))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_taken_out_in_each_form() {
        let secret = "a+b/c=";
        for (words, expected) in [
            ("Bearer a+b/c= was refused", "Bearer *** was refused"),
            ("/x?token=a%2Bb%2Fc%3D&y", "/x?token=***&y"),
            ("/x?token=a%2bb%2fc%3d", "/x?token=***"),
            ("Basic eC1hY2Nlc3MtdG9rZW46YStiL2M9", "Basic ***"),
            ("nothing of it: a+b/c", "nothing of it: a+b/c"),
        ] {
            assert_eq!(hush(words, secret), expected);
        }
        assert_eq!(hush("as it is", ""), "as it is");
    }
}
