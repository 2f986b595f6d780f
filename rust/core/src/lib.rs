//! The core of nsmig: values in, values out. It knows neither Python nor files nor a clock.
//!
//! Data flows one way:
//!
//! ```text
//! migrations ──history──▶ order, leaves ──fold (apply)──▶ schema ──diff──▶ change ──rewrite──▶ operations
//!                           ├──plan(applied)──▶ what has to run                 ▲
//!                           └──squash──▶ trace ─────────────────────────────────┘
//! ```

pub mod adjacency;
pub mod apply;
pub mod change;
pub mod diff;
pub mod error;
pub mod history;
pub mod name;
pub mod name_map;
mod nesting;
pub mod operation;
mod order;
pub mod plan;
pub mod branches;
pub mod likeness;
pub mod rewrite;
pub mod schema;
pub mod squash;
mod trace;
pub mod value;
