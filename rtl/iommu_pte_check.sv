// SPDX-License-Identifier: Apache-2.0
//
// Judges one page-table entry of Sv32, Sv39, Sv48 or Sv57, or of their variants for
// the second stage: steps 3 to 7 of the virtual address translation process of the
// Privileged specification, with the rules of the extensions Svnapot and Svpbmt.
// Combinational.
//
// An entry of Sv32 or Sv32x4 (`narrow_i`) comes with zeros above its 32 bits. Its
// page of 4 MiB counts as 2 MiB: the half that is asked for.
//
// What is asked for, and what U may not be, is told by `judge_i`, which depends on the
// walk only.
//
// A fault is a page fault of the stage. Without one the entry is a pointer, or asks
// with `update_o` for `updated_o` to be written atomically first, or is a leaf that
// may be used. `pointer_o` and `update_o` tell of its shape, whether it faults or not:
// what follows is chosen by them before the fault is known.

module iommu_pte_check
  import iommu_build_pkg::*;
  import iommu_pkg::*;
  import iommu_constants_pkg::*;
  import iommu_walk_pkg::*;
#(
  parameter cfg_t Cfg = build_cfg(BuildDefault)
) (
  input  logic [63:0] pte_i,
  input  logic [2:0]  level_i,
  input  logic        narrow_i,
  input  judge_t      judge_i,

  output logic        fault_o,
  output logic        pointer_o,
  output logic        update_o,
  output logic [63:0] updated_o,
  output page_e       size_o        // of a leaf
);

  logic valid, r, w, x, u, a, d, n;
  logic [PTE_PBMT_WIDTH-1:0] pbmt;
  logic [PpnWidth-1:0]       ppn;

  assign valid = pte_i[PTE_V_BIT];
  assign r     = pte_i[PTE_R_BIT];
  assign w     = pte_i[PTE_W_BIT];
  assign x     = pte_i[PTE_X_BIT];
  assign u     = pte_i[PTE_U_BIT];
  assign a     = pte_i[PTE_A_BIT];
  assign d     = pte_i[PTE_D_BIT];
  assign n     = pte_i[PTE_N_BIT];
  assign pbmt  = pte_i[PTE_PBMT_LSB +: PTE_PBMT_WIDTH];
  assign ppn   = pte_i[PTE_PPN_LSB +: PTE_PPN_WIDTH];

  // Shape: what is wrong whatever the access. Writable without readable stays
  // reserved, there being no shadow stacks for I/O. Svrsw60t59b is not offered.
  logic is_pointer;
  logic reserved_permission, reserved_bits, reserved_pbmt;
  logic reserved_pointer, reserved_napot, misaligned, malformed;

  assign is_pointer          = !r && !x;
  assign reserved_permission = !r && w;
  assign reserved_bits       = pte_i[PTE_RSVD_LSB +: PTE_RSVD_WIDTH] != '0 ||
                               pte_i[PTE_RSW60T59B_LSB +: PTE_RSW60T59B_WIDTH] != '0;
  assign reserved_pbmt       = Cfg.Svpbmt ? pbmt == 2'(PBMT_RSVD) : pbmt != '0;
  assign reserved_pointer    = is_pointer && (a || d || u || pbmt != '0 || level_i == 3'd0);
  assign reserved_napot      = n && (level_i != 3'd0 || ppn[3:0] != 4'(NAPOT_64K_PPN_LOW));
  assign misaligned          = !is_pointer &&
                               ((level_i > 3'd0 && ppn[8:0]   != '0) ||
                                (level_i > 3'd0 && narrow_i && ppn[9]) ||
                                (level_i > 3'd1 && ppn[17:9]  != '0) ||
                                (level_i > 3'd2 && ppn[26:18] != '0) ||
                                (level_i > 3'd3 && ppn[35:27] != '0));
  assign malformed           = !valid || reserved_permission || reserved_bits || reserved_pbmt ||
                               reserved_pointer || reserved_napot || misaligned;

  // Permission.
  logic missing, denied;

  assign missing = (judge_i.want.r && !r) || (judge_i.want.w && !w) || (judge_i.want.x && !x);
  assign denied  = (missing && judge_i.want.enforced) ||
                   (u ? judge_i.no_user : judge_i.user);

  // Accessed and dirty. What is not granted need not be noted.
  logic sets_dirty, outdated;

  assign sets_dirty = judge_i.want.w && w;
  assign outdated   = !a || (sets_dirty && !d);

  assign fault_o   = malformed || (!is_pointer && (denied || (outdated && !judge_i.hardware)));
  assign pointer_o = is_pointer;
  assign update_o  = !is_pointer && outdated;

  always_comb begin
    updated_o            = pte_i;
    updated_o[PTE_A_BIT] = 1'b1;
    updated_o[PTE_D_BIT] = d || sets_dirty;
  end

  always_comb begin
    unique case (level_i)
      3'd0:    size_o = n ? Page64K : Page4K;
      3'd1:    size_o = Page2M;
      3'd2:    size_o = Page1G;
      3'd3:    size_o = Page512G;
      default: size_o = Page256T;
    endcase
  end

endmodule
