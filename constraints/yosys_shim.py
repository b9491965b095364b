#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A `yosys` command on top of the pyosys wheel, which brings none.

usage: yosys_shim.py -s SCRIPT | -p COMMANDS

SCRIPT is a file of Yosys commands, one a line; COMMANDS are separated by ';'.
Stops at the first command that fails, with exit status 1.
"""
import argparse

from pyosys import libyosys as yosys


def main():
    parser = argparse.ArgumentParser(description="yosys, by way of pyosys")
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("-s", metavar="SCRIPT", help="file of commands, one a line")
    source.add_argument("-p", metavar="COMMANDS", help="commands, separated by ';'")
    options = parser.parse_args()

    if options.s:
        with open(options.s, encoding="utf-8") as script:
            commands = script.read().splitlines()
    else:
        commands = options.p.split(";")
    design = yosys.Design()
    for command in commands:
        command = command.split("#")[0].strip()
        if command:
            yosys.run_pass(command, design)


if __name__ == "__main__":
    main()
