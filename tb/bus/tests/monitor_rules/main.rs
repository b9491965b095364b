// SPDX-License-Identifier: Apache-2.0
//! Every rule of the AXI4 monitor fires when it is broken, alone, and at the
//! right place. Each case is a script of clocks for both sides of a port.

mod address;
mod data;
mod exclusive;
mod handshake;
mod script;
