// SPDX-License-Identifier: Apache-2.0
//
// Contexts by their key, fully associative, tree pseudo-LRU. Whoever fills has
// checked the context: nothing here can fault.
//
// Two lookups. The pipeline's counts as a use. It is combinational within a clock, or
// with `Registered` tells in the clock after of the line that matched, unless something
// took it away in between. The walker's takes two clocks: `walk_key_i` is compared in
// the clock of `walk_next_i`; from the clock after it until the next `walk_next_i` the
// outputs tell of that line, as long as nothing takes it away. A fill takes a free line
// or the pseudo-LRU victim and is seen from the next clock on by what is compared then;
// an older line of the same key is dropped, so that never two match.
//
// An invalidation takes one clock and wins over a fill of that clock. Which lines
// it covers is for the owner to say, combinationally, from the keys of all lines.

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
                      same, drop, fill_here;
  key_t [Entries-1:0] key_q;
  logic               walk_hit_q;

  logic   fill, any_free, lookup_any;
  index_t lookup_index, read_index, walk_index, walk_index_q, free_index, victim, fill_index;

  assign fill   = fill_valid_i && !inval_i;
  assign keys_o = key_q;

  always_comb begin
    for (int unsigned i = 0; i < Entries; i++) begin
      lookup_match[i] = valid_q[i] && key_q[i] == lookup_key_i;
      walk_match[i]   = valid_q[i] && key_q[i] == walk_key_i;
      same[i]         = fill_valid_i && key_q[i] == fill_key_i;
    end
  end

  assign drop         = inval_i ? covered_i : same;
  assign walk_found   = walk_next_i ? walk_match : walk_match_q;
  assign walk_match_d = walk_found & ~drop & ~fill_here;

  // At most one line matches.
  assign lookup_any = lookup_match != '0;
  assign walk_hit_o = walk_hit_q;

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

  assign fill_index = any_free ? free_index : victim;
  assign fill_here  = fill ? (Entries'(1) << fill_index) : '0;

  if (Registered) begin : gen_registered
    logic [Entries-1:0] lookup_match_q, taken_q;

    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) lookup_match_q <= '0;
      else         lookup_match_q <= lookup_match;
    end

    always_ff @(posedge clk_i) taken_q <= drop | fill_here;

    assign lookup_hit_o = (lookup_match_q & ~taken_q) != '0;
    assign read_index   = used_index_q;
  end else begin : gen_combinational
    assign lookup_hit_o = lookup_any;
    assign read_index   = lookup_index;
  end

  lut_ram #(.T(context_t), .Depth(Entries)) u_lookup_contexts (
    .clk_i,
    .write_i       (fill),
    .write_index_i (fill_index),
    .write_data_i  (fill_i),
    .read_index_i  (read_index),
    .read_data_o   (lookup_context_o)
  );

  lut_ram #(.T(context_t), .Depth(Entries)) u_walk_contexts (
    .clk_i,
    .write_i       (fill),
    .write_index_i (fill_index),
    .write_data_i  (fill_i),
    .read_index_i  (walk_index_q),
    .read_data_o   (walk_context_o)
  );

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      valid_q      <= '0;
      walk_match_q <= '0;
      walk_hit_q   <= 1'b0;
      used_q       <= 1'b0;
    end else begin
      valid_q      <= (valid_q & ~drop) | fill_here;
      walk_match_q <= walk_match_d;
      walk_hit_q   <= walk_match_d != '0;
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
      if (fill_here[i]) key_q[i] <= fill_key_i;
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
