//! Chained setters, from a table.

/// Writes chained setters for a structure.
///
/// ```text
/// wire_setters! { StopTaskRequest {
///     value task: String,
///     option reason: String,
///     option list tags: Tag,
///     option map labels: String,
/// } }
/// ```
///
/// They are `#[inline]`: the crate compiles none of them, a program those that it uses.
#[doc(hidden)]
#[macro_export]
macro_rules! wire_setters {
    ($type:ident { $($rest:tt)* }) => {
        #[allow(clippy::should_implement_trait)] // members can be called what they like
        impl $type {
            $crate::wire_setters!(@ $($rest)*);
        }
    };
    (@ value $field:ident: $value:ty, $($rest:tt)*) => {
        #[doc = concat!("Sets `", stringify!($field), "`.")]
        #[inline]
        #[must_use]
        pub fn $field(mut self, $field: impl Into<$value>) -> Self {
            self.$field = $field.into();
            self
        }
        $crate::wire_setters!(@ $($rest)*);
    };
    (@ option $field:ident: $value:ty, $($rest:tt)*) => {
        #[doc = concat!("Sets `", stringify!($field), "`.")]
        #[inline]
        #[must_use]
        pub fn $field(mut self, $field: impl Into<$value>) -> Self {
            self.$field = Some($field.into());
            self
        }
        $crate::wire_setters!(@ $($rest)*);
    };
    (@ list $field:ident: $value:ty, $($rest:tt)*) => {
        #[doc = concat!("Sets `", stringify!($field), "`.")]
        #[inline]
        #[must_use]
        pub fn $field(mut self, $field: impl IntoIterator<Item = impl Into<$value>>) -> Self {
            self.$field = $field.into_iter().map(Into::into).collect();
            self
        }
        $crate::wire_setters!(@ $($rest)*);
    };
    (@ option list $field:ident: $value:ty, $($rest:tt)*) => {
        #[doc = concat!("Sets `", stringify!($field), "`.")]
        #[inline]
        #[must_use]
        pub fn $field(mut self, $field: impl IntoIterator<Item = impl Into<$value>>) -> Self {
            self.$field = Some($field.into_iter().map(Into::into).collect());
            self
        }
        $crate::wire_setters!(@ $($rest)*);
    };
    (@ map $field:ident: $value:ty, $($rest:tt)*) => {
        #[doc = concat!("Sets `", stringify!($field), "`.")]
        #[inline]
        #[must_use]
        pub fn $field<K: Into<String>, V: Into<$value>>(
            mut self,
            $field: impl IntoIterator<Item = (K, V)>,
        ) -> Self {
            self.$field = $field.into_iter().map(|(k, v)| (k.into(), v.into())).collect();
            self
        }
        $crate::wire_setters!(@ $($rest)*);
    };
    (@ option map $field:ident: $value:ty, $($rest:tt)*) => {
        #[doc = concat!("Sets `", stringify!($field), "`.")]
        #[inline]
        #[must_use]
        pub fn $field<K: Into<String>, V: Into<$value>>(
            mut self,
            $field: impl IntoIterator<Item = (K, V)>,
        ) -> Self {
            self.$field = Some($field.into_iter().map(|(k, v)| (k.into(), v.into())).collect());
            self
        }
        $crate::wire_setters!(@ $($rest)*);
    };
    (@) => {};
}
