//! Names, numbers and counts of one world: as written for seed 0, permuted for every other seed.
//!
//! The story is written once, with the names of `acme/payments`. A seeded world says the same
//! sentences with other words: [`Cast::say`] replaces whole words only, all at once, so that two
//! names can also be swapped.

/// The vocabulary of one world.
#[derive(Debug, Clone)]
pub(crate) struct Cast {
    seed: u64,
    /// Pairs of (as written, as said), longest first.
    words: Vec<(String, String)>,
}

const OWNERS: &[&str] = &["globex", "initech", "umbrella-labs", "northwind", "contoso"];
const NAMES: &[&str] = &["billing", "checkout", "settlements", "cashier", "tillwork"];
const MIRAS: &[&str] = &["nadia", "ines", "sofie", "ruth", "petra"];
const JONS: &[&str] = &["karl", "luis", "oscar", "emil", "ravi"];
const TOMASES: &[&str] = &["viktor", "hugo", "anton", "pablo", "sven"];
const AIKOS: &[&str] = &["yuki", "hana", "mei", "suki", "noor"];
const PREFIXES: &[&str] = &["SYS-BIL", "REQ-CHK", "NEED-SET", "RULE-CSH", "REQ-TIL"];
const BRANCHES: &[&str] = &[
    "capture-only-once",
    "fix-double-charge",
    "durable-keys",
    "keys-in-the-table",
    "one-charge-a-key",
];
const TITLES: &[&str] = &[
    "Charge a retried capture once",
    "Keep idempotency keys in the database",
    "Stop double charges across nodes",
    "Fold retried captures",
    "Remember captures by key",
];

/// Numbers of changes and issues that the story names.
const NUMBERS: std::ops::RangeInclusive<u64> = 440..=499;
/// Numbers of the requirements that the story names.
const REQUIREMENTS: std::ops::RangeInclusive<u64> = 11..=19;

impl Cast {
    /// The vocabulary of the world with this seed.
    pub(crate) fn new(seed: u64) -> Self {
        let mut cast = Self {
            seed,
            words: Vec::new(),
        };
        if seed > 0 {
            cast.words = cast.permuted_words();
            cast.words
                .sort_by_key(|(written, _)| std::cmp::Reverse(written.len()));
        }
        cast
    }

    /// The number that stands for a change or issue number of the story.
    pub(crate) fn number(&self, written: u64) -> u64 {
        written + self.offset(7, 900)
    }

    /// Cases in the unit suite.
    pub(crate) fn suite_size(&self) -> usize {
        if self.seed == 0 {
            412
        } else {
            380 + self.pick(3, 61)
        }
    }

    /// The first value of a kind of numeric id; later ones count up from it.
    pub(crate) fn first_id(&self, written: u64) -> u64 {
        written + self.offset(11, 1_000_000)
    }

    /// True where the two tests of the story have changed places.
    pub(crate) fn swaps_tests(&self) -> bool {
        self.seed > 0 && self.pick(5, 2) == 1
    }

    /// The text as this world says it.
    pub(crate) fn say(&self, text: &str) -> String {
        let mut said = String::with_capacity(text.len());
        let mut rest = text;
        let mut after_word = false;
        while let Some(first) = rest.chars().next() {
            let found = if after_word { None } else { self.word_at(rest) };
            let taken = if let Some((written, new)) = found {
                said.push_str(new);
                after_word = written.chars().next_back().is_some_and(is_word);
                written.len()
            } else {
                said.push(first);
                after_word = is_word(first);
                first.len_utf8()
            };
            rest = rest.get(taken..).unwrap_or_default();
        }
        said
    }

    fn word_at(&self, rest: &str) -> Option<&(String, String)> {
        self.words.iter().find(|(written, _)| {
            rest.strip_prefix(written.as_str())
                .is_some_and(|after| !after.chars().next().is_some_and(is_word))
        })
    }

    fn permuted_words(&self) -> Vec<(String, String)> {
        let mut words: Vec<(String, String)> = [
            ("acme", OWNERS, 1),
            ("payments", NAMES, 2),
            ("mira", MIRAS, 3),
            ("jon", JONS, 4),
            ("tomas", TOMASES, 5),
            ("aiko", AIKOS, 6),
            ("idempotent-capture", BRANCHES, 7),
            ("Make capture idempotent", TITLES, 8),
        ]
        .into_iter()
        .map(|(written, choices, salt)| (written.to_owned(), self.choice(choices, salt)))
        .collect();
        words.extend([("Mira", 3), ("Jon", 4), ("Tomas", 5), ("Aiko", 6)].map(
            |(written, salt)| {
                let names = [MIRAS, JONS, TOMASES, AIKOS][salt - 3];
                (
                    written.to_owned(),
                    capitalised(&self.choice(names, salt as u64)),
                )
            },
        ));
        for number in NUMBERS {
            words.push((format!("#{number}"), format!("#{}", self.number(number))));
        }
        words.extend(self.requirement_words());
        words
    }

    /// Requirement ids, and the two tests, which may change places.
    fn requirement_words(&self) -> Vec<(String, String)> {
        let prefix = self.choice(PREFIXES, 9);
        let shift = self.offset(13, 70);
        let id = |number: u64| format!("{prefix}-{}", number + shift);
        let mut words: Vec<(String, String)> = REQUIREMENTS
            .map(|number| (format!("REQ-PAY-{number}"), id(number)))
            .collect();
        words.push((r"REQ-PAY-\d+".to_owned(), format!(r"{prefix}-\d+")));
        words.push((
            "req_pay_15_backoff_has_jitter".to_owned(),
            format!(
                "{}_backoff_has_jitter",
                id(15).to_lowercase().replace('-', "_")
            ),
        ));
        if self.swaps_tests() {
            let (retry, concurrent) = ("retry_same_key", "concurrent_retries_charge_once");
            words.push((retry.to_owned(), concurrent.to_owned()));
            words.push((concurrent.to_owned(), retry.to_owned()));
        }
        words
    }

    fn choice(&self, choices: &[&str], salt: u64) -> String {
        choices[self.pick(salt, choices.len())].to_owned()
    }

    fn offset(&self, salt: u64, range: usize) -> u64 {
        if self.seed == 0 {
            0
        } else {
            1 + self.pick(salt, range) as u64
        }
    }

    /// A number below `range` that depends on the seed and the salt only.
    fn pick(&self, salt: u64, range: usize) -> usize {
        let mixed = self
            .seed
            .wrapping_mul(0x9E37_79B9_7F4A_7C15)
            .wrapping_add(salt.wrapping_mul(0xBF58_476D_1CE4_E5B9));
        let mixed = (mixed ^ (mixed >> 29)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((mixed ^ (mixed >> 32)) % range.max(1) as u64).unwrap_or_default()
    }
}

fn is_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

fn capitalised(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seed_zero_says_what_is_written() {
        let text = "mira approves #482 of acme/payments";
        assert_eq!(Cast::new(0).say(text), text);
        assert_eq!(Cast::new(0).number(482), 482);
        assert_eq!(Cast::new(0).suite_size(), 412);
    }

    #[test]
    fn only_whole_words_are_replaced() {
        let cast = Cast::new(1);
        assert_eq!(
            cast.say("admiral, mirage, tomas_x"),
            "admiral, mirage, tomas_x"
        );
        assert_ne!(cast.say("mira"), "mira");
    }

    #[test]
    fn two_tests_can_change_places() {
        let cast = (1..50).map(Cast::new).find(Cast::swaps_tests).unwrap();
        assert_eq!(
            cast.say("retry_same_key then concurrent_retries_charge_once"),
            "concurrent_retries_charge_once then retry_same_key"
        );
    }

    #[test]
    fn suites_stay_in_their_range() {
        assert!(
            (1..200)
                .map(|seed| Cast::new(seed).suite_size())
                .all(|n| (380..=440).contains(&n))
        );
    }
}
