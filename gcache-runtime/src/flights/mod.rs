//! Flights: who computes.

pub(crate) mod alarms;
pub(crate) mod flight;
pub(crate) mod leader;
pub(crate) mod table;
pub(crate) mod wait_graph;
pub(crate) mod waiters;
