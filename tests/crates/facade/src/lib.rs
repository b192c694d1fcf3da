//! A library that hands gcache on, as a part of its own interface, and writes its macros for others.

pub use gcache;

/// The same, deeper and by another name.
pub mod prelude {
    pub use gcache as cache;
}

/// A model and a cached function of the program that calls this, which need not know of gcache.
#[macro_export]
macro_rules! service {
    ($model:ident, $name:ident($key:ident)) => {
        #[derive(Clone, $crate::gcache::Invalidates)]
        #[group(crate = $crate::gcache)]
        pub struct $model {
            pub id: u64,
            #[group(index)]
            pub owner: String,
        }

        #[$crate::gcache::cache_against($model($key), crate = $crate::gcache)]
        pub fn $name($key: u64) -> $model {
            $crate::gcache::depends_on!($model(owner = "ann"), crate = $crate::gcache);
            $model { id: $key, owner: String::from("ann") }
        }

        #[$crate::gcache::invalidates(crate = $crate::gcache)]
        impl $model {
            pub fn give(&mut self, owner: &str) {
                self.owner = String::from(owner);
            }
        }
    };
}
