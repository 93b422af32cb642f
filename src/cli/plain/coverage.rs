//! Requirements and the tests that protect them, for people.

use std::fmt::Write as _;

use super::{Marks, mark};
use crate::{
    decide::Dossier,
    evidence::trace::{self, Coverage},
    text::{self, clean, clean_line},
};

fn coverage_line(out: &mut String, row: &Coverage, marks: Marks) {
    let req = &row.requirement;
    let intended = if row.intended.is_some() {
        "  (a reason of this change)"
    } else {
        ""
    };
    let edit = if row.edit.is_some() {
        "  ! changed by this change"
    } else {
        ""
    };
    let _ = writeln!(
        out,
        "{} {} {}{intended}{edit}",
        mark(row.verdict, marks),
        req.id,
        clean_line(&req.title)
    );
    let _ = writeln!(out, "    {}", text::place(clean_line(&req.file), req.line));
    for (key, link, state) in &row.tests {
        let _ = writeln!(
            out,
            "    {} {} · class {:?}: {}",
            mark(state.verdict(), marks),
            clean_line(&key.display()),
            link.class,
            clean_line(&link.basis)
        );
    }
    for place in &row.named {
        let _ = writeln!(
            out,
            "    named by {}; no result of that test is known",
            clean_line(place)
        );
    }
}

pub fn coverage(dossier: &Dossier, marks: Marks) -> String {
    let mut out = String::new();
    let rows = trace::coverage(&dossier.evidence, true);
    for row in rows
        .iter()
        .filter(|r| r.requirement.parent.is_none() || !r.tests.is_empty())
    {
        coverage_line(&mut out, row, marks);
    }
    if rows.is_empty() {
        out += "no spec was found at this head\n";
    }
    out
}

pub fn requirement(dossier: &Dossier, id: &str, marks: Marks) -> String {
    let mut out = String::new();
    let all = trace::coverage(&dossier.evidence, true);
    if let Some(row) = all
        .iter()
        .find(|c| c.requirement.id.as_str().eq_ignore_ascii_case(id))
    {
        coverage_line(&mut out, row, marks);
        for line in clean(&row.requirement.text).lines() {
            let _ = writeln!(out, "    | {line}");
        }
        if row.tests.is_empty() && row.named.is_empty() {
            out += "    no test names this requirement\n";
        }
    }
    out
}
