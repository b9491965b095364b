// SPDX-License-Identifier: Apache-2.0
//! A device of one's own: a scrubber that wipes a buffer before its pages go
//! to somebody else, and that the IOMMU keeps out of everything else.
//!
//! ```sh
//! cargo run -p sallyport-harness --example scrubber
//! ```

mod device;

use device::{Scrubber, scrub};
use sallyport_harness::prelude::*;

/// The scrubber's device id.
const SCRUBBER: u16 = 0x40;

fn main() {
    system_test!()
        .command("cargo run -p sallyport-harness --example scrubber")
        .run(async |ctx| {
            let found = wipes_what_it_is_given(&ctx).await?;
            println!("{found} bytes of the previous owner were wiped");
            let (at, record) = stops_at_the_end_of_its_buffer(&ctx).await?;
            println!("behind its buffer, at {at}, the scrubber was refused:");
            println!("  {}", record.cause.description());
            println!("{} clocks", ctx.now().0);
            Ok::<(), OsError>(())
        });
}

/// Fills a buffer of three pages with secrets, has it wiped, and tells how many
/// bytes the scrubber found.
async fn wipes_what_it_is_given(ctx: &Ctx) -> Result<u64, OsError> {
    let os = ctx.boot().await;
    let scrubber = ctx.attach(DeviceId::from(SCRUBBER), Scrubber::default());
    let space = os.attach(scrubber.id()).await?;
    let buffer = space.allocate(3 * PAGE_SIZE).await?;
    os.write(&buffer, 0xff0, &[0x5a; 5000]);

    let found = scrub(&scrubber, buffer.iova(), buffer.bytes()).await;
    let left = os.read(&buffer, 0, buffer.bytes() as usize);
    assert!(left.iter().all(|byte| *byte == 0));
    os.shutdown().await?;
    Ok(found.expect("the buffer is mapped"))
}

/// Has the scrubber wipe more than it was given; tells where it was stopped and
/// what the IOMMU reports.
async fn stops_at_the_end_of_its_buffer(ctx: &Ctx) -> Result<(Iova, FaultRecord), OsError> {
    let os = ctx.boot().await;
    let scrubber = ctx.attach(DeviceId::from(SCRUBBER + 1), Scrubber::default());
    let mut faults = os.watch_faults(Some(scrubber.id()));
    let buffer = os.attach(scrubber.id()).await?.allocate(PAGE_SIZE).await?;

    let refused = scrub(&scrubber, buffer.iova(), 2 * PAGE_SIZE).await;
    let record = faults.next().await;
    assert_eq!(record.iotval, buffer.at(PAGE_SIZE).raw());
    Ok((refused.expect_err("nothing is mapped there"), record))
}

#[test]
fn a_scrubber_wipes_what_it_is_given() {
    system_test!().run(async |ctx| {
        assert_eq!(wipes_what_it_is_given(&ctx).await?, 5000);
        Ok::<(), OsError>(())
    });
}

#[test]
fn a_scrubber_stops_at_the_end_of_its_buffer() {
    system_test!()
        .build(Build::Full)
        .system(SystemConfig::random)
        .run(async |ctx| {
            let (at, record) = stops_at_the_end_of_its_buffer(&ctx).await?;
            assert_eq!(at.raw(), record.iotval);
            Ok::<(), OsError>(())
        });
}
