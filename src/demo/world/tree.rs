//! The text of the demo repository as it stands on its main branch, file by file.
//!
//! The files lie in `tree/` with `.txt` behind their names, so that no tool takes them for a part
//! of this crate. They hold the names of the world as written; [`super::cast::Cast`] turns them
//! into those of a seeded world.

/// Path and text of every file that a person wrote.
pub(super) const TREE: &[(&str, &str)] = &[
    (
        ".github/codeql/config.yml",
        include_str!("tree/.github/codeql/config.yml.txt"),
    ),
    (
        ".github/workflows/ci.yml",
        include_str!("tree/.github/workflows/ci.yml.txt"),
    ),
    (
        ".github/workflows/deploy.yml",
        include_str!("tree/.github/workflows/deploy.yml.txt"),
    ),
    (
        ".github/workflows/release.yml",
        include_str!("tree/.github/workflows/release.yml.txt"),
    ),
    (
        ".kiro/specs/refunds/design.md",
        include_str!("tree/.kiro/specs/refunds/design.md.txt"),
    ),
    (
        ".kiro/specs/refunds/requirements.md",
        include_str!("tree/.kiro/specs/refunds/requirements.md.txt"),
    ),
    (
        ".kiro/specs/refunds/tasks.md",
        include_str!("tree/.kiro/specs/refunds/tasks.md.txt"),
    ),
    (".proofline.toml", include_str!("tree/.proofline.toml.txt")),
    ("CODEOWNERS", include_str!("tree/CODEOWNERS.txt")),
    ("Cargo.lock", include_str!("tree/Cargo.lock.txt")),
    ("Cargo.toml", include_str!("tree/Cargo.toml.txt")),
    ("README.md", include_str!("tree/README.md.txt")),
    (
        "docs/spec/payments.md",
        include_str!("tree/docs/spec/payments.md.txt"),
    ),
    (
        "migrations/0001_charges.sql",
        include_str!("tree/migrations/0001_charges.sql.txt"),
    ),
    (
        "migrations/0002_refunds.sql",
        include_str!("tree/migrations/0002_refunds.sql.txt"),
    ),
    (
        "openspec/specs/capture/spec.md",
        include_str!("tree/openspec/specs/capture/spec.md.txt"),
    ),
    (
        "src/capture/mod.rs",
        include_str!("tree/src/capture/mod.rs.txt"),
    ),
    (
        "src/capture/store.rs",
        include_str!("tree/src/capture/store.rs.txt"),
    ),
    ("src/http/mod.rs", include_str!("tree/src/http/mod.rs.txt")),
    (
        "src/http/webhooks.rs",
        include_str!("tree/src/http/webhooks.rs.txt"),
    ),
    ("src/ledger.rs", include_str!("tree/src/ledger.rs.txt")),
    ("src/lib.rs", include_str!("tree/src/lib.rs.txt")),
    ("src/main.rs", include_str!("tree/src/main.rs.txt")),
    ("src/refunds.rs", include_str!("tree/src/refunds.rs.txt")),
    (
        "tests/capture.rs",
        include_str!("tree/tests/capture.rs.txt"),
    ),
    (
        "tests/integration.rs",
        include_str!("tree/tests/integration.rs.txt"),
    ),
    (
        "tests/support/mod.rs",
        include_str!("tree/tests/support/mod.rs.txt"),
    ),
    (
        "tests/webhooks.rs",
        include_str!("tree/tests/webhooks.rs.txt"),
    ),
    (
        "web/package.json",
        include_str!("tree/web/package.json.txt"),
    ),
    ("web/src/api.ts", include_str!("tree/web/src/api.ts.txt")),
    (
        "web/src/capture.ts",
        include_str!("tree/web/src/capture.ts.txt"),
    ),
];
