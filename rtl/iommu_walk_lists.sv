// SPDX-License-Identifier: Apache-2.0
//
// The requests that joined a walk, in order: one linked list of tags a row, all
// in LUT RAM. `append_i` adds one a clock; `clear_i` empties the list of a row
// that is allocated. Reading: `head_o` is the first of `row_i`, valid where
// `any_o`, `tail_o` the last; `next_o` follows `tag_i`, unless that is the last.
// A row is read only when nothing can be appended to it any more.

module iommu_walk_lists
  import iommu_build_pkg::*;
#(
  parameter cfg_t Cfg = build_cfg(BuildDefault)
) (
  input  logic clk_i,
  input  logic rst_ni,

  input  logic clear_i,
  input  row_t clear_row_i,
  input  logic append_i,
  input  row_t append_row_i,
  input  tag_t append_tag_i,

  input  row_t row_i,
  output logic any_o,
  output tag_t head_o,
  input  tag_t tag_i,
  output tag_t next_o,
  output tag_t tail_o
);

  localparam int unsigned Rows     = Cfg.WalkRows;
  localparam int unsigned RowBits  = $clog2(Rows);
  localparam int unsigned TagBits  = $clog2(Cfg.Requests);

  logic [Rows-1:0] any_q;
  logic            append_any;
  tag_t            append_tail;

  assign append_any = any_q[append_row_i[RowBits-1:0]];
  assign any_o      = any_q[row_i[RowBits-1:0]];

  lut_ram #(.T(tag_t), .Depth(Rows)) u_head (
    .clk_i,
    .write_i       (append_i && !append_any),
    .write_index_i (append_row_i[RowBits-1:0]),
    .write_data_i  (append_tag_i),
    .read_index_i  (row_i[RowBits-1:0]),
    .read_data_o   (head_o)
  );

  // Two copies of the tails: one to append behind, one to stop at.
  lut_ram #(.T(tag_t), .Depth(Rows)) u_tail_append (
    .clk_i,
    .write_i       (append_i),
    .write_index_i (append_row_i[RowBits-1:0]),
    .write_data_i  (append_tag_i),
    .read_index_i  (append_row_i[RowBits-1:0]),
    .read_data_o   (append_tail)
  );

  lut_ram #(.T(tag_t), .Depth(Rows)) u_tail_stop (
    .clk_i,
    .write_i       (append_i),
    .write_index_i (append_row_i[RowBits-1:0]),
    .write_data_i  (append_tag_i),
    .read_index_i  (row_i[RowBits-1:0]),
    .read_data_o   (tail_o)
  );

  lut_ram #(.T(tag_t), .Depth(Cfg.Requests)) u_next (
    .clk_i,
    .write_i       (append_i && append_any),
    .write_index_i (append_tail[TagBits-1:0]),
    .write_data_i  (append_tag_i),
    .read_index_i  (tag_i[TagBits-1:0]),
    .read_data_o   (next_o)
  );

  logic unused;
  assign unused = ^tag_i;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      any_q <= '0;
    end else begin
      if (append_i) any_q[append_row_i[RowBits-1:0]] <= 1'b1;
      if (clear_i)  any_q[clear_row_i[RowBits-1:0]]  <= 1'b0;
    end
  end

`ifndef SYNTHESIS
  always_ff @(posedge clk_i) begin
    if (rst_ni) a_one_row: assert (!(append_i && clear_i));
  end
`endif

endmodule
