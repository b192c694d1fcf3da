//! What a link costs: each figure beside the same without one.

mod child;
mod parent;

pub use child::{Role, play};
pub use parent::measure;
