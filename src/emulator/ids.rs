//! Ids drawn from a seed, so that two runs with one seed and one history name everything alike.

/// A small deterministic generator (splitmix64).
#[derive(Clone, Debug)]
pub(crate) struct Ids {
    state: u64,
}

impl Ids {
    /// The generator of a seed.
    pub(crate) fn new(seed: u64) -> Ids {
        Ids { state: seed }
    }

    /// The next number.
    pub(crate) fn number(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A GUID of version 4.
    pub(crate) fn guid(&mut self) -> String {
        let (high, low) = (self.number(), self.number());
        let bits = (u128::from(high) << 64) | u128::from(low);
        uuid::Builder::from_random_bytes(bits.to_be_bytes()).into_uuid().to_string()
    }
}

#[cfg(test)]
mod tests {
    use crate::emulator::ids::Ids;

    #[test]
    fn a_seed_decides_every_id() {
        let (mut one, mut same, mut other) = (Ids::new(7), Ids::new(7), Ids::new(8));
        let first = one.guid();
        assert_eq!(first, same.guid());
        assert_ne!(first, one.guid());
        assert_ne!(first, other.guid());
        assert_eq!(uuid::Uuid::parse_str(&first).map(|id| id.get_version_num()), Ok(4));
    }
}
