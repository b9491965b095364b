// SPDX-License-Identifier: Apache-2.0
//! A virtual machine with a NIC, for scenes 6 and 7.

use sallyport_bench::Attached;
use sallyport_devices::Nic;
use sallyport_formats::{DeviceId, Gscid, Iova, Spa};
use sallyport_os::{AddressSpace, NicDriver, NicLayout, Os, OsError, VirtualMachine, VmConfig};

/// The identity of the interrupt of frames received.
pub const RECEIVED: u32 = 33;
/// That of frames transmitted.
pub const TRANSMITTED: u32 = 34;

/// A machine whose guest runs a NIC.
pub struct Guest {
    pub machine: VirtualMachine,
    /// The guest's operating system.
    pub os: Os,
    pub driver: NicDriver,
}

/// What the machines of these scenes have in common.
pub const fn config(name: &'static str, gscid: Gscid) -> VmConfig {
    VmConfig {
        name,
        gscid,
        second_stage: true,
        harts: 2,
        messages: true,
    }
}

impl Guest {
    /// Makes the machine, gives it the NIC, boots the guest and has that set the
    /// NIC up. Messages for frames received go to the first of `harts`, those
    /// for frames transmitted to the second.
    pub async fn start(
        host: &Os,
        nic: &Attached<Nic>,
        id: DeviceId,
        config: VmConfig,
        harts: [u32; 2],
    ) -> Result<Self, OsError> {
        let machine = VirtualMachine::new(host, config)?;
        machine.give(id).await?;
        let os = machine.boot();
        let space = os.attach(id).await?;
        let driver = NicDriver::start(nic.clone(), &space, NicLayout::default()).await?;
        let mut files = Vec::new();
        for hart in 0..config.harts {
            files.push(map_file(&machine, &space, hart)?);
        }
        let [received, transmitted] = harts.map(|hart| files[hart as usize]);
        driver
            .use_messages((received, RECEIVED), (transmitted, TRANSMITTED))
            .await;
        Ok(Self {
            machine,
            os,
            driver,
        })
    }
}

/// Maps an interrupt file of the guest's for a device; gives its address.
fn map_file(machine: &VirtualMachine, space: &AddressSpace, hart: u32) -> Result<Iova, OsError> {
    // What the guest takes for a physical address is guest-physical.
    let page = Spa::new(machine.file_address(hart).raw());
    Ok(space.adopt(vec![page])?.iova())
}
