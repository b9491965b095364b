// SPDX-License-Identifier: Apache-2.0
//
// Addresses of the guest: what a walk goes on with when the address of its next
// read, or of the access itself, is guest-physical. Here are the second stage's
// walk cache and the search for an MSI's interrupt file.
//
// Two who ask, for a clock of their own each: the step in the clock after its own
// (`guest_i`), else the start in its second clock in W3 (`start_i`, with
// `start_ready_o`). Read, state and end are combinational in that clock, from what
// the row remembers and what the start said the clock before. The number of an
// interrupt file takes a few clocks more: `done_o` is late then, and `hold_o`
// keeps words away from the step meanwhile.

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

  // The step's.
  input  logic          guest_i,
  input  row_t          row_i,
  input  walk_origin_t  origin_i,
  input  walk_context_t context_i,
  input  walk_state_t   state_i,

  // The start's.
  input  logic          w3_stays_i,      // it is in W3, and is still there next clock
  input  logic          w3_runs_i,       // it leaves W3 in this clock
  input  logic          w3_nested_i,     // it has a second stage
  input  row_t          w3_row_i,
  input  walk_origin_t  w3_origin_i,
  input  walk_context_t w3_context_i,
  input  logic          start_i,         // its first address is the guest's
  input  walk_state_t   start_state_i,
  output logic          start_ready_o,

  input  logic          stop_i,          // another address from the next clock on

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

  walk_state_t         start_state_q, state;
  walk_context_t       dc_pc;
  walk_origin_t        origin;
  logic                aged_q, msi, cache_hit, global_unused;
  logic [1:0]          cache_level;
  logic [PpnWidth-1:0] cache_ppn;
  logic [PaWidth-1:0]  msi_address;
  page_e               limit;

  assign origin = guest_i ? origin_i : w3_origin_i;
  assign dc_pc  = guest_i ? context_i : w3_context_i;
  assign state  = guest_i ? state_i : start_state_q;

  assign start_ready_o = !w3_nested_i || (aged_q && (!start_i || done_o));

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) aged_q <= 1'b0;
    else         aged_q <= w3_stays_i;
  end

  always_ff @(posedge clk_i) start_state_q <= start_state_i;

  // What the step holds up for an interrupt file is told by what the row remembers.
  if (Cfg.MsiFlat) begin : gen_msi
    logic is_msi, begins, found, busy_unused;

    assign msi    = is_msi && state.purpose == ForAccess;
    assign begins = state.purpose == ForAccess && (guest_i || (aged_q && start_i));
    assign done_o = !msi || found;
    assign hold_o = guest_i && context_i.dc.msi && state_i.purpose == ForAccess && !found;

    iommu_msi_window #(.Cfg(Cfg)) u_msi_window (
      .clk_i, .rst_ni,
      .context_i (dc_pc.dc),
      .page_i    (state.gpa[58:12]),
      .is_msi_o  (is_msi),
      .limit_o   (limit),
      .start_i   (begins),
      .stop_i,
      .busy_o    (busy_unused),
      .done_o    (found),
      .address_o (msi_address)
    );
  end else begin : gen_no_msi
    assign msi         = 1'b0;
    assign done_o      = 1'b1;
    assign hold_o      = 1'b0;
    assign limit       = Page256T;
    assign msi_address = '0;

    logic unused;
    assign unused = stop_i;
  end

  iommu_walk_cache #(.Cfg(Cfg), .Second(1'b1)) u_cache (
    .clk_i, .rst_ni,
    .look_i         (1'b0),
    .keep_i         (1'b0),
    .resume_i       (1'b0),
    .resume_space_i ('0),
    .resume_vpn_i   ('0),
    .space_i        (context_space(dc_pc.dc, dc_pc.pc, origin.request.device_id)),
    .vpn_i          (state.gpa[58:12]),
    .hit_o          (cache_hit),
    .level_o        (cache_level),
    .is_global_o    (global_unused),
    .ppn_o          (cache_ppn),
    .use_i          ((guest_i || (w3_runs_i && start_i)) && read_o && !msi && cache_hit),
    .fill_i,
    .fill_pointer_i,
    .inval_valid_i, .inval_i
  );

  iommu_walk_guest #(.Cfg(Cfg)) u_guest (
    .gxl_i,
    .row_i         (guest_i ? row_i : w3_row_i),
    .origin_i      (origin),
    .context_i     (dc_pc),
    .state_i       (state),
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
