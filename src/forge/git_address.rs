//! Where git is to fetch from. git itself sends the token along wherever it is led, so it is led
//! nowhere: redirects are followed here first, and git gets the address at their end. Of another
//! origin than the forge's it is asked without the token, here and by git.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::{HeaderValue, Request, header};
use octocrab::OctoBody;
use secrecy::ExposeSecret as _;

use super::{
    client::Forge,
    error::{ForgeError, Kind},
    host::ApiRoots,
};
use crate::text::GIT_USER;

/// Redirects that are followed.
const HOPS: usize = 4;
/// What git asks for first (gitprotocol-http).
const FIRST: &str = "/info/refs?service=git-upload-pack";

impl Forge {
    /// Returns the address at which a repository answers git, after redirects such as those of a
    /// renamed repository. An address that cannot be asked is returned as it is: git says why.
    ///
    /// # Errors
    /// Where the forge leads in circles, to no address of a repository, or out of encryption.
    pub async fn git_address(&self, url: &str) -> Result<String, ForgeError> {
        let mut address = url.trim_end_matches('/').to_owned();
        for _ in 0..=HOPS {
            let Some(location) = self.git_redirect(&address).await? else {
                return Ok(address);
            };
            let refused = |why: String| Err(ForgeError::new(Kind::Malformed, "git", why));
            let origin = ApiRoots::origin(&address).unwrap_or_default();
            let location = if let Some(rest) = location.strip_prefix("//") {
                let scheme = origin
                    .split_once("://")
                    .map_or("https", |(scheme, _)| scheme);
                format!("{scheme}://{rest}")
            } else if location.starts_with('/') {
                format!("{origin}{location}")
            } else {
                location
            };
            let shown = self.hush(&location);
            if shown != location {
                return refused("led to an address that holds the token; not followed".to_owned());
            }
            if address.starts_with("https://") && !location.starts_with("https://") {
                let why = format!("led to {shown}, which is not encrypted; not followed");
                return refused(why);
            }
            if !location.starts_with("http://") && !location.starts_with("https://") {
                return refused(format!("led to {shown}, which is no address of the web"));
            }
            let Some(next) = location.strip_suffix(FIRST) else {
                return refused(format!("led to {shown}, which is no repository"));
            };
            next.clone_into(&mut address);
        }
        let why = format!("led on more than {HOPS} times");
        Err(ForgeError::new(Kind::Malformed, "git", why))
    }

    /// Asks as git would; returns where the answer leads, if it leads elsewhere.
    async fn git_redirect(&self, address: &str) -> Result<Option<String>, ForgeError> {
        let malformed = |why: String| ForgeError::new(Kind::Malformed, "git", why);
        let mut request = Request::get(format!("{address}{FIRST}"))
            .header(
                header::USER_AGENT,
                concat!("proofline/", env!("CARGO_PKG_VERSION")),
            )
            .header("git-protocol", "version=2")
            .body(OctoBody::empty())
            .map_err(|e| malformed(e.to_string()))?;
        if let Some(token) = self.token().filter(|_| self.is_own(address)) {
            let basic = STANDARD.encode(format!("{GIT_USER}:{}", token.expose_secret()));
            let mut value = HeaderValue::from_str(&format!("Basic {basic}"))
                .map_err(|e| malformed(e.to_string()))?;
            value.set_sensitive(true);
            request.headers_mut().insert(header::AUTHORIZATION, value);
        }
        let asked = tokio::time::timeout(self.patience_for_answer(), self.pool.fetch(request));
        let Ok(Ok(response)) = asked.await else {
            return Ok(None);
        };
        if !response.status().is_redirection() {
            return Ok(None);
        }
        let location = response.headers().get(header::LOCATION);
        let location = location.and_then(|v| v.to_str().ok());
        Ok(location.map(str::to_owned))
    }
}
