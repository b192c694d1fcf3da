//! The shape of a value: the names of its structs, fields and variants and the types of its parts, in the order in which
//! `serde` meets them.
//!
//! The compact form of a value has no names. So bytes that another version of a program wrote may decode to a value that
//! is not the one that was meant: two fields of one type that have changed places, or a new field that has a default. A
//! value that is decoded must have the shape that was written.

use serde::ser::{self, Serialize};
use std::fmt::{self, Display};
use std::hash::Hasher;

/// The shape of `value`, if it can be serialized.
pub(super) fn shape(value: &(impl Serialize + ?Sized)) -> Option<u64> {
    let mut shape = ShapeHash(0xcbf2_9ce4_8422_2325);
    value.serialize(&mut shape).ok()?;
    Some(shape.0)
}

/// FNV-1a: the same in all processes and on all machines.
struct ShapeHash(u64);

impl Hasher for ShapeHash {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
}

impl ShapeHash {
    fn note(&mut self, tag: u8) {
        self.write(&[tag]);
    }

    fn name(&mut self, tag: u8, name: &str) {
        self.write(&[tag]);
        self.write(name.as_bytes());
        self.write(&[0xff]);
    }
}

/// A type's own `Serialize` has failed.
#[derive(Debug)]
struct NoShape;

impl Display for NoShape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("it cannot be serialized")
    }
}

impl std::error::Error for NoShape {}

impl ser::Error for NoShape {
    fn custom<T: Display>(_: T) -> Self {
        Self
    }
}

macro_rules! scalars {
    ($($method:ident $ty:ty = $tag:literal),* $(,)?) => {
        $(fn $method(self, _: $ty) -> Result<(), NoShape> {
            self.note($tag);
            Ok(())
        })*
    };
}

impl ser::Serializer for &mut ShapeHash {
    type Ok = ();
    type Error = NoShape;
    type SerializeSeq = Self;
    type SerializeTuple = Self;
    type SerializeTupleStruct = Self;
    type SerializeTupleVariant = Self;
    type SerializeMap = Self;
    type SerializeStruct = Self;
    type SerializeStructVariant = Self;

    scalars! {
        serialize_bool bool = 1, serialize_i8 i8 = 2, serialize_i16 i16 = 3, serialize_i32 i32 = 4,
        serialize_i64 i64 = 5, serialize_i128 i128 = 6, serialize_u8 u8 = 7, serialize_u16 u16 = 8,
        serialize_u32 u32 = 9, serialize_u64 u64 = 10, serialize_u128 u128 = 11, serialize_f32 f32 = 12,
        serialize_f64 f64 = 13, serialize_char char = 14, serialize_str &str = 15, serialize_bytes &[u8] = 16,
    }

    fn serialize_none(self) -> Result<(), NoShape> {
        self.note(17);
        Ok(())
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), NoShape> {
        self.note(18);
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), NoShape> {
        self.note(19);
        Ok(())
    }

    fn serialize_unit_struct(self, name: &'static str) -> Result<(), NoShape> {
        self.name(20, name);
        Ok(())
    }

    fn serialize_unit_variant(
        self,
        name: &'static str,
        _: u32,
        variant: &'static str,
    ) -> Result<(), NoShape> {
        self.name(21, name);
        self.name(21, variant);
        Ok(())
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        value: &T,
    ) -> Result<(), NoShape> {
        self.name(22, name);
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<(), NoShape> {
        self.name(23, name);
        self.name(23, variant);
        value.serialize(self)
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Self, NoShape> {
        self.note(24);
        Ok(self)
    }

    fn serialize_tuple(self, _: usize) -> Result<Self, NoShape> {
        self.note(25);
        Ok(self)
    }

    fn serialize_tuple_struct(self, name: &'static str, _: usize) -> Result<Self, NoShape> {
        self.name(26, name);
        Ok(self)
    }

    fn serialize_tuple_variant(
        self,
        name: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Self, NoShape> {
        self.name(27, name);
        self.name(27, variant);
        Ok(self)
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Self, NoShape> {
        self.note(28);
        Ok(self)
    }

    fn serialize_struct(self, name: &'static str, _: usize) -> Result<Self, NoShape> {
        self.name(29, name);
        Ok(self)
    }

    fn serialize_struct_variant(
        self,
        name: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Self, NoShape> {
        self.name(30, name);
        self.name(30, variant);
        Ok(self)
    }

    /// As the compact form does.
    fn is_human_readable(&self) -> bool {
        false
    }
}

macro_rules! items {
    ($($trait:ident $method:ident),* $(,)?) => {
        $(impl ser::$trait for &mut ShapeHash {
            type Ok = ();
            type Error = NoShape;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), NoShape> {
                value.serialize(&mut **self)
            }

            fn end(self) -> Result<(), NoShape> {
                self.note(31);
                Ok(())
            }
        })*
    };
}

items! {
    SerializeSeq serialize_element, SerializeTuple serialize_element, SerializeTupleStruct serialize_field,
    SerializeTupleVariant serialize_field,
}

macro_rules! fields {
    ($($trait:ident),* $(,)?) => {
        $(impl ser::$trait for &mut ShapeHash {
            type Ok = ();
            type Error = NoShape;

            fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<(), NoShape> {
                self.name(32, name);
                value.serialize(&mut **self)
            }

            fn end(self) -> Result<(), NoShape> {
                self.note(33);
                Ok(())
            }
        })*
    };
}

fields! { SerializeStruct, SerializeStructVariant }

impl ser::SerializeMap for &mut ShapeHash {
    type Ok = ();
    type Error = NoShape;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), NoShape> {
        key.serialize(&mut **self)
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), NoShape> {
        value.serialize(&mut **self)
    }

    fn end(self) -> Result<(), NoShape> {
        self.note(34);
        Ok(())
    }
}
