//! What a sync finds, compared with what is true of the world.

use proofline::{
    demo::{DemoForge, DemoOptions},
    model::{PartState, Stage},
};

use crate::support::install::Install;

#[tokio::test(flavor = "multi_thread")]
async fn debug_world() {
    let forge = DemoForge::start(DemoOptions {
        seed: 0,
        port: 0,
        quiet: true,
    })
    .await
    .unwrap();
    let install = Install::new(&forge);
    install.engine.sync_all().await.unwrap();
    let truth = forge.truth();
    for change in &truth.open {
        let d = install.load(change.number);
        println!(
            "== #{} {} risk {:?} {:?}",
            change.number, change.title, d.assessment.risk.class, d.assessment.risk.reasons
        );
        for p in &d.evidence.facts.parts {
            if p.state != PartState::Complete {
                println!("  part {:?} {:?}", p.name, p.state);
            }
        }
        for a in &d.evidence.attempts {
            println!(
                "  attempt {} {} {:?} {:?} {:?}",
                a.n,
                a.head.short(),
                a.how,
                a.basis,
                a.commits
            );
        }
        for (n, r) in d.evidence.responses.iter().enumerate() {
            println!(
                "  responses {}: {:?}",
                n + 1,
                r.iter()
                    .map(|r| (r.label, r.lines.len()))
                    .collect::<Vec<_>>()
            );
            println!("  answers {}: {:?}", n + 1, d.evidence.answers[n]);
        }
        println!(
            "  truth labels {:?}",
            change
                .attempts
                .iter()
                .map(|a| (&a.labels, a.green_but_failing, a.failing.len()))
                .collect::<Vec<_>>()
        );
        println!(
            "  stages {:?}",
            d.assessment
                .stages
                .iter()
                .map(|s| format!(
                    "{} {}{} {}",
                    s.stage.letter(),
                    s.verdict.glyph(false),
                    if s.attention.is_empty() { "" } else { "!" },
                    s.why
                ))
                .collect::<Vec<_>>()
        );
        println!("  truth  {:?}", change.stages);
        println!(
            "  gaps {:?}",
            d.assessment
                .gaps
                .iter()
                .map(|g| &g.what)
                .collect::<Vec<_>>()
        );
        println!("  why {} / truth {:?}", d.summary.why, change.why);
        println!(
            "  links {:?}",
            d.evidence
                .links
                .iter()
                .map(|l| format!("{} -> {} {:?} {}", l.test, l.req, l.class, l.basis))
                .collect::<Vec<_>>()
        );
        println!("  intent {:?}", d.evidence.intent);
        println!("  problems {:?}", d.evidence.facts.problems);
        for n in &d.evidence.graph.nodes {
            println!(
                "    {:?} {} {}{} {} | {} | {}",
                n.attempt,
                n.at.map(|t| t.clock()).unwrap_or_default(),
                n.stage.letter(),
                n.verdict.glyph(false),
                n.title,
                n.note,
                n.source.what
            );
        }
    }
    let _ = Stage::ALL;
    for r in install.engine.forge.log().entries() {
        if r.status != Some(200) {
            println!("{r:?}");
        }
    }
    println!("{} requests", install.engine.forge.log().entries().len());
}
