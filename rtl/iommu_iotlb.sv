// SPDX-License-Identifier: Apache-2.0
//
// First level of the IOTLB: end-to-end translations of every page size, fully
// associative, tree pseudo-LRU.
//
// Lookup: `lookup_space_i` and `lookup_vpn_i` in one clock, `hit_o` and
// what the entry says in the next; one lookup a clock, never refused.
// `permitted_o`: an entry matched, and permits the access. `used_i`, in that
// clock, makes the entry that matched the most recently used.
//
// Fill: takes a free line or the pseudo-LRU victim, and drops all lines that
// it overlaps (same addresses, whichever page is bigger, in a space that one
// lookup could match), so that no lookup matches two. Should two match all the
// same, the lowest answers, if both permit the access: an index is encoded,
// entries are never blended.
// Seen by lookups from the next clock on.
//
// Invalidation: one clock, all lines in parallel; wins over a fill of the same
// clock, which is dropped. Bits of the address above 58 are not compared: in every
// entry they repeat bit 58 or are 0, so this can only drop too much.
//
// Races of a lookup in clock t, which reads the RAM in t+1 by what matched in t:
// - a fill in t that takes the matched line: the RAM will hold another entry in
//   t+1, so the match is struck out and the lookup misses;
// - a fill in t+1: the RAM still shows the old entry in t+1;
// - a line that is dropped in t, by an invalidation or because a fill in another
//   line overlaps it: its RAM word stays, and the lookup answers what was valid
//   in t. That is allowed: it belongs to a request accepted before t.

module iommu_iotlb
  import iommu_build_pkg::*;
  import iommu_pkg::*;
  import iommu_context_pkg::*;
#(
  parameter int unsigned Entries = 16
) (
  input  logic         clk_i,
  input  logic         rst_ni,

  input  space_t       lookup_space_i,
  input  logic [46:0]  lookup_vpn_i,
  input  access_e      lookup_access_i,
  input  logic         lookup_priv_i,
  input  logic         lookup_sum_i,
  output logic         permitted_o,
  output page_e        size_o,
  output logic [PpnWidth-1:0] ppn_o,
  output logic [1:0]   pbmt_o,
  output logic         msi_o,
  input  logic         used_i,

  input  logic         fill_valid_i,
  input  translation_t fill_i,

  input  logic         inval_valid_i,
  input  inval_t       inval_i
);

  localparam int unsigned IndexWidth = $clog2(Entries);
  typedef logic [IndexWidth-1:0] index_t;

  // What a hit needs of an entry.
  typedef struct packed {
    logic [2:0]          size;
    logic [PpnWidth-1:0] ppn;
    logic [1:0]          pbmt;
    logic                msi;
  } leaf_t;

  logic [Entries-1:0] match, match_q, permit, permit_q, valid, fill_here;
  logic               fill, any_free, hit;
  index_t             hit_index, free_index, victim, fill_index;
  logic [46:0]        upkeep_vpn;
  leaf_t              fill_leaf, leaf;

  assign fill       = fill_valid_i && !inval_valid_i;
  assign fill_index = any_free ? free_index : victim;
  assign fill_here  = fill ? (Entries'(1) << fill_index) : '0;
  assign upkeep_vpn = inval_valid_i ? inval_i.addr[46:0] : fill_i.vpn;

  for (genvar i = 0; i < Entries; i++) begin : gen_line
    iommu_iotlb_line u_line (
      .clk_i, .rst_ni,
      .lookup_space_i, .lookup_vpn_i, .lookup_access_i, .lookup_priv_i, .lookup_sum_i,
      .match_o      (match[i]),
      .permit_o     (permit[i]),
      .valid_o      (valid[i]),
      .inval_valid_i, .inval_i,
      .fill_valid_i (fill),
      .fill_here_i  (fill_here[i]),
      .fill_i,
      .upkeep_vpn_i (upkeep_vpn)
    );
  end

  lowest_one #(.N(Entries)) u_free_index (
    .bits_i  (~valid),
    .any_o   (any_free),
    .index_o (free_index)
  );

  plru_tree #(.N(Entries)) u_plru (
    .clk_i, .rst_ni,
    .use_valid_i  (hit && used_i),
    .use_index_i  (hit_index),
    .fill_valid_i (fill),
    .fill_index_i (fill_index),
    .victim_o     (victim)
  );

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) match_q <= '0;
    else         match_q <= match & ~fill_here;
  end

  always_ff @(posedge clk_i) permit_q <= permit;

  assign permitted_o = hit && (match_q & ~permit_q) == '0;

  lowest_one #(.N(Entries)) u_hit_index (
    .bits_i  (match_q),
    .any_o   (hit),
    .index_o (hit_index)
  );

  assign fill_leaf = '{
    size: fill_i.size, ppn: fill_i.ppn, pbmt: fill_i.pbmt, msi: fill_i.msi
  };

  lut_ram #(.T(leaf_t), .Depth(Entries)) u_leaves (
    .clk_i,
    .write_i       (fill),
    .write_index_i (fill_index),
    .write_data_i  (fill_leaf),
    .read_index_i  (hit_index),
    .read_data_o   (leaf)
  );

  assign size_o = page_e'(leaf.size);
  assign ppn_o  = leaf.ppn;
  assign pbmt_o = leaf.pbmt;
  assign msi_o  = leaf.msi;

`ifndef SYNTHESIS
  always_ff @(posedge clk_i) begin
    if (rst_ni) assert ($onehot0(match)) else $error("two entries for one address");
  end
`endif

endmodule
