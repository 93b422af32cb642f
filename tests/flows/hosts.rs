//! Several hosts in one inbox: each with limits of its own, and one header for all.

use std::sync::Arc;

use proofline::{
    app::{App, Effect, Msg, StatusUpdate, update},
    demo::{DemoForge, Fault, FaultKind},
    keys::Keymap,
    model::PrState,
    shell::{Source, World},
    sync::{Ask, Report, plan::Item},
};
use tokio::sync::{
    Mutex,
    mpsc::{self, UnboundedReceiver},
};

use crate::support::{forge::forge, install::Install};

/// Two forges with an installation of each, and the workbench on both.
struct Scene {
    forges: Vec<DemoForge>,
    installs: Vec<Install>,
    world: World,
    messages: UnboundedReceiver<Msg>,
    app: App,
}

impl Scene {
    async fn new() -> Self {
        let forges = vec![forge(0).await, forge(0).await];
        let installs: Vec<Install> = forges.iter().map(Install::new).collect();
        let engines = installs.iter().map(|i| i.engine.clone()).collect();
        let (sender, messages) = mpsc::unbounded_channel();
        let world = World {
            source: Source::Forge(engines),
            messages: sender,
            turn: Arc::new(Mutex::new(())),
            offline: false,
            readonly: false,
        };
        let (keymap, _) = Keymap::shipped("vim").unwrap();
        let app = App::new(keymap, vec!["dark".into()], (160, 40), world.now());
        Self {
            forges,
            installs,
            world,
            messages,
            app,
        }
    }

    /// Something of every answer of a forge from now on, or instead of it.
    fn fault(&self, forge: usize, kind: FaultKind) {
        let fault = Fault {
            times: u32::MAX,
            ..Fault::next("", kind)
        };
        self.forges[forge].control().fault(fault);
    }

    /// Syncs everything, and takes in what comes of it to the end.
    async fn sync(&mut self) {
        self.world.perform(Effect::SyncAll);
        let mut summed = false;
        loop {
            let message = self.messages.recv().await.unwrap();
            summed |= matches!(message, Msg::Status(StatusUpdate::Waits(..)));
            let ends = matches!(
                message,
                Msg::Status(StatusUpdate::Idle | StatusUpdate::Offline(_))
            );
            let _ = update(&mut self.app, message, self.world.now());
            if summed && ends {
                return;
            }
        }
    }

    fn header(&self) -> String {
        let lines = self.app.view().header.into_iter();
        lines.flat_map(|l| l.spans).map(|s| s.text).collect()
    }

    /// Open changes of a forge whose evidence was pulled.
    fn pulled(&self, forge: usize) -> usize {
        let engine = &self.installs[forge].engine;
        let changes = engine.cache.changes(engine.row().unwrap().id).unwrap();
        let open = changes.iter().filter(|c| c.pr.state == PrState::Open);
        open.filter(|c| c.synced_for.is_some()).count()
    }

    /// How much an engine said that has to wait.
    fn waiting(&self, forge: usize) -> usize {
        let reports = self.installs[forge].reports.lock().unwrap();
        let waits = reports.iter().map(|r| match r {
            Report::Waits { items, .. } => *items,
            _ => 0,
        });
        waits.sum()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_for_the_budgets_of_all_hosts_is_counted_together() {
    let mut scene = Scene::new().await;
    // A fifth is kept for a person; each host has something left beyond it, not the same.
    for (forge, left) in [(0, "1030"), (1, "1045")] {
        let headers = vec![("x-ratelimit-remaining".to_owned(), left.to_owned())];
        scene.fault(forge, FaultKind::Headers { headers });
    }
    scene.sync().await;
    let (one, other) = (scene.waiting(0), scene.waiting(1));
    assert!(one > 0 && other > 0 && one != other, "{one} {other}");
    let header = scene.header();
    assert!(
        header.contains(&format!(" {} wait ", one + other)),
        "{header}"
    );
    // With room on one of them, only the other's is left.
    scene.forges[0].control().clear_faults();
    scene.installs[0]
        .engine
        .probe(&Ask::default())
        .await
        .unwrap();
    scene.installs[1].reports.lock().unwrap().clear();
    scene.sync().await;
    let header = scene.header();
    let still = scene.waiting(1);
    assert!(header.contains(&format!(" {still} wait ")), "{header}");
    assert_eq!(scene.pulled(0), scene.forges[0].truth().open.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_asks_to_wait_does_not_stop_the_others() {
    for skip in [0, 40] {
        let mut scene = Scene::new().await;
        // At once, or in the middle of the changes.
        let limit = FaultKind::SecondaryLimit {
            retry_after: 600,
            status: 403,
        };
        let later = FaultKind::When {
            skip,
            holds: None,
            accept: None,
            kind: Box::new(limit),
        };
        scene.fault(0, later);
        scene.sync().await;
        assert!(scene.installs[0].engine.forge.paused_until().is_some());
        assert!(scene.installs[1].engine.forge.paused_until().is_none());
        let open = scene.forges[1].truth().open.len();
        // What it did not answer is asked for again: nothing of it counts as looked at to the end.
        let again = scene.installs[0].engine.rest(&Ask::default()).unwrap();
        let again = again.iter().filter_map(Item::change).count();
        let pulled = scene.pulled(0);
        assert!(
            pulled < open || again > 0,
            "skip {skip}: {pulled} pulled, {again} again"
        );
        assert!(
            skip > 0 || pulled == 0,
            "{pulled} pulled of a forge that answered nothing"
        );
        assert_eq!(scene.pulled(1), open, "skip {skip}");
        if skip == 0 {
            // That one does not answer stays said, though the other did after it.
            assert!(
                scene.header().contains("not synced: limit spent"),
                "{}",
                scene.header()
            );
        }
    }
}
