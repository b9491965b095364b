// SPDX-License-Identifier: Apache-2.0
//
// What a leaf says: where its page puts an address, and the translation that
// comes of both stages. Combinational. Of a pointer (`pointer_i`) all of the page
// number counts.
//
// Permissions are those that both stages give, the page is the smaller one, the
// memory type is the first stage's unless that leaves it to the second. G counts
// in the first stage only, and so does U, which the second stage always needs.

module iommu_walk_leaf
  import iommu_build_pkg::*;
  import iommu_pkg::*;
  import iommu_context_pkg::*;
  import iommu_constants_pkg::*;
  import iommu_walk_pkg::*;
  import iommu_walk_used_pkg::*;
#(
  parameter cfg_t Cfg = build_cfg(BuildDefault)
) (
  input  logic [63:0]   pte_i,
  input  logic          pointer_i,
  input  page_e         size_i,
  input  logic          narrow_i,     // of Sv32 or Sv32x4: 2 MiB are half of a page
  input  logic          narrow_first_i, // the first stage is Sv32
  input  logic          second_i,     // a PTE of the second stage
  input  logic          is_global_i,  // of the first stage
  input  leaf_t         first_i,      // its outcome, with second_i
  input  page_e         limit_i,      // of the page, with second_i
  input  logic [PpnWidth-1:0] page_i, // of the address that it translates
  input  logic [46:0]   vpn_i,        // of the request
  input  space_t        space_i,

  output leaf_t              leaf_o,   // this leaf alone
  output logic [PpnWidth-1:0] page_o,
  output translation_t       entry_o
);

  logic [PpnWidth-1:0] mask, page;

  always_comb begin
    leaf_o.r    = pte_i[PTE_R_BIT];
    leaf_o.w    = pte_i[PTE_W_BIT];
    leaf_o.x    = pte_i[PTE_X_BIT];
    leaf_o.u    = pte_i[PTE_U_BIT];
    leaf_o.d    = pte_i[PTE_D_BIT];
    leaf_o.pbmt = Cfg.Svpbmt ? pte_i[PTE_PBMT_LSB +: PTE_PBMT_WIDTH] : 2'(PBMT_PMA);
    leaf_o.size = size_i;
  end

  always_comb begin
    mask = page_mask(size_i);
    if (narrow_i && size_i == Page2M) mask[9] = 1'b0;
    if (pointer_i) mask = '1;
  end

  assign page      = (pte_i[PTE_PPN_LSB +: PTE_PPN_WIDTH] & mask) |
                     (page_i & ~mask);
  assign page_o    = page;

  // Both stages. Without a second one this leaf is the first's.
  leaf_t first, second;
  page_e size;
  logic  narrow_leaf;

  assign first  = second_i ? first_i : leaf_o;
  assign second = second_i ? leaf_o : bare_leaf();
  assign size   = (first.size < second.size) ? first.size : second.size;

  assign narrow_leaf = space_i.first_stage ? narrow_first_i : narrow_i;

  always_comb begin
    entry_o           = '0;
    entry_o.space     = space_i;
    entry_o.is_global = is_global_i;
    entry_o.vpn       = vpn_i;
    entry_o.size      = used_size(Cfg, (second_i && limit_i < size) ? limit_i : size);
    entry_o.leaf      = used_size(Cfg, space_i.first_stage ? first.size : second.size);
    if (narrow_leaf && entry_o.leaf == Page2M) entry_o.leaf = Page1G;
    entry_o.ppn       = page;
    entry_o.pbmt      = (first.pbmt != 2'(PBMT_PMA)) ? first.pbmt : second.pbmt;
    entry_o.r         = first.r && second.r;
    entry_o.w         = first.w && second.w;
    entry_o.x         = first.x && second.x;
    entry_o.u         = first.u;
    entry_o.d         = first.d && second.d;
  end

endmodule
