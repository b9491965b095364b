// SPDX-License-Identifier: Apache-2.0
//
// The first read of a second-stage walk, for whatever the guest-physical address
// `state_i.gpa` is wanted for: the walk cache knows how far down it may begin.
// Combinational; exactly one of `read_o` and `finish_o` is set.
//
// The request's own address may be that of an interrupt file instead: then its MSI
// PTE is read, whatever the second stage says. Otherwise an address that is wider
// than the second stage translates is a guest page fault.

module iommu_walk_guest
  import iommu_build_pkg::*;
  import iommu_pkg::*;
  import iommu_constants_pkg::*;
  import iommu_walk_pkg::*;
#(
  parameter cfg_t Cfg = build_cfg(BuildDefault)
) (
  input  logic          gxl_i,     // fctl.GXL
  input  row_t          row_i,
  input  walk_origin_t  origin_i,
  input  walk_context_t context_i,
  input  walk_state_t   state_i,

  input  logic                msi_i,           // an interrupt file; only ForAccess
  input  logic [PaWidth-1:0]  msi_address_i,   // of its MSI PTE
  input  page_e               limit_i,         // of pages without interrupt files

  // What the second stage's walk cache knows of the way.
  input  logic                cache_hit_i,
  input  logic [1:0]          cache_level_i,
  input  logic [PpnWidth-1:0] cache_ppn_i,

  output logic          read_o,
  output mem_read_t     read_request_o,
  output walk_state_t   state_o,
  output logic          finish_o,
  output walk_end_t     end_o
);

  logic [3:0]          mode;
  logic                narrow, known, too_wide;
  logic [2:0]          level;
  logic [PpnWidth-1:0] base;

  assign narrow = Cfg.Sv32x4 && gxl_i;
  assign known = cache_hit_i && !narrow;
  assign mode  = Cfg.Sv48x4 ? context_i.dc.gatp_mode : 4'(IOHGATP_MODE_SV39X4);
  assign level = known ? {1'b0, cache_level_i} : root_level(mode, narrow);
  assign base  = known ? cache_ppn_i : context_i.dc.gatp_ppn;

  always_comb begin
    unique case (mode)
      4'(IOHGATP_MODE_SV39X4): too_wide = state_i.gpa[58:41] != '0;
      4'(IOHGATP_MODE_SV48X4): too_wide = state_i.gpa[58:50] != '0;
      default:                 too_wide = 1'b0;
    endcase
    // Guests of 32 bits have addresses of 34.
    if ((narrow || (Cfg.Sv32 && context_i.dc.sxl)) && state_i.gpa[58:34] != '0) too_wide = 1'b1;
  end

  assign finish_o = too_wide && !msi_i;
  assign read_o   = !finish_o;

  always_comb begin
    read_request_o = word_read(row_i, entry_address(base, level, state_i.gpa, 1'b1, mode,
                                                  narrow), 1'b0);
    state_o        = state_i;
    state_o.phase  = PhasePte;
    state_o.second = 1'b1;
    state_o.level  = level;
    state_o.base   = base;
    state_o.tries  = '0;
    state_o.limit  = limit_i;
    if (msi_i) begin
      read_request_o.addr = msi_address_i;
      read_request_o.last = 3'd1;
      state_o.phase       = PhaseMsi;
      state_o.second      = 1'b0;
    end
  end

  always_comb begin
    end_o         = '0;
    end_o.row     = row_i;
    end_o.tag     = origin_i.tag;
    end_o.fault   = 1'b1;
    end_o.report  = !context_i.dc.dtf;   // no guest page fault is exempt
    end_o.cause   = guest_page_fault(origin_i.request.access);
    end_o.iotval2 = guest_address(64'(state_i.gpa), state_i.purpose);
  end

endmodule
