// SPDX-License-Identifier: Apache-2.0
//! Waiting for fault records.

use sallyport_bench::Host;
use sallyport_formats::FaultRecord;
use sallyport_os::FaultWatch;

/// Clocks in which a record must come.
const PATIENCE: u64 = 40_000;
/// Clocks between two looks.
const PAUSE: u64 = 32;

/// The next fault record, if it comes in time.
pub async fn next_record(host: &Host, faults: &mut FaultWatch) -> Option<FaultRecord> {
    for _ in 0..PATIENCE / PAUSE {
        if let Some(record) = faults.try_next() {
            return Some(record);
        }
        host.clocks(PAUSE).await;
    }
    None
}
