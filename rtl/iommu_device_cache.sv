// SPDX-License-Identifier: Apache-2.0
//
// Device contexts by device_id, fully associative, tree pseudo-LRU. Whoever
// fills has checked the context: nothing here can fault.
//
// Two lookups. The pipeline's is combinational within a clock, and counts as a
// use. The walker's takes two: `walk_id_i` is compared in the clock of
// `walk_next_i`; from the clock after it until the next `walk_next_i` the outputs
// tell of that line, as long as nothing takes it away. A fill takes a free line or
// the pseudo-LRU victim and is seen from the next clock on by what is compared
// then; an older line of the same device_id is dropped, so that never two match.
// An invalidation (IODIR.INVAL_DDT) takes one clock and wins over a fill of that
// clock.

module iommu_device_cache
  import iommu_pkg::*;
#(
  parameter int unsigned Entries = 16
) (
  input  logic clk_i,
  input  logic rst_ni,

  input  logic                     lookup_valid_i,
  input  logic [DeviceIdWidth-1:0] lookup_id_i,
  output logic                     lookup_hit_o,
  output device_context_t          lookup_context_o,

  input  logic                     walk_next_i,
  input  logic [DeviceIdWidth-1:0] walk_id_i,
  output logic                     walk_hit_o,
  output device_context_t          walk_context_o,

  input  logic                     fill_valid_i,
  input  logic [DeviceIdWidth-1:0] fill_id_i,
  input  device_context_t          fill_i,

  input  logic                     inval_valid_i,
  input  inval_t                   inval_i
);

  localparam int unsigned IndexWidth = $clog2(Entries);
  typedef logic [IndexWidth-1:0] index_t;

  logic [Entries-1:0]       valid_q, lookup_match, walk_match, walk_match_d, walk_match_q, drop,
                            fill_here;
  logic                     walk_hit_q;
  logic [DeviceIdWidth-1:0] id_q [Entries];

  logic   inval, fill, any_free;
  index_t lookup_index, walk_index, free_index, victim, fill_index;

  assign inval = inval_valid_i && inval_i.kind == InvalDdt;
  assign fill  = fill_valid_i && !inval;

  always_comb begin
    for (int unsigned i = 0; i < Entries; i++) begin
      lookup_match[i] = valid_q[i] && id_q[i] == lookup_id_i;
      walk_match[i]   = valid_q[i] && id_q[i] == walk_id_i;
      drop[i] = inval ? (!inval_i.dv || id_q[i] == inval_i.device_id)
                      : (fill_valid_i && id_q[i] == fill_id_i);
    end
  end

  // At most one line matches.
  assign lookup_hit_o = lookup_match != '0;
  assign walk_hit_o   = walk_hit_q;

  always_comb begin
    lookup_index = '0;
    walk_index   = '0;
    for (int unsigned i = 0; i < Entries; i++) begin
      if (lookup_match[i]) lookup_index = lookup_index | index_t'(i);
      if (walk_match_q[i]) walk_index   = walk_index | index_t'(i);
    end
  end

  assign walk_match_d = (walk_next_i ? walk_match : walk_match_q) & ~drop & ~fill_here;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      walk_match_q <= '0;
      walk_hit_q   <= 1'b0;
    end else begin
      walk_match_q <= walk_match_d;
      walk_hit_q   <= walk_match_d != '0;
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

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) used_q <= 1'b0;
    else         used_q <= lookup_valid_i && lookup_hit_o;
  end

  always_ff @(posedge clk_i) used_index_q <= lookup_index;

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

  lut_ram #(.T(device_context_t), .Depth(Entries)) u_lookup_contexts (
    .clk_i,
    .write_i       (fill),
    .write_index_i (fill_index),
    .write_data_i  (fill_i),
    .read_index_i  (lookup_index),
    .read_data_o   (lookup_context_o)
  );

  lut_ram #(.T(device_context_t), .Depth(Entries)) u_walk_contexts (
    .clk_i,
    .write_i       (fill),
    .write_index_i (fill_index),
    .write_data_i  (fill_i),
    .read_index_i  (walk_index),
    .read_data_o   (walk_context_o)
  );

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) valid_q <= '0;
    else         valid_q <= (valid_q & ~drop) | fill_here;
  end

  for (genvar i = 0; i < Entries; i++) begin : gen_id
    always_ff @(posedge clk_i) begin
      if (fill_here[i]) id_q[i] <= fill_id_i;
    end
  end

`ifndef SYNTHESIS
  always_ff @(posedge clk_i) begin
    if (rst_ni) begin
      assert ($onehot0(lookup_match)) else $error("two contexts of one device");
      assert ($onehot0(walk_match)) else $error("two contexts of one device");
    end
  end
`endif

endmodule
