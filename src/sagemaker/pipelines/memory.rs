//! The answers that a worker has given.

use std::collections::{HashMap, VecDeque};

use super::answer::CallbackAnswer;

/// Answers by callback token; the oldest are forgotten when there are too many.
#[derive(Debug)]
pub(super) struct Memory {
    most: usize,
    answers: HashMap<String, Kept>,
    order: VecDeque<String>,
}

#[derive(Debug)]
struct Kept {
    answer: CallbackAnswer,
    taken: bool,
}

/// What is remembered of a token.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Remembered {
    Nothing,
    /// An answer was decided on, and it is not known whether the service took it.
    Decided(CallbackAnswer),
    /// The service has an answer.
    Taken,
}

impl Memory {
    #[inline]
    pub(super) fn new(most: usize) -> Self {
        Self {
            most,
            answers: HashMap::new(),
            order: VecDeque::new(),
        }
    }

    #[inline]
    pub(super) fn of(&self, token: &str) -> Remembered {
        match self.answers.get(token) {
            None => Remembered::Nothing,
            Some(kept) if kept.taken => Remembered::Taken,
            Some(kept) => Remembered::Decided(kept.answer.clone()),
        }
    }

    /// Keeps the answer to a token. The first one stays.
    #[inline]
    pub(super) fn decide(&mut self, token: &str, answer: CallbackAnswer) {
        if self.answers.contains_key(token) {
            return;
        }
        let kept = Kept {
            answer,
            taken: false,
        };
        self.answers.insert(token.to_owned(), kept);
        self.order.push_back(token.to_owned());
        if self.order.len() > self.most
            && let Some(oldest) = self.order.pop_front()
        {
            self.answers.remove(&oldest);
        }
    }

    /// Notes that the service has an answer.
    #[inline]
    pub(super) fn taken(&mut self, token: &str) {
        if let Some(kept) = self.answers.get_mut(token) {
            kept.taken = true;
            // It will not be sent again.
            kept.answer = CallbackAnswer::Succeed(Vec::new());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_answer_stays_and_the_oldest_goes() {
        let mut memory = Memory::new(2);
        assert_eq!(memory.of("a"), Remembered::Nothing);
        memory.decide("a", CallbackAnswer::fail("one"));
        memory.decide("a", CallbackAnswer::fail("two"));
        assert_eq!(
            memory.of("a"),
            Remembered::Decided(CallbackAnswer::fail("one"))
        );
        memory.taken("a");
        assert_eq!(memory.of("a"), Remembered::Taken);
        memory.decide("b", CallbackAnswer::succeed([]));
        memory.decide("c", CallbackAnswer::succeed([]));
        assert_eq!(memory.of("a"), Remembered::Nothing);
        assert_eq!(
            memory.of("c"),
            Remembered::Decided(CallbackAnswer::succeed([]))
        );
    }
}
