// SPDX-License-Identifier: Apache-2.0
//
// Process contexts by device_id and process_id, fully associative, tree
// pseudo-LRU. Whoever fills has checked the context: nothing here can fault. It
// is looked up beside the device context; whether it counts is told by that.
//
// Two lookups. The pipeline's is combinational within a clock, and counts as a
// use. The walker's takes two: its ids are compared in the clock of
// `walk_next_i`; from the clock after it until the next `walk_next_i` the outputs
// tell of that line, as long as nothing takes it away. A fill takes a free line
// or the pseudo-LRU victim and is seen from the next clock on by what is compared
// then; an older line of the same ids is dropped, so that never two match.
//
// An invalidation takes one clock and wins over a fill of that clock.
// IODIR.INVAL_PDT drops one context, IODIR.INVAL_DDT those of a device or all.
// IOTINVAL.GVMA drops all: where a directory of a guest lies is what the second
// stage says, and which guest's it was is not kept.

module iommu_process_cache
  import iommu_pkg::*;
#(
  parameter int unsigned Entries = 16
) (
  input  logic clk_i,
  input  logic rst_ni,

  input  logic                      lookup_valid_i,
  input  logic [DeviceIdWidth-1:0]  lookup_device_id_i,
  input  logic [ProcessIdWidth-1:0] lookup_process_id_i,
  output logic                      lookup_hit_o,
  output process_context_t          lookup_context_o,

  input  logic                      walk_next_i,
  input  logic [DeviceIdWidth-1:0]  walk_device_id_i,
  input  logic [ProcessIdWidth-1:0] walk_process_id_i,
  output logic                      walk_hit_o,
  output process_context_t          walk_context_o,

  input  logic                      fill_valid_i,
  input  logic [DeviceIdWidth-1:0]  fill_device_id_i,
  input  logic [ProcessIdWidth-1:0] fill_process_id_i,
  input  process_context_t          fill_i,

  input  logic                      inval_valid_i,
  input  inval_t                    inval_i
);

  localparam int unsigned IndexWidth = $clog2(Entries);
  typedef logic [IndexWidth-1:0] index_t;

  typedef struct packed {
    logic [DeviceIdWidth-1:0]  device_id;
    logic [ProcessIdWidth-1:0] process_id;
  } key_t;

  logic [Entries-1:0] valid_q, lookup_match, walk_match, walk_match_q, drop, fill_here;
  key_t               key_q [Entries];
  key_t               lookup_key, walk_key, fill_key;

  logic   inval, fill, any_free;
  index_t lookup_index, walk_index, free_index, victim, fill_index;

  assign lookup_key = '{device_id: lookup_device_id_i, process_id: lookup_process_id_i};
  assign walk_key   = '{device_id: walk_device_id_i, process_id: walk_process_id_i};
  assign fill_key   = '{device_id: fill_device_id_i, process_id: fill_process_id_i};

  assign inval = inval_valid_i && inval_i.kind != InvalVma;
  assign fill  = fill_valid_i && !inval;

  for (genvar i = 0; i < Entries; i++) begin : gen_line
    logic of_device, of_process, covered;

    assign lookup_match[i] = valid_q[i] && key_q[i] == lookup_key;
    assign walk_match[i]   = valid_q[i] && key_q[i] == walk_key;

    assign of_device  = key_q[i].device_id == inval_i.device_id;
    assign of_process = key_q[i].process_id == inval_i.process_id;

    always_comb begin
      unique case (inval_i.kind)
        InvalPdt: covered = of_device && of_process;
        InvalDdt: covered = of_device || !inval_i.dv;
        default:  covered = 1'b1;
      endcase
    end

    assign drop[i] = inval ? covered : (fill_valid_i && key_q[i] == fill_key);

    always_ff @(posedge clk_i) begin
      if (fill_here[i]) key_q[i] <= fill_key;
    end
  end

  // At most one line matches.
  assign lookup_hit_o = lookup_match != '0;
  assign walk_hit_o   = walk_match_q != '0;

  always_comb begin
    lookup_index = '0;
    walk_index   = '0;
    for (int unsigned i = 0; i < Entries; i++) begin
      if (lookup_match[i]) lookup_index = lookup_index | index_t'(i);
      if (walk_match_q[i]) walk_index   = walk_index | index_t'(i);
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

  lut_ram #(.T(process_context_t), .Depth(Entries)) u_lookup_contexts (
    .clk_i,
    .write_i       (fill),
    .write_index_i (fill_index),
    .write_data_i  (fill_i),
    .read_index_i  (lookup_index),
    .read_data_o   (lookup_context_o)
  );

  lut_ram #(.T(process_context_t), .Depth(Entries)) u_walk_contexts (
    .clk_i,
    .write_i       (fill),
    .write_index_i (fill_index),
    .write_data_i  (fill_i),
    .read_index_i  (walk_index),
    .read_data_o   (walk_context_o)
  );

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      valid_q      <= '0;
      walk_match_q <= '0;
      used_q       <= 1'b0;
    end else begin
      valid_q      <= (valid_q & ~drop) | fill_here;
      walk_match_q <= (walk_next_i ? walk_match : walk_match_q) & ~drop & ~fill_here;
      used_q       <= lookup_valid_i && lookup_hit_o;
    end
  end

  always_ff @(posedge clk_i) used_index_q <= lookup_index;

`ifndef SYNTHESIS
  always_ff @(posedge clk_i) begin
    if (rst_ni) begin
      assert ($onehot0(lookup_match)) else $error("two contexts of one process");
      assert ($onehot0(walk_match)) else $error("two contexts of one process");
    end
  end
`endif

endmodule
