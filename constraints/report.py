#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Tables of what synthesis and place and route reported.

usage: report.py area STAT.json      cells by module, hierarchy kept
       report.py timing REPORT.json  Fmax, utilization and the critical path
"""
import argparse
import json
import re
import sys

LUT_RAM = "TRELLIS_DPR16X4"


def table(header, rows):
    """Print rows of strings under a header, numbers to the right."""
    widths = [max(len(str(row[i])) for row in [header, *rows]) for i in range(len(header))]
    for row in [header, *rows]:
        cells = [
            str(cell).ljust(width) if i == 0 else str(cell).rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths))
        ]
        print("  ".join(cells).rstrip())


def plain_name(module):
    """Instance and module, from the name module$path.of.the.instance."""
    name, _, path = module.partition("$")
    instance = re.split(r"\.(?![^\[]*\])", path)[-1]
    return f"{instance} ({name})" if instance else name


def own_cells(module):
    return module.get("num_cells_by_type", {})


def area(path):
    with open(path, encoding="utf-8") as stream:
        modules = json.load(stream)["modules"]
    by_name = {name.lstrip("\\"): own_cells(module) for name, module in modules.items()}

    def count(cells):
        """LUT4, flip-flops, LUT RAM cells, block RAMs of one module alone."""
        lut = cells.get("LUT4", 0) + 2 * cells.get("CCU2C", 0) + 2 * cells.get(LUT_RAM, 0)
        return [lut, cells.get("TRELLIS_FF", 0), cells.get(LUT_RAM, 0), cells.get("DP16KD", 0)]

    rows = []

    def visit(name, depth):
        cells = by_name[name]
        total = count(cells)
        at = len(rows)
        rows.append(None)
        for child, instances in cells.items():
            child = child.lstrip("\\")
            if child in by_name:
                below = visit(child, depth + 1)
                total = [a + int(instances) * b for a, b in zip(total, below)]
        rows[at] = ["  " * depth + plain_name(name), *total]
        return total

    children = {c.lstrip("\\") for cells in by_name.values() for c in cells}
    for top in (name for name in by_name if name not in children):
        visit(top, 0)
    table(["module (with all below it)", "LUT4", "FF", "LUT RAM cells", "block RAM"], rows)
    print("LUT4 counts a carry cell and a LUT RAM cell as two each.")


def short_name(cell, top="u_iommu"):
    """Name of a net that a cell was made from, without what synthesis appended."""
    name = re.split(r"_(?:LUT4|TRELLIS_FF|CCU2C|PFUMX|L6MUX21)|\$", cell)[0]
    return name.removeprefix(f"{top}.")


def module_of(name):
    """Hierarchy of a net: all but its last part."""
    return name.rpartition(".")[0]


def clock_name(clock):
    """clk_i, from $glbnet$clk_i$TRELLIS_IO_IN."""
    parts = [part for part in clock.split("$") if part and part != "glbnet" and "TRELLIS" not in part]
    return parts[0] if parts else clock


def path_rows(steps):
    """One row for consecutive steps inside a module: levels of logic, ns by kind, and in sum."""
    rows, total = [], 0.0
    for step in steps:
        total += step["delay"]
        name = short_name(step["to"]["cell"])
        if not rows or rows[-1]["module"] != module_of(name):
            rows.append({"module": module_of(name), "first": name, "levels": 0, "routing": 0.0, "logic": 0.0})
        row = rows[-1]
        row["at"] = total
        if step["type"] == "routing":
            row["routing"] += step["delay"]
        else:
            row["logic"] += step["delay"]
            row["levels"] += step["type"] == "logic" and step["delay"] > 0
    return rows


def timing(path):
    with open(path, encoding="utf-8") as stream:
        report = json.load(stream)
    for clock, figures in report["fmax"].items():
        print(f"Fmax of {clock_name(clock)}: {figures['achieved']:.1f} MHz")
    table(
        ["resource", "used", "available"],
        [[name, item["used"], item["available"]] for name, item in report["utilization"].items() if item["used"]],
    )
    for critical in report.get("critical_paths", []):
        if critical["from"] != critical["to"]:
            continue
        rows = path_rows(critical["path"])
        print("\nCritical path. Names are those of nets nearby, as synthesis left them.")
        table(
            ["where", "levels", "logic, ns", "routing, ns", "at, ns"],
            [
                [row["first"], row["levels"]] + [f"{row[kind]:.2f}" for kind in ("logic", "routing", "at")]
                for row in rows
            ],
        )
        break


def main():
    parser = argparse.ArgumentParser(description="tables from synthesis and place and route")
    parser.add_argument("kind", choices=["area", "timing"])
    parser.add_argument("report")
    options = parser.parse_args()
    try:
        {"area": area, "timing": timing}[options.kind](options.report)
    except (OSError, KeyError, ValueError) as error:
        print(f"{options.report}: cannot read the report: {error!r}; run the target again", file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    main()
