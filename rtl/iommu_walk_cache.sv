// SPDX-License-Identifier: Apache-2.0
//
// Walk cache of the first stage: pointers to page tables, so that a walk begins
// as far down as one is known. Fully associative; lookup is combinational and
// gives the lowest table that lies on the path of the address. A fill replaces
// the same pointer if it is there already, otherwise the entries take turns.
//
// IOTINVAL.VMA without an address drops what it covers, global or not. With an
// address only leaf entries are concerned, and this cache holds none.

module iommu_walk_cache
  import iommu_pkg::*;
  import iommu_walk_pkg::*;
#(
  parameter cfg_t Cfg = build_cfg(BuildDefault)
) (
  input  logic                  clk_i,
  input  logic                  rst_ni,

  input  logic [PscidWidth-1:0] pscid_i,
  input  logic [44:0]           vpn_i,      // iova[56:12]
  output logic                  hit_o,
  output logic [1:0]            level_o,
  output logic                  is_global_o,
  output logic [PpnWidth-1:0]   ppn_o,

  input  logic                  fill_i,
  input  walk_pointer_t         fill_pointer_i,

  input  logic                  inval_valid_i,
  input  inval_t                inval_i
);

  localparam int unsigned Entries    = Cfg.WalkCacheEntries;
  localparam int unsigned IndexWidth = $clog2(Entries);
  // Pointers lead to tables of levels 0 to Levels-1.
  localparam int unsigned Levels     = Cfg.Sv57 ? 4 : Cfg.Sv48 ? 3 : 2;

  // Bits of the page number that lead to a table of this level.
  function automatic logic [44:0] path(logic [44:0] vpn, logic [1:0] level);
    unique case (level)
      2'd0:    return {vpn[44:9], 9'd0};
      2'd1:    return {vpn[44:18], 18'd0};
      2'd2:    return {vpn[44:27], 27'd0};
      default: return {vpn[44:36], 36'd0};
    endcase
  endfunction

  logic [Entries-1:0] valid_q;
  walk_pointer_t      entry_q [Entries];
  logic [IndexWidth-1:0] victim_q, target;

  // Lookup.
  logic [Levels-1:0][Entries-1:0] hits;
  logic [Entries-1:0]             chosen;

  always_comb begin
    hits = '0;
    for (int unsigned n = 0; n < Entries; n++) begin
      for (int unsigned level = 0; level < Levels; level++) begin
        hits[level][n] = valid_q[n] && entry_q[n].pscid == pscid_i &&
                         entry_q[n].level == 2'(level) &&
                         entry_q[n].vpn == path(vpn_i, entry_q[n].level);
      end
    end
  end

  always_comb begin
    chosen = '0;
    for (int unsigned level = Levels; level > 0; level--) begin
      if (hits[level-1] != '0) chosen = hits[level-1];
    end
  end

  always_comb begin
    level_o     = '0;
    is_global_o = 1'b0;
    ppn_o       = '0;
    for (int unsigned n = 0; n < Entries; n++) begin
      level_o     = level_o     | (entry_q[n].level     & {2{chosen[n]}});
      is_global_o = is_global_o | (entry_q[n].is_global & chosen[n]);
      ppn_o       = ppn_o       | (entry_q[n].ppn       & {PpnWidth{chosen[n]}});
    end
  end

  assign hit_o = chosen != '0;

  // Fill.
  walk_pointer_t      fill;
  logic [Entries-1:0] same;
  logic               replace;

  always_comb begin
    fill     = fill_pointer_i;
    fill.vpn = path(fill_pointer_i.vpn, fill_pointer_i.level);
  end

  always_comb begin
    target = victim_q;
    for (int unsigned n = 0; n < Entries; n++) begin
      same[n] = valid_q[n] && entry_q[n].pscid == fill.pscid &&
                entry_q[n].level == fill.level && entry_q[n].vpn == fill.vpn;
      if (same[n]) target = IndexWidth'(n);
    end
  end

  assign replace = same != '0;

  // Invalidation.
  logic [Entries-1:0] covered;

  for (genvar n = 0; n < int'(Entries); n++) begin : gen_cover
    assign covered[n] = inval_valid_i && !(inval_i.kind == InvalVma && inval_i.av) &&
                        covers_space(inval_i, host_space(entry_q[n].pscid), 1'b0);
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      valid_q  <= '0;
      victim_q <= '0;
    end else begin
      valid_q <= valid_q & ~covered;
      if (fill_i) begin
        valid_q[target] <= 1'b1;
        if (!replace) victim_q <= victim_q + 1'b1;
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (fill_i) entry_q[target] <= fill;
  end

`ifndef SYNTHESIS
  always_ff @(posedge clk_i) begin
    if (rst_ni) begin
      a_one_hit: assert ((chosen & (chosen - 1'b1)) == '0);
      a_quiet:   assert (!(fill_i && inval_valid_i));
    end
  end
`endif

endmodule
