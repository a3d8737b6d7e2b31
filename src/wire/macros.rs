//! `wire!`, `codes!`: one declaration, both directions.
//!
//! ```text
//! wire! {
//!     /// RopSetColumns request. MS-OXCROPS 2.2.5.1.1
//!     pub struct SetColumnsRequest { set_columns_flags: u8, property_tags: Vec<PropertyTag> as Counted<u16> }
//! }
//! ```
//! expands to the struct with public fields and
//! ```text
//! impl Wire for SetColumnsRequest {
//!     fn read(r) { Ok(Self { set_columns_flags: u8::read(r)?, property_tags: <Counted<u16> as Form<_>>::read(r)? }) }
//!     fn write(&self, w) { self.set_columns_flags.write(w); <Counted<u16> as Form<_>>::write(&self.property_tags, w); }
//! }
//! ```

/// Declares structures with their wire form. Fields are read and written in order; `as F` names a
/// [`Form`](crate::wire::Form) other than the type's own.
#[macro_export]
macro_rules! wire {
    ($(
        $(#[$meta:meta])*
        pub struct $name:ident { $($(#[$fmeta:meta])* $field:ident : $ty:ty $(as $form:ty)?),* $(,)? }
    )*) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq)]
        pub struct $name { $(
            $(#[$fmeta])*
            #[allow(missing_docs, clippy::allow_attributes, reason = "the field names are the specification's own")]
            pub $field: $ty,
        )* }

        impl $crate::wire::Wire for $name {
            #[allow(unused_variables, clippy::allow_attributes, reason = "structures without fields")]
            fn read(r: &mut $crate::wire::Reader<'_>) -> Result<Self, $crate::wire::WireError> {
                Ok(Self { $($field: $crate::wire!(@read r, $ty $(, $form)?)),* })
            }
            #[allow(unused_variables, clippy::allow_attributes, reason = "structures without fields")]
            fn write(&self, w: &mut $crate::wire::Writer) {
                $($crate::wire!(@write self.$field, w, $ty $(, $form)?);)*
            }
        }
    )*};
    (@read $r:ident, $ty:ty, $form:ty) => { <$form as $crate::wire::Form<$ty>>::read($r)? };
    (@read $r:ident, $ty:ty) => { <$ty as $crate::wire::Wire>::read($r)? };
    (@write $value:expr, $w:ident, $ty:ty, $form:ty) => { <$form as $crate::wire::Form<$ty>>::write(&$value, $w) };
    (@write $value:expr, $w:ident, $ty:ty) => { <$ty as $crate::wire::Wire>::write(&$value, $w) };
}

/// Declares an integer whose known values have names; unknown values are kept, not refused.
#[macro_export]
macro_rules! codes {
    (
        $(#[$meta:meta])*
        pub struct $name:ident($int:ty);
        $($(#[$vmeta:meta])* $value:literal $code:ident;)*
    ) => {
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(
            #[doc = "The number on the wire."]
            pub $int,
        );

        #[allow(non_upper_case_globals, missing_docs, clippy::allow_attributes, reason = "the specification's own spelling")]
        impl $name {
            $($(#[$vmeta])* pub const $code: Self = Self($value);)*

            /// Every named value with its name, in the order of the table. Kept as one list of numbers
            /// and one of names, not of pairs with pointers: that is half the size in the program.
            pub fn named() -> impl Iterator<Item = (Self, &'static str)> {
                const VALUES: &[$int] = &[$($value),*];
                const NAMES: &str = concat!($(stringify!($code), "\n"),*);
                VALUES.iter().copied().map(Self).zip(NAMES.lines())
            }

            /// The specification's name of this value.
            #[must_use]
            pub fn name(self) -> Option<&'static str> {
                Self::named().find(|(value, _)| *value == self).map(|(_, name)| name)
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                match self.name() {
                    Some(name) => f.write_str(name),
                    None => write!(f, "{:#X}", self.0),
                }
            }
        }

        impl $crate::wire::Wire for $name {
            fn read(r: &mut $crate::wire::Reader<'_>) -> Result<Self, $crate::wire::WireError> {
                Ok(Self(<$int as $crate::wire::Wire>::read(r)?))
            }
            fn write(&self, w: &mut $crate::wire::Writer) {
                <$int as $crate::wire::Wire>::write(&self.0, w);
            }
        }
    };
}
