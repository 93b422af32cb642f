//! The outbox machine by itself: whatever happens in whatever order, nothing is sent twice unseen.

use proofline::{
    decide::{DecisionId, Delivery, DeliveryState, Effect, Event, Next, OtherCopy, Payload},
    model::{ChangeId, Login, RepoId, Sha, Timestamp},
};
use proptest::prelude::*;

fn sha(digit: &str) -> Sha {
    Sha::parse(&digit.repeat(40)).unwrap()
}

fn delivery() -> Delivery {
    let change = ChangeId {
        repo: RepoId::new("github.com", "acme", "payments"),
        number: 482,
    };
    let payload = Payload {
        effect: Effect::Review,
        event: Some("APPROVE".to_owned()),
        body: "x".to_owned(),
    };
    Delivery {
        actor: Some(Login::new("mira")),
        ..Delivery::new(DecisionId("01A".to_owned()), change, sha("a"), payload)
    }
}

fn event() -> impl Strategy<Value = Event> {
    let why = || "why".to_owned();
    let url = || "https://h/1".to_owned();
    prop_oneof![
        4 => Just(Event::HeadIs(sha("a"))),
        1 => Just(Event::HeadIs(sha("b"))),
        2 => proptest::option::of(-9..60_000_i64)
            .prop_map(move |retry_after| Event::Unreachable { why: why(), retry_after }),
        1 => Just(Event::Accepted { url: url() }),
        1 => Just(Event::RefusedBy { why: why() }),
        4 => Just(Event::InDoubt { why: why() }),
        1 => Just(Event::Limited { why: why(), retry_after: Some(60) }),
        1 => Just(Event::TokenRefused { why: why() }),
        1 => Just(Event::ViewerIs(Login::new("mira"))),
        1 => Just(Event::ViewerIs(Login::new("jon"))),
        1 => Just(Event::FoundByOther(OtherCopy { login: "jon".to_owned(), url: url() })),
        1 => Just(Event::Found { url: url() }),
        6 => Just(Event::NotFound),
        1 => Just(Event::Retry),
        1 => Just(Event::Drop),
    ]
}

/// What happens to a delivery, seen from outside: an event, a restart of the program, time.
#[derive(Clone, Debug)]
enum Step {
    Event(Event),
    Restart,
    Pass(i64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        12 => event().prop_map(Step::Event),
        1 => Just(Step::Restart),
        // Clocks are set back too.
        3 => (-100_000..700_i64).prop_map(Step::Pass),
    ]
}

fn is_final(state: &DeliveryState) -> bool {
    matches!(
        state,
        DeliveryState::Done { .. } | DeliveryState::Refused { .. } | DeliveryState::Dropped
    )
}

/// The event that a real forge could answer to what the machine wants done, if this is one.
fn fits(next: &Next, event: &Event) -> bool {
    use Event as E;
    match next {
        Next::CheckHead => {
            matches!(
                event,
                E::HeadIs(_)
                    | E::Unreachable { .. }
                    | E::RefusedBy { .. }
                    | E::TokenRefused { .. }
                    | E::ViewerIs(_)
            )
        }
        Next::Send => matches!(
            event,
            E::Accepted { .. }
                | E::RefusedBy { .. }
                | E::InDoubt { .. }
                | E::Limited { .. }
                | E::TokenRefused { .. }
                | E::Unreachable { .. }
        ),
        Next::Look => matches!(
            event,
            E::Found { .. } | E::FoundByOther(_) | E::NotFound | E::Unreachable { .. }
        ),
        Next::Wait(_) | Next::Nothing => false,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    /// Every order of events, also such as no forge gives.
    #[test]
    fn no_order_of_events_breaks_it(steps in proptest::collection::vec(step(), 0..80)) {
        let (mut now, mut delivery) = (Timestamp(1_000), delivery());
        // Whether something may have arrived and was not found, and whether it may still land.
        let (mut unseen, mut may_land) = (false, false);
        for step in steps {
            let before = delivery.clone();
            let mut by_person = false;
            match step {
                Step::Pass(seconds) => now = now.plus(seconds),
                Step::Restart => {
                    delivery = delivery.recovered(now);
                    let sent = matches!(before.state, DeliveryState::Sending { .. });
                    (unseen, may_land) = (unseen | sent, may_land | sent);
                }
                Step::Event(event) => {
                    by_person = matches!(event, Event::Retry | Event::Drop);
                    let in_doubt = matches!(before.state, DeliveryState::Doubt { .. });
                    let sending = matches!(before.state, DeliveryState::Sending { .. });
                    unseen |= sending && matches!(event, Event::InDoubt { .. } | Event::Limited { .. });
                    may_land |= sending && matches!(event, Event::InDoubt { .. });
                    let looked = matches!(
                        event,
                        Event::NotFound | Event::Found { .. } | Event::FoundByOther(_)
                    );
                    unseen &= !(in_doubt && looked);
                    // A person takes it upon themselves.
                    may_land &= !(in_doubt && by_person);
                    delivery = delivery.apply(event, now);
                }
            }
            let starts = |s: &DeliveryState| matches!(s, DeliveryState::Sending { .. });
            if starts(&delivery.state) && !starts(&before.state) {
                prop_assert!(!unseen, "sent again without a look: {before:?}");
                prop_assert!(!may_land, "sent again though it may land late: {before:?}");
                let other = matches!(before.state, DeliveryState::Held { .. } | DeliveryState::Doubt { .. });
                prop_assert!(!other, "sent from {before:?}");
            }
            if is_final(&before.state) && !by_person {
                prop_assert_eq!(&before, &delivery, "moved after it was final");
            }
            if matches!(before.state, DeliveryState::Done { .. } | DeliveryState::Dropped) {
                prop_assert_eq!(&before, &delivery, "what is done or dropped stays so");
            }
            if unseen && !by_person && before.state != DeliveryState::Dropped {
                let doubted = matches!(
                    delivery.state,
                    DeliveryState::Doubt { .. } | DeliveryState::Sending { .. }
                );
                prop_assert!(doubted, "a doubt was forgotten: {:?}", delivery.state);
            }
            if let Next::Wait(until) = delivery.next(now) {
                prop_assert!(until.since(now) <= proofline::decide::MAX_WAIT, "waits until {until}");
            }
            prop_assert_eq!(delivery.is_open(), !is_final(&delivery.state));
            prop_assert_eq!(&delivery.payload, &before.payload);
        }
    }

    /// Driven as the engine does it, any forge leads to an end: no state is a trap.
    #[test]
    fn it_always_comes_to_an_end(events in proptest::collection::vec(event(), 0..60)) {
        let (mut now, mut delivery) = (Timestamp(1_000), delivery());
        let mut events = events.into_iter();
        for _ in 0..200 {
            let next = delivery.next(now);
            let event = match next {
                Next::Nothing => break,
                Next::Wait(until) => {
                    prop_assert!(until > now);
                    now = until;
                    continue;
                }
                // What the forge answers; where the story has ended, it answers well.
                ref wanted => events.by_ref().find(|e| fits(wanted, e)).unwrap_or(match wanted {
                    Next::CheckHead => match delivery.state {
                        DeliveryState::OtherAccount { .. } | DeliveryState::NeedsToken { .. } => {
                            Event::ViewerIs(Login::new("mira"))
                        }
                        _ => Event::HeadIs(sha("a")),
                    },
                    Next::Look => Event::Found { url: String::new() },
                    _ => Event::Accepted { url: String::new() },
                }),
            };
            delivery = delivery.apply(event, now);
        }
        prop_assert_eq!(delivery.next(now), Next::Nothing);
        let stuck = matches!(delivery.state, DeliveryState::Held { .. });
        prop_assert!(is_final(&delivery.state) || stuck, "{:?}", delivery.state);
    }
}

#[test]
fn a_person_can_try_a_refusal_again_and_nothing_that_is_done() {
    let now = Timestamp(0);
    let refused = delivery().apply(Event::RefusedBy { why: String::new() }, now);
    assert_eq!(refused.apply(Event::Retry, now).state, DeliveryState::Ready);
    let done = delivery()
        .apply(Event::HeadIs(sha("a")), now)
        .apply(Event::Accepted { url: String::new() }, now);
    for event in [Event::Retry, Event::Drop, Event::NotFound] {
        assert_eq!(done.clone().apply(event, now), done);
    }
}

#[test]
fn what_may_have_arrived_is_a_persons_to_drop_and_what_is_under_way_is_not() {
    let now = Timestamp(0);
    let sending = delivery().apply(Event::HeadIs(sha("a")), now);
    assert_eq!(sending.clone().apply(Event::Drop, now), sending);
    let doubt = sending.apply(Event::InDoubt { why: String::new() }, now);
    assert_eq!(doubt.apply(Event::Drop, now).state, DeliveryState::Dropped);
}

/// Waits come from headers of a forge and from a clock that may be set back.
#[test]
fn no_wait_is_longer_than_a_limit_lasts() {
    let now = Timestamp(1_000_000);
    let wait = |seconds| {
        let why = String::new();
        let event = Event::Unreachable {
            why,
            retry_after: seconds,
        };
        delivery().apply(event, now)
    };
    let due = |d: &Delivery, at| d.next(at) == Next::CheckHead;
    for seconds in [Some(i64::MAX), Some(86_400), Some(90), Some(-4), None] {
        let waiting = wait(seconds);
        assert!(!due(&waiting, now), "{seconds:?}");
        assert!(
            due(&waiting, now.plus(proofline::decide::MAX_WAIT)),
            "{seconds:?}"
        );
        // The clock was set back by a day.
        assert!(due(&waiting, now.plus(-86_400)), "{seconds:?}");
    }
}

#[test]
fn only_a_person_who_saw_the_other_copy_sends_over_it() {
    let now = Timestamp(1_000);
    let copy = || {
        Event::FoundByOther(OtherCopy {
            login: "jon".to_owned(),
            url: "https://forge.test/1".to_owned(),
        })
    };
    // The forge words its errors as it likes: they are no memory of what was shown.
    let why = "bad gateway; a copy of it was posted by jon".to_owned();
    let doubt = delivery()
        .apply(Event::HeadIs(sha("a")), now)
        .apply(Event::InDoubt { why }, now);
    assert!(matches!(doubt.state, DeliveryState::Doubt { .. }));

    let asked = doubt.apply(Event::Retry, now);
    let told = asked.apply(copy(), now);
    match &told.state {
        DeliveryState::Doubt {
            copy: Some(seen),
            resend: false,
            ..
        } => assert_eq!(seen.login, "jon"),
        other => panic!("{other:?}"),
    }
    let again = told.apply(Event::Retry, now).apply(copy(), now);
    assert_eq!(again.state, DeliveryState::Ready);
}
