// SPDX-License-Identifier: Apache-2.0
//
// Contexts by their key, fully associative, tree pseudo-LRU. Whoever fills has
// checked the context: nothing here can fault.
//
// Two lookups. The pipeline's counts as a use. It is combinational within a clock, or
// with `Registered` tells in the clock after of the line that matched, unless something
// took it away in between. The walker's takes two clocks: `walk_key_i` is compared in
// the clock of `walk_next_i`; from the clock after it until the next `walk_next_i` the
// outputs tell of that line, as long as nothing takes it away. With `Registered` the
// context itself comes a clock after that. A fill takes a free line
// or the pseudo-LRU victim and is seen from the next clock on by what is compared then;
// an older line of the same key is dropped, so that never two match.
//
// An invalidation takes one clock and wins over a fill of that clock. Which lines
// it covers is for the owner to say, combinationally, from the keys of all lines.
//
// With `Registered` both are done a clock later: a request accepted with an invalidation is
// compared in that clock, no earlier, and still finds nothing. The walker hits nothing in
// the clock in which lines are dropped. An invalidation that comes while a fill is on its
// way empties the line that is filled. Fills are at least two clocks apart then.

module iommu_context_cache #(
  parameter int unsigned Entries    = 16,
  parameter bit          Registered = 1'b0,
  parameter type         key_t      = logic,
  parameter type         context_t  = logic
) (
  input  logic clk_i,
  input  logic rst_ni,

  input  logic     lookup_valid_i,
  input  key_t     lookup_key_i,
  output logic     lookup_hit_o,
  output context_t lookup_context_o,

  input  logic     walk_next_i,
  input  key_t     walk_key_i,
  output logic     walk_hit_o,
  output context_t walk_context_o,

  input  logic     fill_valid_i,
  input  key_t     fill_key_i,
  input  context_t fill_i,

  input  logic               inval_i,
  output key_t [Entries-1:0] keys_o,
  input  logic [Entries-1:0] covered_i
);

  localparam int unsigned IndexWidth = $clog2(Entries);
  typedef logic [IndexWidth-1:0] index_t;

  logic [Entries-1:0] valid_q, lookup_match, walk_match, walk_found, walk_match_d, walk_match_q,
                      same, dropped, drop, fill_now, fill_here;
  key_t [Entries-1:0] key_q;

  // What is written, and whether it counts.
  logic     fill, fill_counts, any_free, lookup_any, walk_hit_d, walk_hit_q;
  key_t     filled_key;
  context_t filled;
  index_t lookup_index, read_index, walk_index, walk_index_q, free_index, victim, next_index,
          fill_index;

  assign keys_o = key_q;

  always_comb begin
    for (int unsigned i = 0; i < Entries; i++) begin
      lookup_match[i] = valid_q[i] && key_q[i] == lookup_key_i;
      walk_match[i]   = valid_q[i] && key_q[i] == walk_key_i;
      same[i]         = key_q[i] == fill_key_i;
    end
  end

  // Lines that an invalidation takes, or a fill of the same key.
  assign dropped      = inval_i ? covered_i : (same & {Entries{fill_valid_i}});
  assign walk_found   = walk_next_i ? walk_match : walk_match_q;
  assign walk_match_d = walk_found & ~drop & ~fill_here;

  assign next_index = any_free ? free_index : victim;
  assign fill_now   = (fill_valid_i && !inval_i) ? (Entries'(1) << next_index) : '0;

  if (Registered) begin : gen_late_upkeep
    logic               fill_q;
    logic [Entries-1:0] drop_q, fill_here_q;
    index_t             fill_index_q;
    key_t               filled_key_q;
    context_t           filled_q;

    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) begin
        fill_q      <= 1'b0;
        drop_q      <= '0;
        fill_here_q <= '0;
      end else begin
        fill_q      <= fill_valid_i && !inval_i;
        drop_q      <= dropped;
        fill_here_q <= fill_now;
      end
    end

    always_ff @(posedge clk_i) begin
      fill_index_q <= next_index;
      filled_key_q <= fill_key_i;
      filled_q     <= fill_i;
    end

    assign fill        = fill_q;
    assign fill_counts = !inval_i;
    assign fill_here   = fill_here_q;
    assign fill_index  = fill_index_q;
    assign filled_key  = filled_key_q;
    assign filled      = filled_q;
    assign drop        = drop_q;

`ifndef SYNTHESIS
    // Two of one key would not see each other.
    always_ff @(posedge clk_i) begin
      if (rst_ni) assert (!(fill_valid_i && fill_q)) else $error("fills without a clock between");
    end
`endif
  end else begin : gen_upkeep
    assign fill        = fill_valid_i && !inval_i;
    assign fill_counts = 1'b1;
    assign fill_here   = fill_now;
    assign fill_index  = next_index;
    assign filled_key  = fill_key_i;
    assign filled      = fill_i;
    assign drop        = dropped;
  end

  // At most one line matches.
  assign lookup_any = lookup_match != '0;

  always_comb begin
    lookup_index = '0;
    walk_index   = '0;
    for (int unsigned i = 0; i < Entries; i++) begin
      if (lookup_match[i]) lookup_index = lookup_index | index_t'(i);
      if (walk_found[i])   walk_index   = walk_index | index_t'(i);
    end
  end

  lowest_one #(.N(Entries)) u_free_index (
    .bits_i  (~valid_q),
    .any_o   (any_free),
    .index_o (free_index)
  );

  context_t walk_read;

  // A use is noted a clock later: the comparison takes its own.
  logic   used_q;
  index_t used_index_q;

  plru_tree #(.N(Entries)) u_plru (
    .clk_i, .rst_ni,
    .use_valid_i  (used_q),
    .use_index_i  (used_index_q),
    .fill_valid_i (fill),
    .fill_index_i (fill_index),
    .victim_o     (victim)
  );

  if (Registered) begin : gen_registered
    logic [Entries-1:0] lookup_match_q, taken_q;

    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) lookup_match_q <= '0;
      else         lookup_match_q <= lookup_match;
    end

    always_ff @(posedge clk_i) taken_q <= drop | fill_here;

    assign lookup_hit_o = (lookup_match_q & ~taken_q) != '0;
    assign read_index   = used_index_q;

    context_t walk_context_q;
    logic     inval_q;

    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) inval_q <= 1'b0;
      else         inval_q <= inval_i;
    end

    always_ff @(posedge clk_i) walk_context_q <= walk_read;

    // The context comes a clock after the match, and so may this.
    assign walk_hit_d     = (walk_match_q & ~drop & ~fill_here) != '0;
    assign walk_hit_o     = walk_hit_q && !inval_q;
    assign walk_context_o = walk_context_q;
  end else begin : gen_combinational
    assign lookup_hit_o = lookup_any;
    assign read_index   = lookup_index;

    assign walk_hit_d     = walk_match_d != '0;
    assign walk_hit_o     = walk_hit_q;
    assign walk_context_o = walk_read;
  end

  lut_ram #(.T(context_t), .Depth(Entries)) u_lookup_contexts (
    .clk_i,
    .write_i       (fill),
    .write_index_i (fill_index),
    .write_data_i  (filled),
    .read_index_i  (read_index),
    .read_data_o   (lookup_context_o)
  );

  lut_ram #(.T(context_t), .Depth(Entries)) u_walk_contexts (
    .clk_i,
    .write_i       (fill),
    .write_index_i (fill_index),
    .write_data_i  (filled),
    .read_index_i  (walk_index_q),
    .read_data_o   (walk_read)
  );

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      valid_q      <= '0;
      walk_match_q <= '0;
      walk_hit_q   <= 1'b0;
      used_q       <= 1'b0;
    end else begin
      valid_q      <= (valid_q & ~drop & ~fill_here) | (fill_here & {Entries{fill_counts}});
      walk_match_q <= walk_match_d;
      walk_hit_q   <= walk_hit_d;
      used_q       <= lookup_valid_i && lookup_any;
    end
  end

  // The walker's line is read in the clock after: its index counts with a match.
  always_ff @(posedge clk_i) begin
    used_index_q <= lookup_index;
    walk_index_q <= walk_index;
  end

  for (genvar i = 0; i < Entries; i++) begin : gen_key
    always_ff @(posedge clk_i) begin
      if (fill_here[i]) key_q[i] <= filled_key;
    end
  end

`ifndef SYNTHESIS
  always_ff @(posedge clk_i) begin
    if (rst_ni) begin
      assert ($onehot0(lookup_match)) else $error("two contexts of one key");
      assert ($onehot0(walk_match)) else $error("two contexts of one key");
    end
  end
`endif

endmodule
