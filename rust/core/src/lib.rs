//! The core of nsmig: values in, values out. It depends on neither Python, files nor a clock.
//!
//! Data flows one way:
//!
//! ```text
//! migrations ──history──▶ order, leaves ──fold (apply)──▶ schema ──diff──▶ change ──rewrite──▶ operations
//!                           ├──plan(applied)──▶ what has to run                 ▲
//!                           └──squash──▶ trace ──entangled──▶ kept, and ─────────┘
//! ```

// From the ground up: each module uses only those above it.
pub mod value;
pub mod likeness;
pub mod name;
pub mod kind;
pub mod touches;
pub mod name_map;
pub mod shared_map;
pub mod adjacency;
pub mod catalog;
pub mod schema;
pub mod catalog_rules;
pub mod spelling;
pub mod operation;
pub mod canonical;
pub mod migration;
pub mod indexing;
pub mod apply;
mod carry;
pub mod plain;
pub mod error;
mod order;
mod nesting;
pub mod history;
pub mod plan;
pub mod branches;
pub mod change;
pub mod rewrite;
pub mod diff;
mod traced;
mod trace;
mod declarers;
pub mod kept;
mod groups;
mod wall;
mod left_out;
mod entangled;
mod weighing;
pub mod squash;
pub mod squash_range;
#[cfg(test)]
mod written;
