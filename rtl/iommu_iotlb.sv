// SPDX-License-Identifier: Apache-2.0
//
// First level of the IOTLB: end-to-end translations of every page size, fully
// associative, tree pseudo-LRU.
//
// Lookup: `lookup_space_i` and `lookup_vpn_i` in one clock, `permitted_o` and
// what the entry says in the next, with FastClock in the one after that; one lookup a
// clock, never refused.
// `permitted_o`: an entry matched, and permits the access. `used_i`, in that
// clock, makes the entry that matched the most recently used.
//
// Fill: takes a free line or the pseudo-LRU victim, and drops all lines that
// it overlaps (same addresses, whichever page is bigger, in a space that one
// lookup could match), so that no lookup matches two. Should two match all the
// same, the lowest answers, if both permit the access: an index is encoded,
// entries are never blended.
// Seen by lookups from the next clock on, with FastClock two clocks later.
//
// Invalidation: all lines in parallel, in the clock after it came; seen by lookups
// from the second clock on, with FastClock from the third. It wins over a fill that
// would reach the lines with it or, compared before it, after it: that one is lost,
// which costs a walk. Bits of the address above 58 are not compared: in every
// entry they repeat bit 58 or are 0, so this can only drop too much.
//
// With FastClock the page number that the lines compare is chosen in one clock,
// compared in the next, and the lines are dropped and filled in the third. Fills are
// at least two clocks apart then.
//
// Races of a lookup in clock t, which reads the RAM in t+1 by what matched in t; clocks
// of fills are those in which the lines are written:
// - a fill in t that takes the matched line: the RAM will hold another entry in
//   t+1, so the match is struck out and the lookup misses;
// - a fill in t+1: the RAM still shows the old entry in t+1. With FastClock it is read in
//   t+2, and a fill in t+1 strikes the match out as well;
// - a line that is dropped in t, by an invalidation or because a fill in another
//   line overlaps it: its RAM word stays, and the lookup answers what was valid
//   in t. That is allowed: it belongs to a request accepted before t.

module iommu_iotlb
  import iommu_build_pkg::*;
  import iommu_pkg::*;
  import iommu_context_pkg::*;
#(
  parameter int unsigned Entries    = 16,
  parameter bit          FastClock = 1'b0
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

  logic [Entries-1:0] match, permit, valid, fill_here;
  logic               any_free, hit;
  index_t             hit_index, free_index, victim, next_index, fill_index;
  leaf_t              fill_leaf, leaf;

  assign next_index = any_free ? free_index : victim;

  logic   inval_valid_q;
  inval_t inval_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) inval_valid_q <= 1'b0;
    else         inval_valid_q <= inval_valid_i;
  end

  always_ff @(posedge clk_i) inval_q <= inval_i;

  // A fill is compared (`fill_compare`) and written (`fill`).
  logic         fill_compare, fill;
  translation_t filled;
  logic [46:0]  upkeep_vpn;

  if (FastClock) begin : gen_upkeep_clocks
    logic               compare_q, fill_q;
    logic [Entries-1:0] here_q;
    index_t             index_q;
    translation_t       filled_q;
    logic [46:0]        upkeep_vpn_q;

    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) begin
        compare_q <= 1'b0;
        fill_q    <= 1'b0;
        here_q    <= '0;
      end else begin
        compare_q <= fill_valid_i && !inval_valid_i && !inval_valid_q;
        fill_q    <= compare_q && !inval_valid_i;
        here_q    <= (compare_q && !inval_valid_i) ? (Entries'(1) << next_index) : '0;
      end
    end

    always_ff @(posedge clk_i) begin
      index_q      <= next_index;
      upkeep_vpn_q <= inval_valid_i ? inval_i.addr[46:0] : fill_i.vpn;
      if (fill_valid_i) filled_q <= fill_i;
    end

    assign fill_compare = compare_q;
    assign fill         = fill_q;
    assign fill_here    = here_q;
    assign fill_index   = index_q;
    assign filled       = filled_q;
    assign upkeep_vpn   = upkeep_vpn_q;

`ifndef SYNTHESIS
    always_ff @(posedge clk_i) begin
      if (rst_ni) assert (!(fill_valid_i && compare_q)) else $error("fills without a clock between");
    end
`endif
  end else begin : gen_upkeep
    assign fill_compare = fill;
    assign fill         = fill_valid_i && !inval_valid_q;
    assign fill_here    = fill ? (Entries'(1) << fill_index) : '0;
    assign fill_index   = next_index;
    assign filled       = fill_i;
    assign upkeep_vpn   = inval_valid_q ? inval_q.addr[46:0] : fill_i.vpn;
  end

  for (genvar i = 0; i < Entries; i++) begin : gen_line
    iommu_iotlb_line #(.FastClock(FastClock)) u_line (
      .clk_i, .rst_ni,
      .lookup_space_i, .lookup_vpn_i, .lookup_access_i, .lookup_priv_i, .lookup_sum_i,
      .match_o       (match[i]),
      .permit_o      (permit[i]),
      .valid_o       (valid[i]),
      .inval_valid_i (inval_valid_q),
      .inval_i       (inval_q),
      .fill_valid_i  (fill_compare),
      .fill_here_i   (fill_here[i]),
      .fill_i        (filled),
      .upkeep_vpn_i  (upkeep_vpn)
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

  // The line that matched: its index is encoded in the clock of the RAM, with FastClock in
  // the one before.
  logic [Entries-1:0] match_now, encoded, encoded_permit;
  logic               any_match, allowed;
  index_t             match_index;

  assign match_now = match & ~fill_here;

  lowest_one #(.N(Entries)) u_hit_index (
    .bits_i  (encoded),
    .any_o   (any_match),
    .index_o (match_index)
  );

  assign allowed = any_match && (encoded & ~encoded_permit) == '0;

  if (FastClock) begin : gen_encoded_before
    logic   hit_q, permitted_q;
    index_t hit_index_q;

    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) begin
        hit_q       <= 1'b0;
        permitted_q <= 1'b0;
      end else begin
        hit_q       <= any_match;
        permitted_q <= allowed;
      end
    end

    always_ff @(posedge clk_i) hit_index_q <= match_index;

    assign encoded        = match_now;
    assign encoded_permit = permit;
    assign hit            = hit_q;
    assign hit_index      = hit_index_q;
    assign permitted_o    = permitted_q;
  end else begin : gen_encoded
    logic [Entries-1:0] match_q, permit_q;

    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) match_q <= '0;
      else         match_q <= match_now;
    end

    always_ff @(posedge clk_i) permit_q <= permit;

    assign encoded        = match_q;
    assign encoded_permit = permit_q;
    assign hit            = any_match;
    assign hit_index      = match_index;
    assign permitted_o    = allowed;
  end

  assign fill_leaf = '{
    size: filled.size, ppn: filled.ppn, pbmt: filled.pbmt, msi: filled.msi
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
