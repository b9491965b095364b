// SPDX-License-Identifier: Apache-2.0
//
// Where misses wait for a walk, and the head, which W1 compares.
//
// Two queues of tags: new misses, always taken, and those that were sent back
// to try again. When the head is free a miss goes straight into it, so that a
// miss of one clock is compared in the next; not when the head becomes free by
// what W2 decides in this clock (`early_free_i`: it goes on whatever that is). Both
// queues get every other turn.
//
// The head goes on to W2 with `take_i`. W2 sends one that has to try again back
// with `turn_i`. It waits aside for a clock in which no finished walk sends one
// back (`again_*`, which counts in the clock after it); `turn_ready_o` is low for as long. All readies and `next_tag_o`
// come early: the tag does not depend on a miss of this clock but where nothing
// else waits.
//
// `next_tag_o` is the head of the next clock if `head_free_o` and there is one,
// so that its request can be read ahead.

module iommu_walk_intake
  import iommu_build_pkg::*;
#(
  parameter cfg_t Cfg = build_cfg(BuildDefault)
) (
  input  logic clk_i,
  input  logic rst_ni,

  input  logic miss_valid_i,
  input  tag_t miss_tag_i,

  output logic head_valid_o,
  output tag_t head_tag_o,
  output logic head_new_o,      // it has not been in W2 before
  output logic head_free_o,
  output tag_t next_tag_o,
  input  logic take_i,
  input  logic early_free_i,
  input  logic turn_i,
  input  tag_t turn_tag_i,
  output logic turn_ready_o,

  input  logic again_valid_i,   // always taken
  input  tag_t again_tag_i
);

  logic new_valid, new_pop, new_push, new_ready;
  logic retry_valid, retry_pop, retry_push, retry_ready;
  tag_t new_tag, retry_tag, retry_push_tag;

  logic turned_valid_q;
  tag_t turned_q;

  logic head_valid_q, favour_retry_q;
  tag_t head_tag_q;
  logic head_new_q;
  logic head_free, prefer_retry, choose_retry, choose_new, choose_miss;

  assign head_valid_o = head_valid_q;
  assign head_tag_o   = head_tag_q;
  assign head_new_o   = head_new_q;
  assign turn_ready_o = !turned_valid_q;
  assign head_free    = !head_valid_q || take_i;

  // A miss may pass the queue of new ones only when that is empty.
  assign prefer_retry = retry_valid && (favour_retry_q || !new_valid);
  assign choose_retry = head_free && prefer_retry;
  assign choose_new   = head_free && new_valid && !prefer_retry;
  assign choose_miss  = (!head_valid_q || early_free_i) && !new_valid && !prefer_retry;
  assign head_free_o  = head_free;
  assign next_tag_o   = prefer_retry ? retry_tag : new_valid ? new_tag : miss_tag_i;
  assign new_pop      = choose_new;
  assign new_push     = miss_valid_i && !choose_miss;
  assign retry_pop    = choose_retry;

  logic again_valid_q;
  tag_t again_tag_q;

  assign retry_push     = again_valid_q || turned_valid_q;
  assign retry_push_tag = again_valid_q ? again_tag_q : turned_q;

  stream_fifo #(.T(tag_t), .Depth(Cfg.Requests)) u_new (
    .clk_i, .rst_ni,
    .valid_i (new_push),  .ready_o (new_ready), .data_i (miss_tag_i),
    .valid_o (new_valid), .ready_i (new_pop),   .data_o (new_tag)
  );

  stream_fifo #(.T(tag_t), .Depth(Cfg.Requests)) u_retry (
    .clk_i, .rst_ni,
    .valid_i (retry_push),  .ready_o (retry_ready), .data_i (retry_push_tag),
    .valid_o (retry_valid), .ready_i (retry_pop),   .data_o (retry_tag)
  );

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      head_valid_q   <= 1'b0;
      favour_retry_q <= 1'b0;
      turned_valid_q <= 1'b0;
      again_valid_q  <= 1'b0;
    end else begin
      again_valid_q  <= again_valid_i;
      turned_valid_q <= turned_valid_q ? again_valid_q : turn_i;
      if (head_free) head_valid_q <= choose_retry || choose_new || (choose_miss && miss_valid_i);
      if (choose_retry)    favour_retry_q <= 1'b0;
      else if (choose_new) favour_retry_q <= 1'b1;
    end
  end

  always_ff @(posedge clk_i) begin
    if (head_free)       head_tag_q <= next_tag_o;
    if (head_free)       head_new_q <= !choose_retry;
    if (!turned_valid_q) turned_q   <= turn_tag_i;
    again_tag_q <= again_tag_i;
  end

`ifndef SYNTHESIS
  always_ff @(posedge clk_i) begin
    if (rst_ni) begin
      a_room_new:   assert (!new_push || new_ready);
      a_room_retry: assert (!retry_push || retry_ready);
      a_take:       assert (!take_i || head_valid_q);
      a_turn:       assert (!(turn_i && turned_valid_q));
    end
  end
`endif

endmodule
