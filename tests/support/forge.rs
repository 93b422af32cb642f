//! Demo forges that tell nobody what they do.

use proofline::demo::{DemoForge, DemoOptions, Scale};

/// Options of a forge that is quiet; its port is a free one.
pub fn quiet() -> DemoOptions {
    DemoOptions {
        quiet: true,
        ..DemoOptions::default()
    }
}

/// Starts a forge with the world of a seed.
pub async fn forge(seed: u64) -> DemoForge {
    let options = DemoOptions { seed, ..quiet() };
    DemoForge::start(options).await.unwrap()
}

/// Starts a forge whose viewer has another token than the usual one.
pub async fn forge_with(token: &str) -> DemoForge {
    let options = DemoOptions {
        token: Some(token.to_owned()),
        ..quiet()
    };
    DemoForge::start(options).await.unwrap()
}

/// Starts a forge with a large world: so many changes, and rows of evidence for each.
pub async fn large(changes: u64, rows: u64) -> DemoForge {
    let scale = Scale { changes, rows };
    DemoForge::start_at_scale(quiet(), scale).await.unwrap()
}
