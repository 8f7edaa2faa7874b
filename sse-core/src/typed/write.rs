//! Writes enums as events, with a serializer that takes the variant as the event type, and leaves the
//! content to serde_json.

use serde::ser::{self, Impossible, Serialize, Serializer};

use super::TypedError;
use crate::{Event, EventName};

pub(super) fn event<T: Serialize + ?Sized>(value: &T) -> Result<Event, TypedError> {
    let mut data = Vec::with_capacity(128);
    let mut json = serde_json::Serializer::new(&mut data);
    let name = value.serialize(VariantSerializer { json: &mut json })?;
    let data = String::from_utf8(data).map_err(<TypedError as ser::Error>::custom)?;
    Ok(Event { event: Some(name), ..Event::data(data) })
}

type Json<'a> = serde_json::Serializer<&'a mut Vec<u8>>;
type JsonCompound<'a, 'b> =
    serde_json::ser::Compound<'a, &'b mut Vec<u8>, serde_json::ser::CompactFormatter>;

/// Returns the variant's name and writes its content.
struct VariantSerializer<'a, 'b> {
    json: &'a mut Json<'b>,
}

/// The content of a tuple or struct variant.
struct Content<'a, 'b> {
    name: EventName,
    json: JsonCompound<'a, 'b>,
}

fn name_of(variant: &'static str) -> Result<EventName, TypedError> {
    EventName::new(bytestring::ByteString::from_static(variant))
        .map_err(|source| TypedError::InvalidName { variant: variant.into(), source })
}

macro_rules! refuse {
    ($($method:ident($($argument:ty),*) $(-> $ok:ty)? => $found:literal)*) => { $(
        fn $method(self, $(_: $argument),*) -> Result<refuse!(@ok $($ok)?), TypedError> {
            Err(TypedError::NotAnEnum { found: $found })
        }
    )* };
    (@ok) => { EventName };
    (@ok $ok:ty) => { $ok };
}

impl<'a, 'b> Serializer for VariantSerializer<'a, 'b> {
    type Ok = EventName;
    type Error = TypedError;
    type SerializeSeq = Impossible<EventName, TypedError>;
    type SerializeTuple = Impossible<EventName, TypedError>;
    type SerializeTupleStruct = Impossible<EventName, TypedError>;
    type SerializeTupleVariant = Content<'a, 'b>;
    type SerializeMap = Impossible<EventName, TypedError>;
    type SerializeStruct = Impossible<EventName, TypedError>;
    type SerializeStructVariant = Content<'a, 'b>;

    fn serialize_unit_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
    ) -> Result<EventName, TypedError> {
        self.json.serialize_unit()?;
        name_of(variant)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        content: &T,
    ) -> Result<EventName, TypedError> {
        content.serialize(self.json)?;
        name_of(variant)
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        len: usize,
    ) -> Result<Content<'a, 'b>, TypedError> {
        Ok(Content { name: name_of(variant)?, json: self.json.serialize_tuple(len)? })
    }

    fn serialize_struct_variant(
        self,
        name: &'static str,
        _: u32,
        variant: &'static str,
        len: usize,
    ) -> Result<Content<'a, 'b>, TypedError> {
        Ok(Content { name: name_of(variant)?, json: self.json.serialize_struct(name, len)? })
    }

    refuse! {
        serialize_bool(bool) => "a boolean"
        serialize_i8(i8) => "an integer"
        serialize_i16(i16) => "an integer"
        serialize_i32(i32) => "an integer"
        serialize_i64(i64) => "an integer"
        serialize_i128(i128) => "an integer"
        serialize_u8(u8) => "an integer"
        serialize_u16(u16) => "an integer"
        serialize_u32(u32) => "an integer"
        serialize_u64(u64) => "an integer"
        serialize_u128(u128) => "an integer"
        serialize_f32(f32) => "a float"
        serialize_f64(f64) => "a float"
        serialize_char(char) => "a character"
        serialize_str(&str) => "a string"
        serialize_bytes(&[u8]) => "a byte array"
        serialize_none() => "an option"
        serialize_unit() => "a unit"
        serialize_unit_struct(&'static str) => "a unit struct"
        serialize_seq(Option<usize>) -> Self::SerializeSeq => "a sequence"
        serialize_tuple(usize) -> Self::SerializeTuple => "a tuple"
        serialize_tuple_struct(&'static str, usize) -> Self::SerializeTupleStruct => "a tuple struct"
        serialize_map(Option<usize>) -> Self::SerializeMap => "a map"
        serialize_struct(&'static str, usize) -> Self::SerializeStruct => "a struct"
    }

    fn serialize_some<T: Serialize + ?Sized>(self, _: &T) -> Result<EventName, TypedError> {
        Err(TypedError::NotAnEnum { found: "an option" })
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: &T,
    ) -> Result<EventName, TypedError> {
        Err(TypedError::NotAnEnum { found: "a newtype struct" })
    }
}

impl ser::SerializeTupleVariant for Content<'_, '_> {
    type Ok = EventName;
    type Error = TypedError;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), TypedError> {
        Ok(ser::SerializeTuple::serialize_element(&mut self.json, value)?)
    }

    fn end(self) -> Result<EventName, TypedError> {
        ser::SerializeTuple::end(self.json)?;
        Ok(self.name)
    }
}

impl ser::SerializeStructVariant for Content<'_, '_> {
    type Ok = EventName;
    type Error = TypedError;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        key: &'static str,
        value: &T,
    ) -> Result<(), TypedError> {
        Ok(ser::SerializeStruct::serialize_field(&mut self.json, key, value)?)
    }

    fn end(self) -> Result<EventName, TypedError> {
        ser::SerializeStruct::end(self.json)?;
        Ok(self.name)
    }
}
