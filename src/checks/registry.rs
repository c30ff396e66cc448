//! The list of all checks. This line is the only edit that a new check needs outside its own file.

use super::Check;

macro_rules! checks {
    ($($module:ident),* $(,)?) => {
        /// Every check, by name.
        pub fn all() -> &'static [&'static Check] {
            static ALL: &[&Check] = &[$(&super::$module::CHECK),*];
            ALL
        }

        #[cfg(test)]
        mod pages {
            $(
                #[test]
                fn $module() {
                    crate::checks::harness::check_page(&crate::checks::$module::CHECK);
                }
            )*
        }
    };
}

checks! {
    unused_allow,
}
