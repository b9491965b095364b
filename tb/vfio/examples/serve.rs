// SPDX-License-Identifier: Apache-2.0
//! Serves both functions until standard input ends, and prints what has happened:
//! `cargo run --release -p sallyport-vfio --example serve -- iommu.sock nvme.sock`.

use sallyport_vfio::{Options, Server};
use std::io::{Read, stdin};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args_os().skip(1);
    let (Some(iommu), Some(nvme)) = (arguments.next(), arguments.next()) else {
        return Err("give the paths of two sockets: the IOMMU's and the NVMe controller's".into());
    };
    let server = Server::start(Options::new(iommu, nvme))?;
    stdin().read_to_end(&mut Vec::new())?;
    let counters = server.stop()?;
    println!("{}", serde_json::to_string_pretty(&counters)?);
    Ok(())
}
