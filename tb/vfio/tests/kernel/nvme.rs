// SPDX-License-Identifier: Apache-2.0
//! The NVMe controller's function, with addresses that pass the IOMMU as they are.

use crate::controller::{ADMIN, Controller, ENTRIES, IO, command, transfer};
use crate::machine::{CONFIG, Function, RAM, RAM_BYTES, Ram, Rig};
use sallyport_driver::Memory;
use sallyport_formats::Spa;
use sallyport_formats::constants as c;

const BASE: Spa = Spa::new(RAM);
const DATA: u64 = RAM + 0x10_0000;
const LIST: u64 = RAM + 0x8000;
/// Where no memory is.
const NOWHERE: u64 = RAM + RAM_BYTES;

/// The rig, memory, and both functions: Bare, and the controller enabled.
fn bare() -> (Rig, Ram, Function, Controller) {
    let rig = Rig::start(|_| ());
    let ram = Ram::new();
    let mut iommu = rig.iommu(&ram);
    iommu.put64(c::REG_DDTP, 1);
    let controller = Controller::enable(rig.nvme(&ram), BASE, 0);
    (rig, ram, iommu, controller)
}

/// The same, with I/O queues.
fn with_queues() -> (Rig, Ram, Function, Controller) {
    let (rig, mut ram, iommu, mut nvme) = bare();
    nvme.create_queues(&mut ram);
    (rig, ram, iommu, nvme)
}

#[test]
fn the_controller_becomes_ready_and_stops() {
    let rig = Rig::start(|_| ());
    let mut nvme = rig.nvme(&Ram::new());
    assert_eq!(nvme.get::<4>(CONFIG, 8)[1..], [0x02, 0x08, 0x01]);
    assert_eq!(nvme.get64(0) & 0xffff, 1023);
    assert_eq!(nvme.get32(8), 0x0001_0400);
    nvme.put32(0x24, 0x001f_001f);
    nvme.put64(0x28, 0x8000_0000);
    nvme.put64(0x30, 0x8000_1000);
    nvme.put32(0x14, 0x0046_0001);
    nvme.until(0x1c, |csts| csts == 1);
    nvme.put32(0x14, 0x0046_4001);
    nvme.until(0x1c, |csts| csts == 0b1001);
    nvme.put32(0x14, 0);
    nvme.until(0x1c, |csts| csts == 0);
    let counters = rig.server.stop().unwrap();
    assert_eq!(counters.nvme.enabled, 1);
}

#[test]
fn admin_commands_answer() {
    let (rig, mut ram, _iommu, mut nvme) = bare();
    // Identify: the controller, the namespace, across two pages.
    nvme.done(&mut ram, ADMIN, command(0x06, 0, DATA, 0, [1, 0, 0]));
    let mut name = [0; 14];
    ram.read(Spa::new(DATA + 24), &mut name);
    assert_eq!(&name, b"Sallyport NVMe");
    let next = DATA + 0x5000;
    let words = command(0x06, 1, DATA + 0x1ff8, next, [0, 0, 0]);
    nvme.done(&mut ram, ADMIN, words);
    assert_eq!(ram.read64(Spa::new(DATA + 0x1ff8)), 2048, "blocks");
    assert_eq!(ram.read64(Spa::new(next)), 2048, "capacity");

    // Number of queues; a log page; what is asked for events, ended by Abort.
    let words = command(0x09, 0, 0, 0, [7, 0x0001_0001, 0]);
    assert_eq!(nvme.done(&mut ram, ADMIN, words), 0x0007_0007);
    nvme.done(
        &mut ram,
        ADMIN,
        command(0x02, 0, DATA, 0, [127 << 16 | 2, 0, 0]),
    );
    let event = nvme.queue(&mut ram, ADMIN, command(0x0c, 0, 0, 0, [0; 3]));
    let words = command(0x08, 0, 0, 0, [u32::from(event) << 16, 0, 0]);
    let abort = nvme.queue(&mut ram, ADMIN, words);
    nvme.ring(ADMIN);
    let ended = nvme.next(&ram, ADMIN);
    assert_eq!((ended.id, ended.status), (event, 0x007));
    let ended = nvme.next(&ram, ADMIN);
    assert_eq!((ended.id, ended.status, ended.result), (abort, 0, 0));
    let counters = rig.server.stop().unwrap();
    assert_eq!(counters.nvme.admin["Identify"], 2);
    assert_eq!(counters.nvme_interrupts[&0], 6);
}

#[test]
fn illegal_admin_commands_get_the_status_that_says_why() {
    let (_rig, mut ram, _iommu, mut nvme) = with_queues();
    let shape = (ENTRIES - 1) << 16;
    let queue = RAM + 0x9000;
    let cases = [
        (command(0x7f, 0, 0, 0, [0; 3]), 0x001),
        (command(0x06, 0, DATA, 0, [0x55, 0, 0]), 0x002),
        (command(0x06, 2, DATA, 0, [0, 0, 0]), 0x00b),
        (command(0x06, 0, DATA + 2, 0, [1, 0, 0]), 0x013),
        (command(0x06, 0, DATA + 8, DATA + 12, [1, 0, 0]), 0x013),
        (command(0x06, 0, NOWHERE, 0, [1, 0, 0]), 0x004),
        (command(0x02, 0, DATA, 0, [0x77, 0, 0]), 0x109),
        (command(0x09, 0, 0, 0, [0x0d, 0, 0]), 0x002),
        (command(0x09, 0, 0, 0, [1 << 31 | 6, 0, 0]), 0x10d),
        // Queues: number, size, contiguity, alignment, vector, partner.
        (command(0x05, 0, queue, 0, [shape, 1, 0]), 0x101),
        (command(0x05, 0, queue, 0, [shape | 1, 1, 0]), 0x101),
        (command(0x05, 0, queue, 0, [shape | 9, 1, 0]), 0x101),
        (command(0x05, 0, queue, 0, [2, 1, 0]), 0x102),
        (command(0x05, 0, queue, 0, [1024 << 16 | 2, 1, 0]), 0x102),
        (command(0x05, 0, queue, 0, [shape | 2, 0, 0]), 0x002),
        (command(0x05, 0, queue + 8, 0, [shape | 2, 1, 0]), 0x013),
        (
            command(0x05, 0, queue, 0, [shape | 2, 9 << 16 | 3, 0]),
            0x108,
        ),
        (command(0x01, 0, queue, 0, [shape | 2, 1, 0]), 0x101),
        (
            command(0x01, 0, queue, 0, [shape | 2, 2 << 16 | 1, 0]),
            0x100,
        ),
        (
            command(0x01, 0, queue, 0, [shape | 2, 9 << 16 | 1, 0]),
            0x101,
        ),
        (command(0x04, 0, 0, 0, [1, 0, 0]), 0x10c),
        (command(0x04, 0, 0, 0, [5, 0, 0]), 0x101),
        (command(0x00, 0, 0, 0, [0, 0, 0]), 0x101),
    ];
    for (words, status) in cases {
        let ended = nvme.run(&mut ram, ADMIN, words);
        assert_eq!(ended.status, status, "{words:x?}");
    }
    // SGLs and fused commands are not offered.
    for flags in [0x100, 0x4000] {
        let mut words = command(0x06, 0, DATA, 0, [1, 0, 0]);
        words[0] |= flags;
        assert_eq!(nvme.run(&mut ram, ADMIN, words).status, 0x002);
    }
    // Queues go in the right order.
    nvme.done(&mut ram, ADMIN, command(0x00, 0, 0, 0, [1, 0, 0]));
    nvme.done(&mut ram, ADMIN, command(0x04, 0, 0, 0, [1, 0, 0]));
    // Five requests for events are one too many.
    for _ in 0..4 {
        nvme.queue(&mut ram, ADMIN, command(0x0c, 0, 0, 0, [0; 3]));
    }
    let ended = nvme.run(&mut ram, ADMIN, command(0x0c, 0, 0, 0, [0; 3]));
    assert_eq!(ended.status, 0x105);
}

#[test]
fn blocks_are_written_and_read_by_every_kind_of_prp() {
    let (rig, mut ram, _iommu, mut nvme) = with_queues();
    let bytes: Vec<u8> = (0..0x2_0000_u32).map(|n| ((n * 7) >> 3) as u8).collect();
    ram.write(Spa::new(DATA), &bytes);
    // 128 KiB from an odd place: a list of 32 entries, in two pieces, pages backwards.
    let page = |n: u64| DATA + 0x4_0000 + 0x1000 * (40 - n);
    let list = LIST + 0x1000 - 8 * 4;
    for n in 0..3 {
        ram.write64(Spa::new(list + 8 * n), page(n + 1));
    }
    ram.write64(Spa::new(list + 24), LIST + 0x2000);
    for n in 3..32 {
        ram.write64(Spa::new(LIST + 0x2000 + 8 * (n - 3)), page(n + 1));
    }
    for n in 0..33 {
        // The first page begins in its middle, the last one ends there.
        let (from, to) = match n {
            0 => (0, 0x800),
            32 => (0x1_f800, 0x2_0000),
            _ => (0x1000 * n - 0x800, 0x1000 * n + 0x800),
        };
        let at = page(n as u64) + if n == 0 { 0x800 } else { 0 };
        ram.write(Spa::new(at), &bytes[from..to]);
    }
    nvme.done(&mut ram, IO, transfer(1, 256, 256, page(0) + 0x800, list));
    nvme.done(&mut ram, IO, command(0x00, 1, 0, 0, [0; 3]));
    // Back in one run of pages, by a list; two pages; one block.
    for n in 0..31 {
        ram.write64(Spa::new(LIST + 8 * n), DATA + 0x10_1000 + 0x1000 * n);
    }
    nvme.done(&mut ram, IO, transfer(2, 256, 256, DATA + 0x10_0000, LIST));
    let mut back = vec![0; bytes.len()];
    ram.read(Spa::new(DATA + 0x10_0000), &mut back);
    assert!(back == bytes, "128 KiB come back");
    nvme.done(
        &mut ram,
        IO,
        transfer(2, 264, 16, DATA + 0x20_0000, DATA + 0x30_0000),
    );
    ram.read(Spa::new(DATA + 0x30_0000), &mut back[..0x1000]);
    assert_eq!(back[..0x1000], bytes[0x2000..0x3000]);
    nvme.done(&mut ram, IO, transfer(2, 257, 1, DATA + 0x40_0204, 0));
    ram.read(Spa::new(DATA + 0x40_0204), &mut back[..512]);
    assert_eq!(back[..512], bytes[512..1024]);

    // Zeroes, and what the server says of the disk.
    nvme.done(&mut ram, IO, transfer(8, 256, 256, 0, 0));
    let digest = rig.server.disk_digest(0x2_0000..0x4_0000);
    assert_eq!(
        digest,
        "fa43239bcee7b97ca62f007cc68487560a39e19f74f3dde7486db3f98df8e471"
    );
    let counters = rig.server.stop().unwrap();
    assert_eq!(counters.nvme.bytes_written, 0x2_0000);
    assert_eq!(counters.nvme.bytes_read, 0x2_0000 + 0x2000 + 0x200);
    assert_eq!(counters.nvme.errors, [].into());
    assert_eq!(counters.requests.refused, 0);
}

#[test]
fn illegal_io_commands_get_the_status_that_says_why() {
    let (rig, mut ram, _iommu, mut nvme) = with_queues();
    ram.write64(Spa::new(LIST), DATA + 0x1000);
    ram.write64(Spa::new(LIST + 8), DATA + 0x2004);
    // A list of one entry that goes on with itself.
    let circle = LIST + 0x1ff8;
    ram.write64(Spa::new(circle), circle);
    let last = !0xfff;
    let before = rig.server.disk_digest(0..u64::MAX);
    let cases = [
        (command(0x77, 1, 0, 0, [0; 3]), 0x001),
        (command(0x00, 2, 0, 0, [0; 3]), 0x00b),
        (command(0x02, 0, DATA, 0, [0; 3]), 0x00b),
        (transfer(2, 2047, 2, DATA, 0), 0x080),
        (command(0x01, 1, DATA, 0, [0, 1, 0]), 0x080),
        (transfer(2, 0, 257, DATA, LIST), 0x002),
        (transfer(1, 0, 8, DATA + 1, 0), 0x013),
        (transfer(1, 0, 16, DATA, DATA + 8), 0x013),
        (transfer(1, 0, 24, DATA, LIST), 0x013),
        (transfer(1, 0, 24, DATA, LIST + 4), 0x013),
        (transfer(1, 0, 24, DATA, circle), 0x013),
        (transfer(1, 0, 24, DATA, NOWHERE), 0x004),
        // The end of all addresses.
        (transfer(1, 0, 8, last, 0), 0x004),
        (transfer(2, 0, 16, last, 0), 0x004),
        (transfer(1, 0, 16, DATA, NOWHERE), 0x004),
        (transfer(2, 0, 1, NOWHERE, 0), 0x004),
    ];
    for (words, status) in cases {
        let ended = nvme.run(&mut ram, IO, words);
        assert_eq!(ended.status, status, "{words:x?}");
    }
    assert_eq!(rig.server.disk_digest(0..u64::MAX), before);
    let counters = rig.server.stop().unwrap();
    assert_eq!(counters.nvme.errors["Data Transfer Error"], 5);
}

/// Lets the controller go as far as it comes.
fn settle(nvme: &mut Controller) {
    for _ in 0..400 {
        nvme.function.get32(0x1c);
    }
}

/// As many reads as a queue holds.
fn fill(nvme: &mut Controller, ram: &mut Ram) -> Vec<u16> {
    let reads = (0..ENTRIES - 1).map(|n| {
        let at = DATA + 0x1000 * u64::from(n);
        nvme.queue(ram, IO, transfer(2, 8 * n, 8, at, 0))
    });
    let ids = reads.collect();
    nvme.ring(IO);
    ids
}

#[test]
fn many_commands_are_under_way_and_wait_for_room() {
    let (_rig, mut ram, _iommu, mut nvme) = with_queues();
    let mut ids = fill(&mut nvme, &mut ram);
    settle(&mut nvme);
    // The completion queue is full now, and the submission queue is not.
    ids.extend(fill(&mut nvme, &mut ram));
    settle(&mut nvme);
    let mut ended: Vec<_> = ids.iter().map(|_| nvme.next(&ram, IO).id).collect();
    ended.sort_unstable();
    assert_eq!(ended, ids);
}

/// The controller once it has stopped, with queues made anew.
fn enabled_again(mut nvme: Controller, ram: &mut Ram) -> Controller {
    nvme.function.until(0x1c, |csts| csts == 0);
    ram.write(BASE, &[0; 0x4000]);
    let mut nvme = Controller::enable(nvme.function, BASE, 0);
    nvme.create_queues(ram);
    nvme
}

#[test]
fn a_controller_that_waits_for_room_can_be_disabled() {
    let (_rig, mut ram, _iommu, mut nvme) = with_queues();
    fill(&mut nvme, &mut ram);
    settle(&mut nvme);
    fill(&mut nvme, &mut ram);
    settle(&mut nvme);
    nvme.function.put32(0x14, 0);
    let mut nvme = enabled_again(nvme, &mut ram);
    nvme.done(&mut ram, IO, transfer(2, 0, 8, DATA, 0));
}

#[test]
fn resets_in_the_middle_of_work_leave_nothing_behind() {
    let (rig, mut ram, mut iommu, mut nvme) = with_queues();
    // Of the controller.
    fill(&mut nvme, &mut ram);
    nvme.function.client.reset().unwrap();
    let mut nvme = enabled_again(nvme, &mut ram);
    // Of the IOMMU: it lets nothing pass then, not even a completion.
    fill(&mut nvme, &mut ram);
    iommu.client.reset().unwrap();
    nvme.function.until(0x1c, |csts| csts >> 1 & 1 == 1);
    iommu.put64(c::REG_DDTP, 1);
    nvme.function.put32(0x14, 0);
    let mut nvme = enabled_again(nvme, &mut ram);
    nvme.done(&mut ram, IO, transfer(2, 0, 8, DATA, 0));
    rig.server.stop().unwrap();
}

#[test]
fn a_queue_that_cannot_be_read_is_fatal_until_a_reset() {
    let (_rig, mut ram, _iommu, nvme) = bare();
    let mut function = nvme.function;
    function.put32(0x14, 0);
    function.until(0x1c, |csts| csts == 0);
    function.put64(0x28, NOWHERE);
    function.put32(0x14, 0x0046_0001);
    function.put32(0x1000, 1);
    function.until(0x1c, |csts| csts == 2);
    function.client.reset().unwrap();
    assert_eq!(function.get32(0x1c), 0);
    assert_eq!(function.get64(0x28), 0);
    // Doorbells of no queue are not heard, before and after.
    function.put32(0x1038, 5);
    let mut nvme = Controller::enable(function, BASE, 0);
    nvme.function.put32(0x1000, 0xffff);
    nvme.create_queues(&mut ram);
}
