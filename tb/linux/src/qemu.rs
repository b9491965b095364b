// SPDX-License-Identifier: Apache-2.0
//! How QEMU is started.

use crate::child::Program;
use crate::{Distribution, Error};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// MiB of the guest's memory.
pub const MEMORY_MIB: u32 = 512;

/// How long QEMU may take for a device tree: it takes a second.
const DUMP: Duration = Duration::from_secs(60);

/// What the guest's functions are.
#[derive(Clone, Copy, Debug)]
pub enum Functions<'a> {
    /// The RTL's, by their sockets.
    Served {
        /// The IOMMU.
        iommu: &'a Path,
        /// The NVMe controller.
        nvme: &'a Path,
    },
    /// QEMU's own, with this file as the disk.
    Own {
        /// The disk.
        disk: &'a Path,
    },
}

/// The files that a guest is booted from, and its command line.
#[derive(Clone, Copy, Debug)]
pub struct Boot<'a> {
    /// The initramfs.
    pub initramfs: &'a Path,
    /// The device tree.
    pub tree: &'a Path,
    /// Words for the guest's init.
    pub words: &'a str,
}

fn machine(distribution: &Distribution, boot: &Boot<'_>, options: &str) -> Command {
    let mut command = Command::new(&distribution.qemu);
    command.arg("-L").arg(&distribution.firmware);
    // Shared memory: the functions' side sees it.
    let memory = format!("memory-backend-memfd,id=mem0,size={MEMORY_MIB}M,share=on");
    command.args(["-object", &memory]);
    command.args([
        "-M",
        &format!("virt,aia=aplic-imsic,memory-backend=mem0{options}"),
    ]);
    command.args(["-m", &format!("{MEMORY_MIB}M"), "-smp", "1"]);
    command.args(["-display", "none", "-monitor", "none", "-serial", "stdio"]);
    command.args(["-no-reboot", "-nodefaults"]);
    command.arg("-kernel").arg(&distribution.kernel);
    command.arg("-initrd").arg(boot.initramfs);
    // Init's lines are not to be dropped, and a panic ends the run.
    let words = format!("console=ttyS0 printk.devkmsg=on panic=-1 {}", boot.words);
    command.args(["-append", &words]);
    command
}

/// Writes the device tree: QEMU makes it, with an IOMMU of its own where the RTL's
/// will be, which gives the `iommu-map` of the PCI host bridge.
///
/// # Errors
/// [`Error::Start`], [`Error::DeviceTree`].
pub fn dump_tree(distribution: &Distribution, boot: &Boot<'_>) -> Result<(), Error> {
    let option = format!(",dumpdtb={}", boot.tree.display());
    let mut command = machine(distribution, boot, &option);
    command.args(["-device", "riscv-iommu-pci,addr=2.0"]);
    let (status, errors) = Program::start(&command)?.wait(DUMP);
    if status.is_some_and(|status| status.success()) && boot.tree.exists() {
        return Ok(());
    }
    let last = errors.last().map_or("it said nothing", String::as_str);
    Err(Error::DeviceTree(last.to_owned()))
}

/// The guest itself.
#[must_use]
pub fn guest(distribution: &Distribution, boot: &Boot<'_>, functions: Functions<'_>) -> Command {
    let mut command = machine(distribution, boot, "");
    match functions {
        Functions::Served { iommu, nvme } => {
            command.arg("-dtb").arg(boot.tree);
            for (address, socket) in [("2.0", iommu), ("1.0", nvme)] {
                let device = serde_json::json!({
                    "driver": "vfio-user-pci",
                    "addr": address,
                    "socket": { "type": "unix", "path": socket },
                });
                command.args(["-device", &device.to_string()]);
            }
        }
        Functions::Own { disk } => {
            // QEMU puts this IOMMU into the tree itself.
            let drive = format!("file={},if=none,id=disk,format=raw", disk.display());
            command.args(["-device", "riscv-iommu-pci,addr=2.0", "-drive", &drive]);
            command.args(["-device", "nvme,addr=1.0,drive=disk,serial=sallyport"]);
        }
    }
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_functions_are_where_the_tree_says() {
        let distribution = Distribution {
            qemu: "q".into(),
            firmware: "f".into(),
            kernel: "k".into(),
            busybox: "b".into(),
            modules: "m".into(),
            release: String::new(),
            suite: String::new(),
            packages: Vec::new(),
        };
        let boot = Boot {
            initramfs: Path::new("i"),
            tree: Path::new("t"),
            words: "sallyport.mib=1",
        };
        let functions = Functions::Served {
            iommu: Path::new("a.sock"),
            nvme: Path::new("b.sock"),
        };
        let text = format!("{:?}", guest(&distribution, &boot, functions));
        assert!(text.contains("share=on"), "{text}");
        assert!(
            text.contains(r#"2.0\",\"driver\":\"vfio-user-pci\",\"socket\":{\"path\":\"a.sock\""#),
            "{text}"
        );
        assert!(
            text.contains(r#"1.0\",\"driver\":\"vfio-user-pci\",\"socket\":{\"path\":\"b.sock\""#),
            "{text}"
        );
        assert!(text.contains("panic=-1 sallyport.mib=1"), "{text}");
    }
}
