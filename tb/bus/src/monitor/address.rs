// SPDX-License-Identifier: Apache-2.0
//! Rules that an address phase keeps or breaks by itself.

use super::{MonitorConfig, Rule};
use crate::{AxBeat, Burst, burst_range};

/// Reports every rule that `ax` breaks.
pub(super) fn check(ax: &AxBeat, config: &MonitorConfig, mut broken: impl FnMut(Rule)) {
    let mut rule = |holds: bool, rule| {
        if !holds {
            broken(rule);
        }
    };
    let fits = |value: u64, bits: u32| bits >= 64 || value >> bits == 0;
    rule(
        fits(u64::from(ax.id), config.id_bits)
            && fits(ax.addr, config.addr_bits)
            && fits(ax.user, config.user_bits)
            && ax.burst < 4
            && ax.size < 8
            && ax.cache < 16
            && ax.prot < 8
            && ax.qos < 16,
        Rule::FieldTooWide,
    );
    rule(ax.size <= config.width.size(), Rule::SizeTooWide);
    // Allocation hints only exist for modifiable transactions.
    rule(
        ax.cache & 0b1100 == 0 || ax.cache & 0b0010 != 0,
        Rule::ReservedCache,
    );
    let bytes = u64::from(ax.beat_bytes());
    let total = u64::from(ax.beats()) * bytes;
    match Burst::from_bits(ax.burst) {
        None => rule(false, Rule::ReservedBurst),
        Some(Burst::Fixed) => rule(ax.beats() <= 16, Rule::FixedLength),
        Some(Burst::Wrap) => {
            rule(matches!(ax.beats(), 2 | 4 | 8 | 16), Rule::WrapLength);
            rule(ax.addr & (bytes - 1) == 0, Rule::WrapAlignment);
        }
        Some(Burst::Incr) => {
            let (start, len) = burst_range(ax, config.width);
            let last = start.wrapping_add(len - 1);
            rule(start >> 12 == last >> 12, Rule::CrossesPage);
        }
    }
    if ax.lock {
        rule(config.exclusive, Rule::ExclusiveForbidden);
        rule(
            total.is_power_of_two() && total <= 128 && ax.beats() <= 16,
            Rule::ExclusiveSize,
        );
        rule(
            ax.addr & (total.next_power_of_two() - 1) == 0,
            Rule::ExclusiveAlignment,
        );
    }
}
