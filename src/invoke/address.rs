//! Which addresses a question may go to. A service's name is looked up by us, and whoever answers the look-up must not be able to
//! turn a question towards this machine, its network, or the cloud's own services.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What an address is to us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reachable {
    /// Anybody's: always allowed.
    Public,
    /// This machine, or a private network: allowed for hosts that the operator names.
    Private,
    /// Never a service's: the link itself, the cloud's metadata, groups, documentation, tunnels.
    Never,
}

/// Whether a question may go to an address. `private`: the operator has named this host.
#[must_use]
pub fn admits(address: IpAddr, private: bool) -> bool {
    match reachable(address) {
        Reachable::Public => true,
        Reachable::Private => private,
        Reachable::Never => false,
    }
}

/// What an address is.
#[must_use]
pub fn reachable(address: IpAddr) -> Reachable {
    match address {
        IpAddr::V4(address) => v4(address),
        IpAddr::V6(address) => v6(address),
    }
}

/// Networks of version 4 that are nobody's, and hosts of clouds that answer whoever asks from inside.
const NEVER: &[(Ipv4Addr, u32)] = &[
    (Ipv4Addr::new(0, 0, 0, 0), 8),
    (Ipv4Addr::new(100, 100, 100, 200), 32),
    (Ipv4Addr::new(168, 63, 129, 16), 32),
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    (Ipv4Addr::new(192, 0, 0, 0), 24),
    (Ipv4Addr::new(192, 0, 2, 0), 24),
    (Ipv4Addr::new(192, 88, 99, 0), 24),
    (Ipv4Addr::new(198, 18, 0, 0), 15),
    (Ipv4Addr::new(198, 51, 100, 0), 24),
    (Ipv4Addr::new(203, 0, 113, 0), 24),
    (Ipv4Addr::new(224, 0, 0, 0), 4),
    (Ipv4Addr::new(240, 0, 0, 0), 4),
];

/// This machine and networks of one's own, the carriers' shared one included.
const PRIVATE: &[(Ipv4Addr, u32)] = &[
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
];

fn v4(address: Ipv4Addr) -> Reachable {
    let within = |(net, bits): &(Ipv4Addr, u32)| (address.to_bits() ^ net.to_bits()) >> (32 - bits) == 0;
    match () {
        () if NEVER.iter().any(within) => Reachable::Never,
        () if PRIVATE.iter().any(within) => Reachable::Private,
        () => Reachable::Public,
    }
}

fn v6(address: Ipv6Addr) -> Reachable {
    let parts = address.segments();
    let embedded = || {
        let [.., high, low] = parts;
        v4(Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low)))
    };
    match parts {
        [0, 0, 0, 0, 0, 0, 0, 1] => Reachable::Private,
        // An address of version 4 in other clothes is what it is: mapped, or through a translator.
        [0, 0, 0, 0, 0, 0xffff, ..] | [0x64, 0xff9b, 0, 0, 0, 0, ..] => embedded(),
        [0xfd00, 0x0ec2, 0, 0, 0, 0, 0, 0x0254] => Reachable::Never,
        [first, ..] if first & 0xfe00 == 0xfc00 => Reachable::Private,
        // Tunnels, documentation, and what is set aside for the protocol itself.
        [0x2001, second, ..] if second < 0x0200 || second == 0x0db8 => Reachable::Never,
        [0x2002, ..] | [0x3fff, ..] => Reachable::Never,
        [first, ..] if first & 0xe000 == 0x2000 => Reachable::Public,
        _ => Reachable::Never,
    }
}

#[cfg(test)]
mod tests {
    use crate::invoke::address::{Reachable, admits, reachable};
    use proptest::prelude::*;
    use proptest::test_runner::RngSeed;
    use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

    #[test]
    fn well_known_addresses() {
        for (address, what) in [
            ("1.1.1.1", Reachable::Public),
            ("172.32.0.1", Reachable::Public),
            ("100.128.0.1", Reachable::Public),
            ("127.0.0.1", Reachable::Private),
            ("127.255.0.1", Reachable::Private),
            ("10.1.2.3", Reachable::Private),
            ("172.31.255.255", Reachable::Private),
            ("192.168.0.1", Reachable::Private),
            ("100.64.0.1", Reachable::Private),
            ("169.254.169.254", Reachable::Never),
            ("168.63.129.16", Reachable::Never),
            ("100.100.100.200", Reachable::Never),
            ("0.0.0.0", Reachable::Never),
            ("255.255.255.255", Reachable::Never),
            ("224.0.0.1", Reachable::Never),
            ("2606:4700::1111", Reachable::Public),
            ("::ffff:1.1.1.1", Reachable::Public),
            ("::1", Reachable::Private),
            ("fd12::1", Reachable::Private),
            ("::ffff:127.0.0.1", Reachable::Private),
            ("64:ff9b::10.0.0.1", Reachable::Private),
            ("::ffff:169.254.169.254", Reachable::Never),
            ("64:ff9b::169.254.169.254", Reachable::Never),
            ("fd00:ec2::254", Reachable::Never),
            ("fe80::1", Reachable::Never),
            ("fec0::1", Reachable::Never),
            ("ff02::1", Reachable::Never),
            ("::", Reachable::Never),
            ("::127.0.0.1", Reachable::Never),
            ("2002:7f00:1::", Reachable::Never),
            ("2001::1", Reachable::Never),
            ("2001:db8::1", Reachable::Never),
        ] {
            assert_eq!(reachable(address.parse().unwrap()), what, "{address}");
        }
    }

    /// What the standard library says of an address, written down another way.
    fn suspicious(address: Ipv4Addr) -> bool {
        let [a, b, ..] = address.octets();
        address.is_private()
            || address.is_loopback()
            || address.is_link_local()
            || address.is_broadcast()
            || address.is_documentation()
            || address.is_multicast()
            || a == 0
            || a >= 240
            || (a == 100 && (64..128).contains(&b))
    }

    proptest! {
        #![proptest_config(ProptestConfig {
            cases: 4_000, rng_seed: RngSeed::Fixed(6), failure_persistence: None, ..ProptestConfig::default()
        })]

        #[test]
        fn no_suspicious_address_is_public(bits in prop_oneof![any::<u32>(), 0x0A00_0000..0x0B00_0000_u32,
            0x7F00_0000..0x8000_0000_u32, 0xA9FE_0000..0xA9FF_0000_u32, 0x6440_0000..0x6480_0000_u32, 0xC0A8_0000..0xC0A9_0000_u32]) {
            let address = Ipv4Addr::from_bits(bits);
            if suspicious(address) {
                prop_assert!(!admits(IpAddr::V4(address), false), "{address}");
            }
            if address.is_link_local() || address.is_multicast() || address.is_unspecified() {
                prop_assert!(!admits(IpAddr::V4(address), true), "{address}");
            }
            // Whatever clothes it wears, it is what it is.
            prop_assert_eq!(reachable(IpAddr::V6(address.to_ipv6_mapped())), reachable(IpAddr::V4(address)));
        }

        #[test]
        fn of_version_six_only_global_unicast_is_public(bits in prop_oneof![any::<u128>(), any::<u64>().prop_map(u128::from),
            any::<u128>().prop_map(|bits| bits >> 7 | 0xfc << 120), any::<u128>().prop_map(|bits| bits >> 3 | 0x2 << 124)]) {
            let address = Ipv6Addr::from_bits(bits);
            if reachable(IpAddr::V6(address)) == Reachable::Public {
                let first = address.segments()[0];
                let mapped = address.to_ipv4_mapped().is_some() || bits >> 32 == 0x64_ff9b_u128 << 64;
                prop_assert!(mapped || (0x2000..0x4000).contains(&first), "{address}");
                prop_assert!(!address.is_loopback() && !address.is_multicast() && !address.is_unspecified());
                prop_assert!(!address.is_unique_local() && !address.is_unicast_link_local());
            }
        }
    }
}
