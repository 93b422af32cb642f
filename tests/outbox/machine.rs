//! The outbox machine by itself: whatever happens in whatever order, nothing is sent twice unseen.

use proofline::{
    decide::{DecisionId, Delivery, DeliveryState, Effect, Event, Next, Payload},
    model::{ChangeId, RepoId, Sha, Timestamp},
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
    Delivery::new(DecisionId("01A".to_owned()), change, sha("a"), payload)
}

fn event() -> impl Strategy<Value = Event> {
    let why = || "why".to_owned();
    let url = || "https://h/1".to_owned();
    prop_oneof![
        4 => Just(Event::HeadIs(sha("a"))),
        1 => Just(Event::HeadIs(sha("b"))),
        2 => proptest::option::of(1..600_i64)
            .prop_map(move |retry_after| Event::Unreachable { why: why(), retry_after }),
        1 => Just(Event::Accepted { url: url() }),
        1 => Just(Event::RefusedBy { why: why() }),
        4 => Just(Event::InDoubt { why: why() }),
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
        3 => (0..700_i64).prop_map(Step::Pass),
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
                E::HeadIs(_) | E::Unreachable { .. } | E::RefusedBy { .. }
            )
        }
        Next::Send => matches!(
            event,
            E::Accepted { .. } | E::RefusedBy { .. } | E::InDoubt { .. } | E::Unreachable { .. }
        ),
        Next::Look => matches!(event, E::Found { .. } | E::NotFound | E::Unreachable { .. }),
        Next::Wait(_) | Next::Nothing => false,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    /// Every order of events, also such as no forge gives.
    #[test]
    fn no_order_of_events_breaks_it(steps in proptest::collection::vec(step(), 0..80)) {
        let (mut now, mut delivery) = (Timestamp(1_000), delivery());
        // Whether something may have arrived that nobody has looked for since.
        let mut unseen = false;
        let mut sends = 0;
        for step in steps {
            let before = delivery.clone();
            let mut by_person = false;
            match step {
                Step::Pass(seconds) => now = now.plus(seconds),
                Step::Restart => {
                    delivery = delivery.recovered(now);
                    unseen |= matches!(before.state, DeliveryState::Sending { .. });
                }
                Step::Event(event) => {
                    by_person = matches!(event, Event::Retry | Event::Drop);
                    let in_doubt = matches!(before.state, DeliveryState::Doubt { .. });
                    unseen |= matches!(
                        (&before.state, &event),
                        (DeliveryState::Sending { .. }, Event::InDoubt { .. })
                    );
                    unseen &= !(in_doubt && matches!(event, Event::NotFound | Event::Found { .. }));
                    sends = if event == Event::Retry { 0 } else { sends };
                    delivery = delivery.apply(event, now);
                }
            }
            let starts = |s: &DeliveryState| matches!(s, DeliveryState::Sending { .. });
            if starts(&delivery.state) && !starts(&before.state) {
                sends += 1;
                prop_assert!(!unseen, "sent again without a look: {before:?}");
                prop_assert!(sends <= 3, "sent {sends} times without a person");
                let from = matches!(before.state, DeliveryState::Ready | DeliveryState::Waiting { .. });
                prop_assert!(from, "sent from {before:?}");
            }
            if let (DeliveryState::Sending { .. }, DeliveryState::Waiting { .. }) =
                (&before.state, &delivery.state)
            {
                // Nothing left this machine.
                sends -= 1;
            }
            if is_final(&before.state) && !by_person {
                prop_assert_eq!(&before, &delivery, "moved after it was final");
            }
            if matches!(before.state, DeliveryState::Done { .. } | DeliveryState::Dropped) {
                prop_assert_eq!(&before, &delivery, "what is done or dropped stays so");
            }
            if unseen {
                let doubted = matches!(
                    delivery.state,
                    DeliveryState::Doubt { .. } | DeliveryState::Sending { .. }
                );
                prop_assert!(doubted, "a doubt was forgotten: {:?}", delivery.state);
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
                    Next::CheckHead => Event::HeadIs(sha("a")),
                    Next::Look => Event::Found { url: String::new() },
                    _ => Event::Accepted { url: String::new() },
                }),
            };
            delivery = delivery.apply(event, now);
        }
        prop_assert_eq!(delivery.next(now), Next::Nothing);
        let stuck = matches!(
            delivery.state,
            DeliveryState::Held { .. } | DeliveryState::NeedsHuman { .. }
        );
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
fn what_may_have_arrived_cannot_be_dropped() {
    let now = Timestamp(0);
    let doubt = delivery()
        .apply(Event::HeadIs(sha("a")), now)
        .apply(Event::InDoubt { why: String::new() }, now);
    assert_eq!(doubt.clone().apply(Event::Drop, now), doubt);
}
