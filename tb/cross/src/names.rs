// SPDX-License-Identifier: Apache-2.0
//! Enumerations whose values have names.

/// A name that nothing has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no {kind} called {name}")]
pub struct UnknownName {
    /// What was looked for.
    pub kind: &'static str,
    /// The name.
    pub name: String,
}

/// An enumeration with all its values, and a name for each.
macro_rules! named {
    ($(#[$doc:meta])* $kind:literal $type:ident {
        $($(#[$value_doc:meta])* $value:ident = $name:literal,)*
    }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum $type {
            $($(#[$value_doc])* $value,)*
        }

        impl $type {
            /// All values, in order.
            pub const ALL: &[Self] = &[$(Self::$value),*];

            /// The value's name.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$value => $name,)*
                }
            }
        }

        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.name())
            }
        }

        impl std::str::FromStr for $type {
            type Err = $crate::names::UnknownName;

            fn from_str(name: &str) -> Result<Self, Self::Err> {
                match name {
                    $($name => Ok(Self::$value),)*
                    _ => Err($crate::names::UnknownName {
                        kind: $kind,
                        name: name.to_owned(),
                    }),
                }
            }
        }
    };
}
