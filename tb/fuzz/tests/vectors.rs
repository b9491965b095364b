// SPDX-License-Identifier: Apache-2.0
//! Plans as conformance cases: what is written can be read, and the golden model
//! passes it.

use sallyport_bus::Seed;
use sallyport_formats::regs::Capabilities;
use sallyport_fuzz::{Plan, line, vector};
use sallyport_model::{Design, Iommu, SparseMemory};
use sallyport_vectors::{Case, Limits, Outcome, Step, parse_case, play};

/// The case with its memory in order: an object of JSON has none.
fn sorted(mut case: Case) -> Case {
    case.memory.sort_by_key(|bytes| bytes.address);
    for step in &mut case.steps {
        if let Step::MemoryIs(memory) = step {
            memory.sort_by_key(|bytes| bytes.address);
        }
    }
    case
}

#[test]
fn cases_come_back_and_pass_on_the_model() {
    let design = Design::with_capabilities(Capabilities {
        sv48: true,
        svpbmt: true,
        amo_hwad: true,
        ..Design::small().capabilities
    });
    let capabilities = sallyport_vectors::Capabilities::of_design(&design);
    for number in 0..60 {
        let mut plan = Plan::new(Seed::new(3), number, design);
        // The format has no word for memory without exclusive accesses.
        plan.no_exclusive.clear();
        let case = vector::case(&plan, design, format!("fuzz/{number}"));
        let read = parse_case(&line(&case)).unwrap();
        assert_eq!(sorted(read), sorted(case.clone()));
        let mut target = Iommu::new(design, SparseMemory::new());
        let outcome = play(&case, &capabilities, &mut target, &Limits::default());
        assert_eq!(outcome, Ok(Outcome::Passed), "case {number}");
    }
}
