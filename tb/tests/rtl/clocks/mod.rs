// SPDX-License-Identifier: Apache-2.0
//! Tests that count clocks. Memory answers after exactly L clocks, so that the
//! figures are the same in every run.

mod cold;
mod fence;
mod hits;
mod misses;
mod rates;
mod setup;
mod two_stages;
