// SPDX-License-Identifier: Apache-2.0
//
// What a row of the walker remembers, in memories with one writer each: the
// request, from when the row begins; the context, from when W3 knows it; what the
// row waits for; and a word that it keeps, which is the PTE as this row wrote it,
// to go on with once the write has succeeded, or the first of two words.
//
// `*_next_o` tell of `row_i` combinationally. A clock later the outputs without
// `next` do, unless `hold_i` keeps what they tell of; a state that the held row
// goes on with counts in their place. `address_o`, that which the table translates, and
// `judge_o` are what `*_o` say for a step, without that state. What is written is seen by reads from the
// next clock on, the kept word already in its own.

module iommu_walk_state
  import iommu_build_pkg::*;
  import iommu_pkg::*;
  import iommu_walk_pkg::*;
  import iommu_walk_used_pkg::*;
#(
  parameter cfg_t Cfg = build_cfg(BuildDefault)
) (
  input  logic          clk_i,

  input  logic          begin_i,
  input  row_t          begin_row_i,
  input  walk_origin_t  begin_origin_i,
  input  logic          context_i,
  input  row_t          context_row_i,
  input  walk_context_t context_new_i,
  input  logic          state_i,
  input  row_t          state_row_i,
  input  walk_state_t   state_new_i,
  input  logic          keep_i,
  input  row_t          keep_row_i,
  input  kept_t         keep_new_i,

  input  row_t          row_i,
  output walk_origin_t  origin_next_o,
  output walk_context_t context_next_o,
  output walk_state_t   state_next_o,

  input  logic          hold_i,
  input  logic          go_on_i,
  input  walk_state_t   go_on_state_i,
  output walk_origin_t  origin_o,
  output walk_context_t context_o,
  output walk_state_t   state_o,
  output logic [58:0]   address_o,
  output judge_t        judge_o,
  output kept_t         kept_o
);

  localparam int unsigned Rows    = Cfg.WalkRows;
  localparam int unsigned RowBits = $clog2(Rows);

  kept_t         kept_next;
  walk_context_t context_read;
  walk_state_t   state_read;

  assign context_next_o = used_context(Cfg, context_read);
  assign state_next_o   = used_state(Cfg, state_read);

  lut_ram #(.T(walk_origin_t), .Depth(Rows)) u_origins (
    .clk_i,
    .write_i       (begin_i),
    .write_index_i (begin_row_i[RowBits-1:0]),
    .write_data_i  (begin_origin_i),
    .read_index_i  (row_i[RowBits-1:0]),
    .read_data_o   (origin_next_o)
  );

  lut_ram #(.T(walk_context_t), .Depth(Rows)) u_contexts (
    .clk_i,
    .write_i       (context_i),
    .write_index_i (context_row_i[RowBits-1:0]),
    .write_data_i  (context_new_i),
    .read_index_i  (row_i[RowBits-1:0]),
    .read_data_o   (context_read)
  );

  lut_ram #(.T(walk_state_t), .Depth(Rows)) u_states (
    .clk_i,
    .write_i       (state_i),
    .write_index_i (state_row_i[RowBits-1:0]),
    .write_data_i  (state_new_i),
    .read_index_i  (row_i[RowBits-1:0]),
    .read_data_o   (state_read)
  );

  if (Cfg.AmoHwad || has_process_directory(Cfg) || (has_second_stage(Cfg) && Cfg.MsiFlat)) begin : gen_kept
    lut_ram #(.T(kept_t), .Depth(Rows)) u_kept (
      .clk_i,
      .write_i       (keep_i),
      .write_index_i (keep_row_i[RowBits-1:0]),
      .write_data_i  (keep_new_i),
      .read_index_i  (row_i[RowBits-1:0]),
      .read_data_o   (kept_next)
    );
  end else begin : gen_no_kept
    assign kept_next = '0;
  end

  always_ff @(posedge clk_i) begin
    if (!hold_i) begin
      origin_o  <= origin_next_o;
      context_o <= context_next_o;
      state_o   <= state_next_o;
      address_o <= state_next_o.second ? state_next_o.gpa : origin_next_o.request.iova[58:0];
      judge_o   <= judge_of(state_next_o.second, state_next_o.purpose, context_next_o,
                            origin_next_o.request);
      kept_o    <= (keep_i && keep_row_i == row_i) ? keep_new_i : kept_next;
    end else if (go_on_i) begin
      state_o <= used_state(Cfg, go_on_state_i);
    end
  end

endmodule
