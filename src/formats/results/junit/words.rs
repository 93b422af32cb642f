//! Texts that many cases have: each is kept once.

use std::collections::HashSet;

use crate::model::Word;

/// Words that were seen.
#[derive(Default)]
pub(super) struct Words {
    all: HashSet<Word>,
    /// Neighbours are mostly alike.
    last: Word,
}

impl Words {
    pub(super) fn share(&mut self, text: &str) -> Word {
        if self.last != *text {
            let known = self.all.get(text).cloned();
            self.last = known.unwrap_or_else(|| {
                let word = Word::from(text);
                self.all.insert(word.clone());
                word
            });
        }
        self.last.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_kept_once() {
        let mut words = Words::default();
        let found = ["a", "a", "b", "", "a"].map(|w| words.share(w));
        assert_eq!(found.each_ref().map(Word::as_str), ["a", "a", "b", "", "a"]);
        assert!(found[0].is_shared_with(&found[1]) && found[0].is_shared_with(&found[4]));
    }
}
