//! Exact decimals and money. No floating point anywhere: `+ - *` are exact or have no value, and `/` alone rounds, half to
//! even, to [`QUOTIENT_PLACES`] places.

use serde::{Deserialize, Serialize};
use std::cmp::Ordering;
use std::fmt::{Display, Formatter};
use std::str::FromStr;

/// Most digits of a decimal, before and after its point together.
pub const DIGITS: u32 = 28;
/// Most digits after the point.
pub const PLACES: u8 = 18;
/// Digits after the point that a quotient is rounded to.
pub const QUOTIENT_PLACES: u8 = 10;

/// An exact decimal: `units` × 10^-`places`. Trailing zeros are never kept, so that equal numbers are equal values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Decimal {
    units: i128,
    places: u8,
}

impl Decimal {
    /// `units` × 10^-`places`; `None` when that has too many digits.
    #[must_use]
    pub fn new(units: i128, places: u32) -> Option<Decimal> {
        let (mut units, mut places) = (units, places);
        while places > 0 && units % 10 == 0 {
            units /= 10;
            places -= 1;
        }
        let places = u8::try_from(places).ok().filter(|places| *places <= PLACES)?;
        (units.unsigned_abs() < 10u128.pow(DIGITS)).then_some(Decimal { units, places })
    }

    /// A whole number.
    #[must_use]
    pub fn whole(n: i64) -> Decimal {
        Decimal { units: i128::from(n), places: 0 }
    }

    /// Whether it is zero.
    #[must_use]
    pub fn is_zero(self) -> bool {
        self.units == 0
    }

    /// The sum.
    #[must_use]
    pub fn plus(self, other: Decimal) -> Option<Decimal> {
        let places = self.places.max(other.places);
        Decimal::new(self.at(places)?.checked_add(other.at(places)?)?, places.into())
    }

    /// The difference.
    #[must_use]
    pub fn minus(self, other: Decimal) -> Option<Decimal> {
        self.plus(other.negated())
    }

    /// The product.
    #[must_use]
    pub fn times(self, other: Decimal) -> Option<Decimal> {
        Decimal::new(self.units.checked_mul(other.units)?, u32::from(self.places) + u32::from(other.places))
    }

    /// The quotient, rounded half to even; `None` by zero too.
    #[must_use]
    pub fn over(self, other: Decimal) -> Option<Decimal> {
        // self / other = (units / 10^places) / (o / 10^p): brought to QUOTIENT_PLACES places before the one division.
        let shift = i32::from(QUOTIENT_PLACES) - i32::from(self.places) + i32::from(other.places);
        let power = 10i128.checked_pow(shift.unsigned_abs())?;
        let (above, below) = if shift >= 0 {
            (self.units.checked_mul(power)?, other.units)
        } else {
            (self.units, other.units.checked_mul(power)?)
        };
        Decimal::new(divide(above, below)?, QUOTIENT_PLACES.into())
    }

    /// The same, the other way from zero.
    #[must_use]
    pub fn negated(self) -> Decimal {
        Decimal { units: -self.units, places: self.places }
    }

    /// Rounded to so many places, half to even, and how many of the last place there are: `12.345` to 2 is `1234`.
    #[must_use]
    pub fn rounded(self, places: u8) -> Option<i128> {
        match self.places.checked_sub(places) {
            None | Some(0) => self.at(places),
            Some(more) => divide(self.units, 10i128.checked_pow(more.into())?),
        }
    }

    /// The units at so many places, which are not fewer than its own.
    fn at(self, places: u8) -> Option<i128> {
        self.units.checked_mul(10i128.checked_pow(u32::from(places.checked_sub(self.places)?))?)
    }
}

/// The quotient of two whole numbers, rounded half to even.
fn divide(above: i128, below: i128) -> Option<i128> {
    let (quotient, rest) = (above.checked_div(below)?, above.checked_rem(below)?);
    let twice = rest.unsigned_abs().checked_mul(2)?;
    let away = match twice.cmp(&below.unsigned_abs()) {
        Ordering::Less => false,
        Ordering::Equal => quotient % 2 != 0,
        Ordering::Greater => true,
    };
    if !away {
        return Some(quotient);
    }
    quotient.checked_add(if (above < 0) == (below < 0) { 1 } else { -1 })
}

impl Ord for Decimal {
    fn cmp(&self, other: &Decimal) -> Ordering {
        let places = self.places.max(other.places);
        match (self.at(places), other.at(places)) {
            (Some(a), Some(b)) => a.cmp(&b),
            // One of them is too large to be written with the other's places, and so is larger.
            (None, _) => self.units.cmp(&0),
            (_, None) => 0.cmp(&other.units),
        }
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Decimal) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Display for Decimal {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        let sign = if self.units < 0 { "-" } else { "" };
        let places = usize::from(self.places);
        let digits = format!("{:0>1$}", self.units.unsigned_abs(), places + 1);
        let (whole, part) = digits.split_at(digits.len() - places);
        if part.is_empty() { write!(f, "{sign}{whole}") } else { write!(f, "{sign}{whole}.{part}") }
    }
}

/// A text is no decimal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a number such as 12.50 of at most {DIGITS} digits")]
pub struct NotANumber;

impl FromStr for Decimal {
    type Err = NotANumber;

    fn from_str(text: &str) -> Result<Decimal, NotANumber> {
        let (negative, number) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (whole, part) = number.split_once('.').unwrap_or((number, "0"));
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        if !digits(whole) || !digits(part) || text.len() > 64 {
            return Err(NotANumber);
        }
        let part = part.trim_end_matches('0');
        let units: i128 = format!("0{whole}{part}").parse().map_err(|_| NotANumber)?;
        let units = if negative { -units } else { units };
        u32::try_from(part.len()).ok().and_then(|places| Decimal::new(units, places)).ok_or(NotANumber)
    }
}

impl TryFrom<String> for Decimal {
    type Error = NotANumber;

    fn try_from(text: String) -> Result<Decimal, NotANumber> {
        text.parse()
    }
}

impl From<Decimal> for String {
    fn from(decimal: Decimal) -> String {
        decimal.to_string()
    }
}

/// An amount with its currency: `12.50 GBP`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Money {
    /// How much.
    pub amount: Decimal,
    /// The currency's three letters, ISO 4217.
    pub currency: String,
}

impl Money {
    /// An amount of a currency; `None` when its letters are none.
    #[must_use]
    pub fn new(amount: Decimal, currency: &str) -> Option<Money> {
        let letters = currency.len() == 3 && currency.bytes().all(|b| b.is_ascii_uppercase());
        letters.then(|| Money { amount, currency: currency.to_owned() })
    }

    /// How many digits its currency has after the point.
    #[must_use]
    pub fn minor_places(&self) -> u8 {
        match self.currency.as_str() {
            "CLP" | "ISK" | "JPY" | "KRW" | "PYG" | "UGX" | "VND" | "XAF" | "XOF" | "XPF" => 0,
            "BHD" | "IQD" | "JOD" | "KWD" | "LYD" | "OMR" | "TND" => 3,
            _ => 2,
        }
    }
}

impl FromStr for Money {
    type Err = NotANumber;

    fn from_str(text: &str) -> Result<Money, NotANumber> {
        let (amount, currency) = text.split_once(' ').ok_or(NotANumber)?;
        Money::new(amount.parse()?, currency).ok_or(NotANumber)
    }
}

impl Display for Money {
    /// With the digits its currency has, and more where it needs them: `12.50 GBP`, `0.125 GBP`.
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        let written = self.amount.to_string();
        let part = written.split_once('.').map_or(0, |(_, part)| part.len());
        let wanted = usize::from(self.minor_places());
        let point = if part == 0 && wanted > 0 { "." } else { "" };
        write!(f, "{written}{point}{} {}", "0".repeat(wanted.saturating_sub(part)), self.currency)
    }
}

#[cfg(test)]
mod tests {
    use crate::language::flow::decimal::{Decimal, Money};

    fn d(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    #[test]
    fn decimals_are_read_and_written() {
        for (text, shown) in
            [("2.50", "2.5"), ("0.07", "0.07"), ("-0.5", "-0.5"), ("007", "7"), ("0.0", "0"), ("100", "100")]
        {
            assert_eq!(d(text).to_string(), shown);
        }
        for bad in ["", "-", ".5", "5.", "1e3", "1,5", "+1", " 1", "1.2.3", &"9".repeat(29), &"9".repeat(70)] {
            assert!(bad.parse::<Decimal>().is_err(), "{bad}");
        }
        assert_eq!(serde_json::to_string(&d("2.50")).unwrap(), "\"2.5\"");
        assert_eq!(serde_json::from_str::<Decimal>("\"2.50\"").unwrap(), d("2.5"));
    }

    #[test]
    fn sums_and_products_are_exact() {
        assert_eq!(d("0.1").plus(d("0.2")), Some(d("0.3")));
        assert_eq!(d("1").minus(d("0.9")), Some(d("0.1")));
        assert_eq!(d("19.99").times(d("3")), Some(d("59.97")));
        assert_eq!(d("0.0000000001").times(d("0.0000000001")), None);
        assert_eq!(d(&"9".repeat(28)).plus(d("1")), None);
        assert_eq!(d(&"9".repeat(28)).times(d(&"9".repeat(28))), None);
    }

    #[test]
    fn quotients_round_half_to_even() {
        assert_eq!(d("10").over(d("4")), Some(d("2.5")));
        assert_eq!(d("1").over(d("3")), Some(d("0.3333333333")));
        assert_eq!(d("2").over(d("3")), Some(d("0.6666666667")));
        assert_eq!(d("-2").over(d("3")), Some(d("-0.6666666667")));
        assert_eq!(d("1").over(d("0")), None);
        assert_eq!(d("0.00000000005").over(d("1")), Some(d("0")));
        assert_eq!(d("0.00000000015").over(d("1")), Some(d("0.0000000002")));
        assert_eq!(
            (d("12.345").rounded(2), d("12.355").rounded(2), d("7").rounded(2)),
            (Some(1234), Some(1236), Some(700))
        );
    }

    #[test]
    fn decimals_are_ordered() {
        assert!(d("2.5") > d("2.49") && d("-1") < d("0.001"));
        assert!(d(&"9".repeat(28)) > d("0.000000000000000001"));
        assert!(d("-9999999999999999999999999999") < d("0.000000000000000001"));
    }

    #[test]
    fn money_has_a_currency() {
        assert_eq!("12.5 GBP".parse::<Money>().unwrap().to_string(), "12.50 GBP");
        assert_eq!("3 USD".parse::<Money>().unwrap().to_string(), "3.00 USD");
        assert_eq!("300 JPY".parse::<Money>().unwrap().to_string(), "300 JPY");
        for bad in ["12.50", "GBP 12.50", "12.50 gbp", "12.50 POUND", "12.50  GBP", "x GBP"] {
            assert!(bad.parse::<Money>().is_err(), "{bad}");
        }
    }
}
