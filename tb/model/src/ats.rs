// SPDX-License-Identifier: Apache-2.0
//! "PCIe ATS translation request handling": the successful completion.

use crate::answer::{Completion, CompletionTarget};
use crate::msi::MsiTarget;
use crate::request::Request;
use crate::tables::Permissions;
use crate::translate::{Outcome, combine_pbmt};

/// The completion for a translation request that the process to translate an
/// IOVA served. `t2gpa` is `DC.tc.T2GPA`.
pub(crate) fn completion(request: &Request, t2gpa: bool, outcome: &Outcome) -> Completion {
    let none = Completion::no_access(request.is_privileged());
    let completion = match *outcome {
        Outcome::Passed => none,
        Outcome::Page(first, second) => Completion {
            global: first.global && request.process_id.is_some(),
            target: if t2gpa {
                CompletionTarget::Gpa(first.gpa)
            } else {
                CompletionTarget::Spa(second.spa)
            },
            size: second.size,
            pbmt: combine_pbmt(first.pbmt, second.pbmt),
            ..granted(none, request, first.permissions, second.permissions)
        },
        Outcome::InterruptFile(first, target) => Completion {
            target: match target {
                MsiTarget::Mrif(_) => CompletionTarget::UntranslatedOnly,
                MsiTarget::Page(_) if t2gpa => CompletionTarget::Gpa(first.gpa),
                MsiTarget::Page(address) => CompletionTarget::Spa(address),
            },
            size: Some(1 << 12),
            pbmt: first.pbmt,
            ..granted(none, request, first.permissions, INTERRUPT_FILE)
        },
    };
    if completion.r || completion.w {
        completion
    } else {
        none
    }
}

/// An MSI PTE counts as one with R = W = U = 1 and X = 0, A and D set.
const INTERRUPT_FILE: Permissions = Permissions {
    x: false,
    ..Permissions::ALL
};

/// The permissions that both stages give. Write permission needs D = 1 in
/// both, as nobody sees the device's later writes; execute permission is
/// granted only where it was asked for and read permission is granted.
fn granted(
    base: Completion,
    request: &Request,
    first: Permissions,
    second: Permissions,
) -> Completion {
    let r = first.r && second.r;
    Completion {
        r,
        w: first.w && first.d && second.w && second.d,
        x: r && request.wants_execute() && first.x && second.x,
        ..base
    }
}
