//! Reads events as enums, with a deserializer that takes the event type as the variant, and leaves the
//! content to serde_json.

use serde::de::{
    self, DeserializeSeed, Deserializer, EnumAccess, IntoDeserializer, VariantAccess, Visitor,
    value::StrDeserializer,
};

use super::TypedError;
use crate::Event;

pub(super) fn event<'de, T: de::Deserialize<'de>>(event: &'de Event) -> Result<T, TypedError> {
    T::deserialize(EventDeserializer {
        // HTML 9.2.6: "Initialize event's type attribute"
        name: event.event.as_deref().unwrap_or("message"),
        data: event.data.as_deref().unwrap_or_default(),
    })
}

struct EventDeserializer<'de> {
    name: &'de str,
    data: &'de str,
}

impl<'de> Deserializer<'de> for EventDeserializer<'de> {
    type Error = TypedError;

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, TypedError> {
        visitor.visit_enum(self)
    }

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, TypedError> {
        Err(TypedError::NotAnEnum { found: "another type" })
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option
        unit unit_struct newtype_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

impl<'de> EnumAccess<'de> for EventDeserializer<'de> {
    type Error = TypedError;
    type Variant = Content<'de>;

    fn variant_seed<V: DeserializeSeed<'de>>(
        self,
        seed: V,
    ) -> Result<(V::Value, Content<'de>), TypedError> {
        let name: StrDeserializer<'_, TypedError> = self.name.into_deserializer();
        Ok((seed.deserialize(name)?, Content(self.data)))
    }
}

/// A variant's content, as JSON.
struct Content<'de>(&'de str);

impl<'de> Content<'de> {
    fn read<T>(
        self,
        read: impl FnOnce(
            &mut serde_json::Deserializer<serde_json::de::StrRead<'de>>,
        ) -> Result<T, serde_json::Error>,
    ) -> Result<T, TypedError> {
        let mut json = serde_json::Deserializer::from_str(self.0);
        let value = read(&mut json)?;
        json.end()?;
        Ok(value)
    }
}

impl<'de> VariantAccess<'de> for Content<'de> {
    type Error = TypedError;

    fn unit_variant(self) -> Result<(), TypedError> {
        // Accepts any data, because a `#[serde(other)]` variant matches all other event types.
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(
        self,
        seed: T,
    ) -> Result<T::Value, TypedError> {
        self.read(|json| seed.deserialize(json))
    }

    fn tuple_variant<V: Visitor<'de>>(
        self,
        len: usize,
        visitor: V,
    ) -> Result<V::Value, TypedError> {
        self.read(|json| json.deserialize_tuple(len, visitor))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, TypedError> {
        self.read(|json| json.deserialize_struct("", fields, visitor))
    }
}
