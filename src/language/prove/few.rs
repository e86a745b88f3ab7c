//! [`Few`]: a set of members of a small closed vocabulary. Sets are joined by union, so whatever is built of them only grows.

use std::marker::PhantomData;

/// A vocabulary of at most eight words.
pub trait Member: Copy + Eq + 'static {
    /// Every member, in order.
    const ALL: &'static [Self];
    /// Its place in the order.
    fn place(self) -> u8;
    /// The word for people.
    fn word(self) -> &'static str;
}

/// A set of members.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Few<T> {
    bits: u8,
    of: PhantomData<T>,
}

impl<T> Default for Few<T> {
    fn default() -> Few<T> {
        Few { bits: 0, of: PhantomData }
    }
}

impl<T: Member> Few<T> {
    /// Nothing.
    #[must_use]
    pub fn none() -> Few<T> {
        Few::default()
    }

    /// This one alone.
    #[must_use]
    pub fn only(member: T) -> Few<T> {
        Few { bits: 1 << member.place(), of: PhantomData }
    }

    /// Any of these.
    #[must_use]
    pub fn any(members: &[T]) -> Few<T> {
        members.iter().fold(Few::none(), |all, member| all.or(Few::only(*member)))
    }

    /// Every member there is.
    #[must_use]
    pub fn all() -> Few<T> {
        Few::any(T::ALL)
    }

    /// Either.
    #[must_use]
    pub fn or(self, other: Few<T>) -> Few<T> {
        Few { bits: self.bits | other.bits, of: PhantomData }
    }

    /// Takes these in too; whether any was new.
    pub fn grow(&mut self, other: Few<T>) -> bool {
        let before = self.bits;
        self.bits |= other.bits;
        self.bits != before
    }

    /// Both at once.
    #[must_use]
    pub fn and(self, other: Few<T>) -> Few<T> {
        Few { bits: self.bits & other.bits, of: PhantomData }
    }

    /// Without these.
    #[must_use]
    pub fn but(self, other: Few<T>) -> Few<T> {
        Few { bits: self.bits & !other.bits, of: PhantomData }
    }

    /// Whether it may be this one.
    #[must_use]
    pub fn may_be(self, member: T) -> bool {
        self.bits & (1 << member.place()) != 0
    }

    /// Whether it is certainly this one.
    #[must_use]
    pub fn is(self, member: T) -> bool {
        self == Few::only(member)
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.bits == 0
    }

    /// The members, in order.
    pub fn iter(self) -> impl Iterator<Item = T> {
        T::ALL.iter().copied().filter(move |member| self.may_be(*member))
    }

    /// Each member, as something else perhaps.
    #[must_use]
    pub fn map<U: Member>(self, f: impl Fn(T) -> U) -> Few<U> {
        self.iter().fold(Few::none(), |all, member| all.or(Few::only(f(member))))
    }

    /// The words, joined by `or`.
    #[must_use]
    pub fn words(self) -> String {
        self.iter().map(Member::word).collect::<Vec<_>>().join(" or ")
    }
}

/// Declares a vocabulary with its words.
macro_rules! members {
    ($(#[$doc:meta])* $name:ident { $($(#[$of:meta])* $member:ident $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum $name {
            $($(#[$of])* $member,)*
        }

        impl crate::language::prove::few::Member for $name {
            const ALL: &'static [$name] = &[$($name::$member,)*];

            fn place(self) -> u8 {
                self as u8
            }

            fn word(self) -> &'static str {
                match self { $($name::$member => $word,)* }
            }
        }
    };
}

pub(crate) use members;
