//! Reading helpers shared by the types: integers only for money, `null` as absence, one or many.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{self, Deserialize, Deserializer, SeqAccess, Visitor};
use serde::{Serialize, Serializer};

/// Reads an amount in minor units; a fraction, a string or an amount beyond `i64` is refused by name.
///
/// UCP types/amount, `types/signed_amount`: an integer in the currency's minor unit.
pub(crate) fn amount<'de, D: Deserializer<'de>>(from: D) -> Result<i64, D::Error> {
    struct Minor;
    impl Visitor<'_> for Minor {
        type Value = i64;
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an amount as a whole number of minor units")
        }
        fn visit_i64<E: de::Error>(self, minor: i64) -> Result<i64, E> {
            Ok(minor)
        }
        fn visit_u64<E: de::Error>(self, minor: u64) -> Result<i64, E> {
            i64::try_from(minor).map_err(|_| E::custom("an amount is larger than can be counted"))
        }
        fn visit_f64<E: de::Error>(self, fraction: f64) -> Result<i64, E> {
            Err(E::custom(format_args!(
                "an amount must be a whole number of minor units, not the fraction {fraction:?}"
            )))
        }
    }
    from.deserialize_any(Minor)
}

/// Reads a field that some servers write as `null` where the schema means "absent".
pub(crate) fn null_as_default<'de, D, T>(from: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    Ok(Option::<T>::deserialize(from)?.unwrap_or_default())
}

/// Reads a string without owning it where the input allows.
pub fn with_str<'de, D, T>(from: D, make: fn(&str) -> T) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
{
    struct Text<T>(fn(&str) -> T);
    impl<T> Visitor<'_> for Text<T> {
        type Value = T;
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a string")
        }
        fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
            Ok((self.0)(text))
        }
    }
    from.deserialize_str(Text(make))
}

/// Reads `"a"` and `["a", "b"]` alike (UCP overview, Extensions: `extends`).
pub(crate) fn one_or_many<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<String>, D::Error> {
    struct Either(PhantomData<()>);
    impl<'de> Visitor<'de> for Either {
        type Value = Vec<String>;
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a name or a list of names")
        }
        fn visit_unit<E: de::Error>(self) -> Result<Vec<String>, E> {
            Ok(Vec::new())
        }
        fn visit_str<E: de::Error>(self, name: &str) -> Result<Vec<String>, E> {
            Ok(vec![name.to_owned()])
        }
        fn visit_seq<A: SeqAccess<'de>>(self, mut names: A) -> Result<Vec<String>, A::Error> {
            let mut read = Vec::new();
            while let Some(name) = names.next_element()? {
                read.push(name);
            }
            Ok(read)
        }
    }
    from.deserialize_any(Either(PhantomData))
}

/// Writes one name as a string and several as a list, as profiles do.
pub(crate) fn write_one_or_many<S: Serializer>(names: &[String], to: S) -> Result<S::Ok, S::Error> {
    match names {
        [one] => to.serialize_str(one),
        many => many.serialize(to),
    }
}
