// SPDX-License-Identifier: Apache-2.0
//! "Process to locate the Device-context".

use sallyport_formats::constants as c;
use sallyport_formats::{DeviceContext, DeviceId, Spa};

use super::DDT;
use super::device_checks::is_misconfigured;
use crate::configuration::Configuration;
use crate::fault::Fault;
use crate::trace::Structure;
use crate::walk::Walk;

/// Walks the device directory that `ddtp` points to. The width of
/// `device_id` has been checked.
pub(crate) fn locate_device_context(
    walk: &mut Walk<'_>,
    configuration: &Configuration,
    device_id: DeviceId,
) -> Result<DeviceContext, Fault> {
    let indices = device_id.directory_indices(configuration.extended_contexts());
    let endian = configuration.endian();
    let mut table = configuration.ddtp.ppn << 12;
    for level in (1..configuration.ddtp.mode.levels()).rev() {
        let address = Spa::new(table + u64::from(indices[level as usize]) * c::DDT_ENTRY_BYTES);
        let [entry] = walk
            .read(Structure::DdtEntry(level as u8), address, endian, 0)
            .map_err(|error| DDT.memory_fault(error))?;
        table = DDT.next_table(walk, entry)?;
    }
    let words = read_context(walk, configuration, table, u64::from(indices[0]))?;
    let dc = DeviceContext::parse(words);
    DDT.check(walk, dc.tc.v, is_misconfigured(words, configuration))?;
    Ok(dc)
}

/// Reads the context at this index of the leaf table; the doublewords that
/// the base format lacks are 0.
fn read_context(
    walk: &mut Walk<'_>,
    configuration: &Configuration,
    table: u64,
    index: u64,
) -> Result<[u64; 8], Fault> {
    let endian = configuration.endian();
    if configuration.extended_contexts() {
        let address = Spa::new(table + index * c::DC_EXTENDED_BYTES);
        walk.read(Structure::DeviceContext, address, endian, 0)
    } else {
        let address = Spa::new(table + index * c::DC_BASE_BYTES);
        walk.read(Structure::DeviceContext, address, endian, 0)
            .map(|[tc, iohgatp, ta, fsc]| [tc, iohgatp, ta, fsc, 0, 0, 0, 0])
    }
    .map_err(|error| DDT.memory_fault(error))
}
