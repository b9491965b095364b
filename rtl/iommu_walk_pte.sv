// SPDX-License-Identifier: Apache-2.0
//
// What follows from a PTE of either stage, read or written by the walk without an
// error. Combinational; exactly one of `fault_o`, `read_o`, `write_o`, `guest_o` and
// `leaf_o` is set. Whether the PTE faults is known late, and chooses no address.
//
//   first stage   pointer: the next table, by way of the second stage if there is one
//                 A or D to set: the exclusive pair; with a second stage after that
//                 has allowed the write, for which the PTE's guest-physical address
//                 must be known: from a pointer of the walk cache it is not, and the
//                 way is gone again from the root
//                 leaf: the end, or on to the second stage
//   second stage  pointer: the next table
//                 A or D to set: the exclusive pair
//                 leaf: the end, or what its address was wanted for

module iommu_walk_pte
  import iommu_build_pkg::*;
  import iommu_pkg::*;
  import iommu_context_pkg::*;
  import iommu_constants_pkg::*;
  import iommu_walk_pkg::*;
#(
  parameter cfg_t Cfg = build_cfg(BuildDefault)
) (
  input  logic          gxl_i,              // fctl.GXL
  input  row_t          row_i,
  input  logic [46:0]   vpn_i,              // of the request: bits 58:12
  input  logic [DeviceIdWidth-1:0] device_id_i,
  input  walk_context_t context_i,
  input  walk_state_t   state_i,
  input  logic [58:0]   address_i,          // that the table translates
  input  judge_t        judge_i,            // of state_i
  input  logic [63:0]   pte_i,

  output logic          fault_o,            // page fault of the stage
  output logic          read_o,
  output mem_read_t     read_request_o,
  output logic          write_o,            // updated_o, where it was read
  output logic [63:0]   updated_o,
  output logic          guest_o,
  output logic          leaf_o,             // of the last stage
  output translation_t  entry_o,
  output walk_state_t   state_o,
  output logic [PaWidth-1:0] address_o,     // of this PTE
  output logic          narrow_o,           // it has 32 bits

  output logic          pointer_o,          // for the first stage's walk cache
  output walk_pointer_t pointer_entry_o,
  output logic          second_pointer_o,   // for the second stage's
  output walk_pointer_t second_pointer_entry_o
);

  localparam bit Nested = has_second_stage(Cfg);

  logic                nested, second, narrow_first, narrow, is_global, is_pointer, update;
  logic [2:0]          lower, root;
  logic [3:0]          mode, gatp_mode;
  page_e               size;

  assign nested    = Nested && state_i.nested;
  assign second    = Nested && state_i.second;
  assign narrow_first = Cfg.Sv32 && context_i.dc.sxl;
  assign narrow       = second ? Cfg.Sv32x4 && gxl_i : narrow_first;

  assign lower     = state_i.level - 1'b1;
  assign mode      = context_i.pc.fsc_mode;
  assign gatp_mode = context_i.dc.gatp_mode;
  assign root      = root_level(mode, narrow_first);
  assign is_global = state_i.is_global || (!second && pte_i[PTE_G_BIT]);

  logic bad;

  iommu_pte_check #(.Cfg(Cfg)) u_pte_check (
    .pte_i,
    .level_i   (state_i.level),
    .narrow_i  (narrow),
    .judge_i,
    .fault_o   (bad),
    .pointer_o (is_pointer),
    .update_o  (update),
    .updated_o,
    .size_o    (size)
  );

  leaf_t               leaf;
  space_t              space;
  logic [PpnWidth-1:0] page;
  logic [11:0]         lower_offset;
  logic [PaWidth-1:0]  target;        // where the PTE leads

  assign space = context_space(context_i.dc, context_i.pc, device_id_i);

  iommu_walk_leaf #(.Cfg(Cfg)) u_leaf (
    .pte_i,
    .pointer_i   (is_pointer),
    .size_i      (size),
    .narrow_i    (narrow),
    .narrow_first_i (narrow_first),
    .second_i    (second),
    .is_global_i (is_global),
    .first_i     (state_i.first),
    .limit_i     (state_i.limit),
    .page_i      (address_i[PaWidth-1:12]),
    .vpn_i,
    .space_i     (space),
    .leaf_o      (leaf),
    .page_o      (page),
    .entry_o
  );

  assign address_o    = entry_address(state_i.base, state_i.level, address_i, second,
                                      second ? gatp_mode : mode, narrow);
  assign narrow_o     = narrow;
  assign lower_offset = 12'(entry_address('0, lower, address_i, 1'b0, mode, narrow));
  assign target       = {page, is_pointer ? lower_offset : address_i[11:0]};

  always_comb begin
    read_o           = 1'b0;
    write_o          = 1'b0;
    guest_o          = 1'b0;
    leaf_o           = 1'b0;
    pointer_o        = 1'b0;
    second_pointer_o = 1'b0;
    state_o          = state_i;
    read_request_o   = word_read(row_i, target, 1'b0);

    if (is_pointer) begin
      read_o            = second || !nested;
      guest_o           = !read_o;
      pointer_o         = read_o && !second && !narrow;
      second_pointer_o  = second && !narrow;
      state_o.phase     = PhasePte;
      state_o.level     = lower;
      state_o.base      = page;
      state_o.is_global = is_global;
      state_o.tries     = '0;
      if (guest_o) begin
        state_o.gpa     = 59'(target);
        state_o.purpose = ForEntry;
        state_o.upper   = lower;
        state_o.cached  = 1'b0;
      end
    end else if (update && Cfg.AmoHwad) begin
      read_request_o = word_read(row_i, address_o, 1'b1);
      if (second || !nested || state_i.phase == PhaseLock) begin
        write_o       = state_i.phase == PhaseLock;
        read_o        = !write_o;
        state_o.phase = write_o ? PhaseWrite : PhaseLock;
      end else begin
        guest_o         = 1'b1;
        state_o.purpose = state_i.cached ? ForEntry : ForUpdate;
        state_o.upper   = state_i.cached ? root : state_i.level;
        state_o.cached  = 1'b0;
        if (state_i.cached) begin
          state_o.gpa       = 59'(entry_address(context_i.pc.fsc_ppn, root, address_i, 1'b0, mode,
                                                  narrow_first));
          state_o.is_global = 1'b0;
        end
      end
    end else if (nested && !second) begin
      guest_o           = 1'b1;
      state_o.gpa       = 59'(target);
      state_o.purpose   = ForAccess;
      state_o.is_global = is_global;
      state_o.first     = leaf;
    end else begin
      read_o         = second && state_i.purpose != ForAccess;
      leaf_o         = !read_o;
      state_o.second = 1'b0;
      state_o.level  = state_i.upper;
      state_o.base   = page;
      state_o.tries  = '0;
      if (state_i.purpose == ForDirectory) begin
        read_request_o = process_read(row_i, target, state_i.upper);
        state_o.phase  = (state_i.upper == 3'd0) ? PhaseOwner : PhaseProcess;
      end else begin
        read_request_o = word_read(row_i, target, state_i.purpose == ForUpdate);
        state_o.phase  = (state_i.purpose == ForUpdate) ? PhaseLock : PhasePte;
        pointer_o      = read_o && state_i.purpose == ForEntry && state_i.upper != root &&
                         !narrow_first;
      end
    end

    fault_o = bad;
    if (bad) begin
      read_o           = 1'b0;
      write_o          = 1'b0;
      guest_o          = 1'b0;
      leaf_o           = 1'b0;
      pointer_o        = 1'b0;
      second_pointer_o = 1'b0;
    end
  end

  // Pointers: of the first stage to where a table lies in memory, which with a
  // second stage is known when that has translated the address of its entry.
  always_comb begin
    pointer_entry_o.second_stage = nested;
    pointer_entry_o.gscid        = space.gscid;
    pointer_entry_o.pscid        = space.pscid;
    pointer_entry_o.level        = second ? state_i.upper[1:0] : lower[1:0];
    pointer_entry_o.vpn          = vpn_i;
    pointer_entry_o.is_global    = is_global;
    pointer_entry_o.ppn          = page;

    second_pointer_entry_o              = '0;
    second_pointer_entry_o.second_stage = 1'b1;
    second_pointer_entry_o.gscid        = space.gscid;
    second_pointer_entry_o.level        = lower[1:0];
    second_pointer_entry_o.vpn          = state_i.gpa[58:12];
    second_pointer_entry_o.ppn          = page;
  end

endmodule
