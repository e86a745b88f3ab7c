//! Luck that can be had again: numbers that follow from a seed, a kind and what they are about, never from when they are asked for.

/// A number for one thing of one kind.
pub(crate) fn roll(seed: u64, kind: u64, what: &str) -> u64 {
    // FNV-1a over the bytes, then the finish of splitmix64: near texts give far numbers.
    let mut hash = 0xCBF2_9CE4_8422_2325 ^ seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ kind;
    for byte in what.bytes() {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3);
    }
    hash = (hash ^ (hash >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    hash = (hash ^ (hash >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    hash ^ (hash >> 31)
}

/// The same as a number from 0 up to 1.
pub(crate) fn share(seed: u64, kind: u64, what: &str) -> f64 {
    #[allow(clippy::cast_precision_loss)]
    let share = (roll(seed, kind, what) >> 11) as f64 / (1u64 << 53) as f64;
    share
}
