//! Sections of the configuration that carry their own documentation.

/// A section of the configuration file: what it is for, and its settings in order.
#[derive(Debug)]
pub(crate) struct Section {
    /// The lines of its doc comment.
    pub(crate) about: &'static [&'static str],
    /// Its settings, in the order of the type's fields.
    pub(crate) settings: Vec<Setting>,
}

/// One setting of a section.
#[derive(Debug)]
pub(crate) struct Setting {
    /// Its key.
    pub(crate) key: &'static str,
    /// The lines of its doc comment.
    pub(crate) doc: &'static [&'static str],
    /// How the example shows it.
    pub(crate) shown: Shown,
}

/// How the example shows a setting. Values are TOML.
#[derive(Debug)]
pub(crate) enum Shown {
    /// Set, since a file can't do without it.
    Set(&'static str),
    /// Commented out, with the value that holds anyway.
    Default(&'static str),
    /// Commented out, with a value that somebody might want.
    Example(&'static str),
    /// A table of its own, with settings that may be left out.
    Table(fn() -> Section),
    /// A table that may be repeated, wholly commented out.
    OptionalTables(fn() -> Section),
    /// Tables that may be repeated: the first documented, and each later one with these settings.
    Tables(fn() -> Section, &'static [&'static [(&'static str, &'static str)]]),
}

/// Declares a section's type, once: its fields are what serde reads, and its doc comments are what
/// the commented example says. Unknown keys are refused.
macro_rules! section {
    (
        $(#[doc = $about:literal])*
        struct $name:ident {
            $( $(#[doc = $doc:literal])* $key:ident : $type:ty => $shown:expr ),* $(,)?
        }
    ) => {
        $(#[doc = $about])*
        #[derive(Debug, serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        pub(crate) struct $name {
            $( $(#[doc = $doc])* pub(crate) $key: $type, )*
        }

        impl $name {
            /// What the commented example says of this section.
            pub(crate) fn section() -> $crate::config::documented::Section {
                use $crate::config::documented::{Section, Setting};
                Section {
                    about: &[$($about),*],
                    settings: vec![$(
                        Setting { key: stringify!($key), doc: &[$($doc),*], shown: $shown }
                    ),*],
                }
            }
        }
    };
}

pub(crate) use section;
