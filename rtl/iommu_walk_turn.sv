// SPDX-License-Identifier: Apache-2.0
//
// Whose clock the next one is, told a clock ahead from the word that comes and what
// its row remembers: a step's, which may need what it shares with the start, that
// of a leaf, which can only end its walk, or that of a context's last word. Any
// other leaves the start its way. The outputs are registers; what follows from
// several of them has one of its own, as it has many loads.

module iommu_walk_turn
  import iommu_build_pkg::*;
  import iommu_pkg::*;
  import iommu_constants_pkg::*;
  import iommu_walk_pkg::*;
#(
  parameter cfg_t Cfg = build_cfg(BuildDefault)
) (
  input  logic          clk_i,
  input  logic          rst_ni,

  input  fctl_t         fctl_i,
  input  logic          event_i,       // a word is taken, or a row wakes, in this clock
  input  logic          wakes_guest_i, // a row wakes with an address of the guest
  input  logic          last_i,        // the last word of several
  input  logic [63:0]   word_i,
  input  walk_origin_t  origin_i,
  input  walk_context_t context_i,
  input  walk_state_t   state_i,

  input  logic          step_guest_i,  // the step goes on with an address of the guest
  input  logic          guest_done_i,  // and is through with it

  output logic          step_o,
  output logic          leaf_o,
  output logic          resume_next_o, // resume_o a clock ahead
  output logic          resume_o,      // the context is whole
  output logic          may_guest_o,   // a step that may go on with an address of the guest
  output logic          hold_o,        // that step, and the first clock for such an address,
                                       // with Cfg.FastClock the first two
  output logic          halt_o,        // step, resume or guest
  output logic          busy_o,        // step, leaf or resume
  output logic          guest_o,       // the clocks for such an address
  output logic          guest_aged_o   // all of them but the first
);

  localparam bit Nested    = has_second_stage(Cfg);
  localparam bit Processes = has_process_directory(Cfg);

  logic of_context, leaf, updated, final_stage, may_guest, guest;

  // A leaf of the last stage that is read as it lies in memory: in another byte
  // order, or in entries of four bytes, its bits are elsewhere.
  assign updated     = word_i[PTE_A_BIT] && (word_i[PTE_D_BIT] || !asks_write(origin_i.request)) &&
                       !(Cfg.BothEndian && (fctl_i.be || context_i.dc.sbe)) &&
                       !((Cfg.Sv32 || Cfg.Sv32x4) && (fctl_i.gxl || context_i.dc.sxl));
  assign final_stage = !Nested || !state_i.nested ||
                       (state_i.second && state_i.purpose == ForAccess);
  assign leaf        = state_i.phase == PhasePte && updated && final_stage &&
                       (word_i[PTE_R_BIT] || word_i[PTE_X_BIT]);
  assign of_context  = state_i.phase == PhaseContext ||
                       (Processes && state_i.phase == PhaseOwner);

  assign may_guest     = event_i && Nested && state_i.nested && !state_i.second &&
                         state_i.phase != PhaseOwner && state_i.phase != PhaseMsi;
  assign resume_next_o = event_i && of_context && last_i;
  assign guest       = wakes_guest_i || step_guest_i || (guest_o && !guest_done_i);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      step_o       <= 1'b0;
      leaf_o       <= 1'b0;
      resume_o     <= 1'b0;
      may_guest_o  <= 1'b0;
      hold_o       <= 1'b0;
      halt_o       <= 1'b0;
      busy_o       <= 1'b0;
      guest_o      <= 1'b0;
      guest_aged_o <= 1'b0;
    end else begin
      step_o       <= event_i && !of_context && !leaf;
      leaf_o       <= event_i && leaf;
      resume_o     <= resume_next_o;
      may_guest_o  <= may_guest;
      hold_o       <= may_guest || may_guest_o || wakes_guest_i ||
                      (Cfg.FastClock && guest_o && !guest_aged_o);
      halt_o       <= (event_i && (of_context ? last_i : !leaf)) || guest;
      busy_o       <= event_i && (!of_context || last_i);
      guest_o      <= guest;
      guest_aged_o <= guest_o && !guest_done_i;
    end
  end

endmodule
