//! Chance that can be repeated: the seed is printed, and `MAILSTEAD_SEED` sets it.

/// SplitMix64 (Steele, Lea, Flood 2014): one word of state, good enough to break things with.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new() -> Self {
        let given = std::env::var("MAILSTEAD_SEED").ok().map(|seed| seed.parse().expect("MAILSTEAD_SEED is a number"));
        let seed = given.unwrap_or_else(|| u64::from_le_bytes(mailstead::random::bytes()));
        println!("MAILSTEAD_SEED={seed} repeats this");
        Self(seed)
    }

    /// Dice of a thread: the seed comes from other dice.
    pub(crate) fn seeded(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// Less than `n`; 0 if `n` is.
    pub(crate) fn below(&mut self, n: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(n.max(1)).unwrap()).unwrap()
    }

    pub(crate) fn byte(&mut self) -> u8 {
        self.next().to_le_bytes()[0]
    }

    /// Does to bytes what bad lines and bad people do.
    pub(crate) fn mangle(&mut self, bytes: &mut Vec<u8>) {
        for _ in 0..=self.below(3) {
            let at = self.below(bytes.len());
            match self.below(7) {
                0 if !bytes.is_empty() => bytes[at] ^= 1 << self.below(8),
                1 if !bytes.is_empty() => bytes[at] = self.byte(),
                2 => {
                    let odd = [0, 1, 0x7F, 0x80, 0xFE, 0xFF][self.below(6)];
                    let end = (at + 1 + self.below(8)).min(bytes.len());
                    bytes[at.min(end)..end].fill(odd);
                }
                3 => bytes.truncate(at),
                4 => bytes.insert(at.min(bytes.len()), self.byte()),
                5 => {
                    let end = (at + self.below(32)).min(bytes.len());
                    bytes.drain(at.min(end)..end);
                }
                _ => {
                    let end = (at + self.below(64)).min(bytes.len());
                    let copy = bytes[at.min(end)..end].to_vec();
                    let place = self.below(bytes.len() + 1);
                    bytes.splice(place..place, copy);
                }
            }
        }
    }
}
