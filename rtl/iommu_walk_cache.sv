// SPDX-License-Identifier: Apache-2.0
//
// Walk cache of one stage: pointers to page tables, so that a walk begins as far
// down as one is known. Fully associative, pseudo-LRU. What the first stage's
// holds is where tables lie in memory: with a second stage on, its translation is
// part of it.
//
// A lookup takes two clocks: with `look_i` the entries are
// compared with `space_i` and `vpn_i`, with `resume_i` before that with
// `resume_space_i` and `resume_vpn_i` (each by comparators of its own: the choice
// is made last); from the next clock on, while `keep_i`, the outputs tell of the
// lowest table that lies on the path of the address, unless it goes away. With
// neither they tell of nothing. With Cfg.FastClock that is from the clock after the
// next one on: the table is read in a clock of its own.
//
// A pointer of `fill_i` is compared in the next clock, and written in the one after
// that: it takes the place of its like or of the pseudo-LRU victim, unless an
// invalidation comes in between, and is found from then on.
//
// An invalidation of the stage without an address, or with NL, drops what it
// covers, global or not. With an address alone only leaf entries are concerned,
// and there are none here; but the first stage's pointers have one of the second
// stage in them: any IOTINVAL.GVMA drops those it covers. Ids are compared in
// their lower bits only: what is dropped too much is read again.

module iommu_walk_cache
  import iommu_build_pkg::*;
  import iommu_pkg::*;
  import iommu_context_pkg::*;
  import iommu_walk_pkg::*;
#(
  parameter cfg_t Cfg    = build_cfg(BuildDefault),
  parameter bit   Second = 1'b0        // of the second stage
) (
  input  logic                  clk_i,
  input  logic                  rst_ni,

  input  logic                  look_i,
  input  logic                  keep_i,
  input  space_t                space_i,
  input  logic [46:0]           vpn_i,      // bits 58:12 of the address
  input  logic                  resume_i,
  input  space_t                resume_space_i,
  input  logic [46:0]           resume_vpn_i,
  output logic                  hit_o,
  output logic [1:0]            level_o,
  output logic                  is_global_o,
  output logic [PpnWidth-1:0]   ppn_o,
  input  logic                  use_i,      // the hit was used

  input  logic                  fill_i,     // not with inval_valid_i
  input  walk_pointer_t         fill_pointer_i,

  input  logic                  inval_valid_i,
  input  inval_t                inval_i
);

  localparam int unsigned Entries    = Cfg.WalkCacheEntries;
  localparam int unsigned IndexWidth = $clog2(Entries);
  // Pointers lead to tables of levels 0 to Levels-1; each level takes nine bits
  // of the page number. Above them the first stage's addresses have their sign, the
  // second stage's two bits more, which are kept with the ids.
  localparam int unsigned Levels     = (Second ? Cfg.Sv57x4 : Cfg.Sv57) ? 4 :
                                       (Second ? Cfg.Sv48x4 : Cfg.Sv48) ? 3 : 2;
  localparam bit          Nested     = has_second_stage(Cfg);

  typedef logic [Levels-1:0][8:0] path_t;

  typedef struct packed {
    logic                  second_stage;
    logic [GscidWidth-1:0] gscid;
    logic [PscidWidth-1:0] pscid;   // or what the second stage's address has more
  } owner_t;

  typedef struct packed {
    logic                is_global;
    logic [PpnWidth-1:0] ppn;
  } table_t;

  function automatic owner_t owner_of(
    logic second_stage, logic [GscidWidth-1:0] gscid, logic [PscidWidth-1:0] pscid,
    logic [46:0] vpn
  );
    owner_t owner;
    owner.second_stage = Nested && (Second || second_stage);
    owner.gscid        = Nested ? gscid : '0;
    owner.pscid        = Second ? PscidWidth'(vpn[9+9*Levels+:2]) : pscid;
    return owner;
  endfunction

  logic [Entries-1:0]    valid_q;
  logic [1:0]            level_q [Entries];
  owner_t                owner_q [Entries];
  path_t                 path_q  [Entries];

  // ------------------------------------------------------------- compare
  owner_t                owner, resume_owner, pointer_owner;
  path_t                 path, resume_path, pointer_path;
  logic [Entries-1:0]    on_path, resume_on_path, seen;
  logic [Entries-1:0]    same, written, covered;
  logic [Levels-1:0][Entries-1:0] hits;
  walk_pointer_t         pointer_q;

  assign owner         = owner_of(space_i.second_stage, space_i.gscid, space_i.pscid, vpn_i);
  assign path          = vpn_i[9+:9*Levels];
  assign resume_owner  = owner_of(resume_space_i.second_stage, resume_space_i.gscid,
                                  resume_space_i.pscid, resume_vpn_i);
  assign resume_path   = resume_vpn_i[9+:9*Levels];
  assign pointer_owner = owner_of(pointer_q.second_stage, pointer_q.gscid, pointer_q.pscid,
                                  pointer_q.vpn);
  assign pointer_path  = pointer_q.vpn[9+:9*Levels];

  for (genvar n = 0; n < int'(Entries); n++) begin : gen_compare
    logic [Levels-1:0] differs, resume_differs, pointer_differs;
    for (genvar k = 0; k < int'(Levels); k++) begin : gen_level
      assign differs[k]         = level_q[n] <= 2'(k) && path_q[n][k] != path[k];
      assign resume_differs[k]  = level_q[n] <= 2'(k) && path_q[n][k] != resume_path[k];
      assign pointer_differs[k] = level_q[n] <= 2'(k) && path_q[n][k] != pointer_path[k];
      assign hits[k][n]         = seen[n] && level_q[n] == 2'(k);
    end
    assign on_path[n] = valid_q[n] && owner_q[n] == owner && differs == '0;
    assign resume_on_path[n] = valid_q[n] && owner_q[n] == resume_owner && resume_differs == '0;
    assign same[n]    = valid_q[n] && owner_q[n] == pointer_owner && pointer_differs == '0 &&
                        level_q[n] == pointer_q.level;
  end

  // What is written strikes a match out in the next clock.
  logic [Entries-1:0] on_path_q, written_q;

  assign seen = on_path_q & ~written_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni)       on_path_q <= '0;
    else if (resume_i) on_path_q <= resume_on_path & ~covered;
    else if (look_i)   on_path_q <= on_path & ~covered;
    else if (keep_i)   on_path_q <= seen & ~covered;
    else               on_path_q <= '0;
  end

  always_ff @(posedge clk_i) written_q <= written;

  // -------------------------------------------------------------- lookup
  logic [Entries-1:0]    chosen;
  logic [IndexWidth-1:0] index;
  logic [1:0]            level;
  table_t                found;

  always_comb begin
    chosen  = '0;
    level   = '0;
    for (int unsigned k = Levels; k > 0; k--) begin
      if (hits[k-1] != '0) begin
        chosen  = hits[k-1];
        level   = 2'(k - 1);
      end
    end
  end

  always_comb begin
    index = '0;
    for (int unsigned n = 0; n < Entries; n++) begin
      if (chosen[n]) index = index | IndexWidth'(n);
    end
  end

  logic [IndexWidth-1:0] used_index;

  if (Cfg.FastClock) begin : gen_read_clock
    logic                  hit_q;
    logic [IndexWidth-1:0] index_q;
    logic [1:0]            level_found_q;
    table_t                found_q;

    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) hit_q <= 1'b0;
      else         hit_q <= (chosen & ~written & ~covered) != '0;
    end

    always_ff @(posedge clk_i) begin
      index_q       <= index;
      level_found_q <= level;
      found_q       <= found;
    end

    assign hit_o       = hit_q;
    assign level_o     = level_found_q;
    assign is_global_o = found_q.is_global;
    assign ppn_o       = found_q.ppn;
    assign used_index  = index_q;
  end else begin : gen_read
    assign hit_o       = seen != '0;
    assign level_o     = level;
    assign is_global_o = found.is_global;
    assign ppn_o       = found.ppn;
    assign used_index  = index;
  end

  // ---------------------------------------------------------------- fill
  logic [IndexWidth-1:0] same_index, victim, target_q;
  table_t                fill_table;
  logic                  fill_q, write_q, write, twice;
  walk_pointer_t         written_pointer_q;
  owner_t                written_owner;
  path_t                 written_path;
  logic [Levels-1:0]     other;   // the path of the pointer being written is another

  assign written_path  = written_pointer_q.vpn[9+:9*Levels];
  assign written_owner = owner_of(written_pointer_q.second_stage, written_pointer_q.gscid,
                                  written_pointer_q.pscid, written_pointer_q.vpn);

  always_comb begin
    same_index = '0;
    for (int unsigned n = 0; n < Entries; n++) begin
      if (same[n]) same_index = same_index | IndexWidth'(n);
    end
  end

  // Twice the same in a row: the second is not needed. Two others in a row do not
  // take one place.
  assign twice = write_q && pointer_owner == written_owner &&
                 pointer_q.level == written_pointer_q.level && other == '0;

  for (genvar k = 0; k < int'(Levels); k++) begin : gen_other
    assign other[k] = pointer_q.level <= 2'(k) && pointer_path[k] != written_path[k];
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      fill_q  <= 1'b0;
      write_q <= 1'b0;
    end else begin
      fill_q  <= fill_i;
      write_q <= fill_q && !inval_valid_i && !twice;
    end
  end

  always_ff @(posedge clk_i) begin
    pointer_q         <= fill_pointer_i;
    written_pointer_q <= pointer_q;
    if (same != '0)                              target_q <= same_index;
    else if (write_q && victim == target_q)      target_q <= victim ^ IndexWidth'(1);
    else                                         target_q <= victim;
  end

  assign write      = write_q && !inval_valid_i;
  assign written    = write ? (Entries'(1) << target_q) : '0;
  assign fill_table = '{is_global: written_pointer_q.is_global, ppn: written_pointer_q.ppn};

  plru_tree #(.N(Entries)) u_plru (
    .clk_i, .rst_ni,
    .use_valid_i  (use_i),
    .use_index_i  (used_index),
    .fill_valid_i (write),
    .fill_index_i (target_q),
    .victim_o     (victim)
  );

  lut_ram #(.T(table_t), .Depth(Entries)) u_tables (
    .clk_i,
    .write_i       (write),
    .write_index_i (target_q),
    .write_data_i  (fill_table),
    .read_index_i  (index),
    .read_data_o   (found)
  );

  // -------------------------------------------------------- invalidation
  logic leaves, drops;

  assign leaves = inval_i.av && !inval_i.nl;

  if (Second) begin : gen_drops_second
    assign drops = inval_i.kind == InvalGvma && !(leaves && inval_i.gv);
  end else begin : gen_drops_first
    assign drops = (inval_i.kind == InvalVma && !leaves) || (Nested && inval_i.kind == InvalGvma);
  end

  for (genvar n = 0; n < int'(Entries); n++) begin : gen_cover
    space_t space;
    assign space      = nearly_space(inval_i, owner_q[n].second_stage, owner_q[n].gscid[7:0],
                                     owner_q[n].pscid[7:0]);
    assign covered[n] = inval_valid_i && drops && covers_space(inval_i, space, 1'b0);
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      valid_q <= '0;
    end else begin
      for (int unsigned n = 0; n < Entries; n++) begin
        if (covered[n])      valid_q[n] <= 1'b0;
        else if (written[n]) valid_q[n] <= 1'b1;
      end
    end
  end

  always_ff @(posedge clk_i) begin
    for (int unsigned n = 0; n < Entries; n++) begin
      if (written[n]) begin
        level_q[n] <= written_pointer_q.level;
        owner_q[n] <= written_owner;
        path_q[n]  <= written_path;
      end
    end
  end

`ifndef SYNTHESIS
  always_ff @(posedge clk_i) begin
    if (rst_ni) begin
      a_one_hit: assert ($onehot0(chosen) && $onehot0(same));
      a_quiet:   assert (!(fill_i && inval_valid_i));
      a_use:     assert (!use_i || hit_o);
    end
  end
`endif

endmodule
