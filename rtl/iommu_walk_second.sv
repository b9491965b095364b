// SPDX-License-Identifier: Apache-2.0
//
// Addresses of the guest: what a walk goes on with when the address of its next
// read, or of the access itself, is guest-physical. Here are the second stage's
// walk cache and the search for an MSI's interrupt file.
//
// The row is the one of a step that goes on so, or was woken for it (`guest_i`). In
// its first clock the walk cache is compared; read, state and end are combinational
// in the last, which `done_o` tells: the second clock (`aged_i`), with Cfg.FastClock the
// third, unless the number of an interrupt file takes a few more: `hold_o` keeps words
// away from the step for those of the number.

module iommu_walk_second
  import iommu_build_pkg::*;
  import iommu_pkg::*;
  import iommu_context_pkg::*;
  import iommu_walk_pkg::*;
#(
  parameter cfg_t Cfg = build_cfg(BuildDefault)
) (
  input  logic          clk_i,
  input  logic          rst_ni,

  input  logic          gxl_i,           // fctl.GXL
  input  logic          inval_valid_i,
  input  inval_t        inval_i,

  input  logic          guest_i,
  input  logic          aged_i,
  input  row_t          row_i,
  input  walk_origin_t  origin_i,
  input  walk_context_t context_i,
  input  walk_state_t   state_i,

  // Pointers of the second stage that a step has read.
  input  logic          fill_i,
  input  walk_pointer_t fill_pointer_i,

  output logic          done_o,
  output logic          hold_o,
  output logic          read_o,
  output mem_read_t     read_request_o,
  output walk_state_t   state_o,
  output logic          finish_o,
  output walk_end_t     end_o
);

  logic                msi, cache_hit, global_unused;
  logic [1:0]          cache_level;
  logic [PpnWidth-1:0] cache_ppn;
  logic [PaWidth-1:0]  msi_address;
  page_e               limit;

  // The walk cache's table has been read.
  logic read;

  if (Cfg.FastClock) begin : gen_read_clock
    logic read_q;

    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) read_q <= 1'b0;
      else         read_q <= aged_i && !done_o;
    end

    assign read = read_q;
  end else begin : gen_read
    assign read = aged_i;
  end

  // What the step holds up for an interrupt file is told by what the row remembers.
  if (Cfg.MsiFlat) begin : gen_msi
    logic is_msi, found, busy_unused;

    assign msi    = is_msi && state_i.purpose == ForAccess;
    assign done_o = read && (!msi || found);
    assign hold_o = guest_i && context_i.dc.msi && state_i.purpose == ForAccess && !found;

    iommu_msi_window #(.Cfg(Cfg)) u_msi_window (
      .clk_i, .rst_ni,
      .context_i (context_i.dc),
      .page_i    (state_i.gpa[58:12]),
      .is_msi_o  (is_msi),
      .limit_o   (limit),
      .start_i   (guest_i && state_i.purpose == ForAccess),
      .stop_i    (!guest_i),
      .busy_o    (busy_unused),
      .done_o    (found),
      .address_o (msi_address)
    );
  end else begin : gen_no_msi
    assign msi         = 1'b0;
    assign done_o      = read;
    assign hold_o      = 1'b0;
    assign limit       = Page256T;
    assign msi_address = '0;
  end

  iommu_walk_cache #(.Cfg(Cfg), .Second(1'b1)) u_cache (
    .clk_i, .rst_ni,
    .look_i         (guest_i && !aged_i),
    .keep_i         (guest_i),
    .resume_i       (1'b0),
    .resume_space_i ('0),
    .resume_vpn_i   ('0),
    .space_i        (context_space(context_i.dc, context_i.pc, origin_i.request.device_id)),
    .vpn_i          (state_i.gpa[58:12]),
    .hit_o          (cache_hit),
    .level_o        (cache_level),
    .is_global_o    (global_unused),
    .ppn_o          (cache_ppn),
    .use_i          (done_o && read_o && !msi && cache_hit),
    .fill_i,
    .fill_pointer_i,
    .inval_valid_i, .inval_i
  );

  iommu_walk_guest #(.Cfg(Cfg)) u_guest (
    .gxl_i,
    .row_i, .origin_i, .context_i, .state_i,
    .msi_i         (msi),
    .msi_address_i (msi_address),
    .limit_i       (limit),
    .cache_hit_i   (cache_hit),
    .cache_level_i (cache_level),
    .cache_ppn_i   (cache_ppn),
    .read_o,
    .read_request_o,
    .state_o,
    .finish_o,
    .end_o
  );

endmodule
