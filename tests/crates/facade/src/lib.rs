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

        $crate::gcache::group!(
            pub Owned(owner: String, id: u64), index(owner, id), index(shelf: u8), crate = $crate::gcache
        );

        #[derive(Clone, $crate::gcache::Depends)]
        #[depends($model($key), Owned?(owner, $key), Owned(shelf = shelf), crate = $crate::gcache)]
        pub struct Found {
            pub $key: u64,
            pub owner: Option<String>,
            pub shelf: u8,
        }

        #[$crate::gcache::invalidates(crate = $crate::gcache)]
        impl $model {
            pub fn give(&mut self, owner: &str) {
                self.owner = String::from(owner);
            }
        }
    };
}
