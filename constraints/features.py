#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a build is without must not be in its hardware.

usage: features.py FILE.sv...

Elaborates every build of iommu_axi and reads the hierarchy that synthesis
starts from: of a feature that is off no module and no generate block may be
there, of one that is on they must be. Exit status 1 if one is out of place.
"""
import fnmatch
import sys

from pyosys import libyosys as yosys

BUILDS = ("small", "default", "full", "full-base", "full-qos")
ALL_BUT_SMALL = BUILDS[1:]
FULL = BUILDS[2:]

# Feature: builds that have it, instances that it consists of.
FEATURES = {
    "second stage": (BUILDS, ("*.u_walker.gen_second.*",)),
    "process directory": (
        ALL_BUT_SMALL,
        ("*.u_lookup.gen_process.u_*", "*.u_pair.gen_process.u_*"),
    ),
    "A/D update": (ALL_BUT_SMALL, ("*.u_memory.gen_writes.u_*", "*.u_return.gen_update.u_*")),
    "MSI translation": (("default", "full", "full-qos"), ("*.u_pair.gen_msi.u_*",)),
    "memory-resident interrupt files": (
        ("full", "full-qos"),
        ("*.u_core.gen_mrif.u_mrif", "*.u_front.u_writes.gen_mrif.u_mrif"),
    ),
    "ATS and PRI": (ALL_BUT_SMALL, ("*.u_control.gen_ats.u_*",)),
    "interrupts by message": (ALL_BUT_SMALL, ("*.u_control.gen_msi.u_msi",)),
    "counters": (ALL_BUT_SMALL, ("*.u_control.gen_hpm.u_hpm",)),
    "debug translation": (ALL_BUT_SMALL, ("*.u_control.gen_debug.u_debug",)),
    "QoS ids": (("full-qos",), ("*.u_control.gen_qosid.u_*", "*.u_verdicts.gen_qos.u_*")),
}


def instances(files, build):
    """Paths of all instances below iommu_axi."""
    design = yosys.Design()
    command = f"read_slang --keep-hierarchy --top iommu_axi -G Build={build} " + " ".join(files)
    yosys.run_pass(command, design)
    yosys.run_pass("hierarchy -check -top iommu_axi", design)
    modules = {str(module.name): module for module in design.all_selected_modules()}

    def below(name, path):
        for cell in modules[name].cells_.values():
            kind = str(cell.type)
            if kind in modules:
                here = f"{path}.{str(cell.name).lstrip(chr(92))}"
                yield here
                yield from below(kind, here)

    return list(below("\\iommu_axi", "iommu_axi"))


def main():
    files = sys.argv[1:]
    if not files:
        sys.exit(__doc__)
    wrong = []
    for number, build in enumerate(BUILDS):
        found = instances(files, number)
        for feature, (builds, patterns) in FEATURES.items():
            for pattern in patterns:
                there = [path for path in found if fnmatch.fnmatchcase(path, pattern)]
                if build in builds and not there:
                    wrong.append(f"{build}: {feature}: nothing matches {pattern}")
                if build not in builds and there:
                    wrong.append(f"{build}: {feature} is off, but there is {there[0]}")
        print(f"{build}: {len(found)} instances", flush=True)
    if wrong:
        sys.exit("\n".join(wrong))


if __name__ == "__main__":
    main()
